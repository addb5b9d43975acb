"""What the database holds, and whether it adds up with what the services around the shop hold."""

from collections import Counter
from typing import Any

from scripted import World
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from webstore.models import Base, CartItem, Order, OrderStatus, Product
from webstore.shop import Shop

KEEPS_STOCK = {OrderStatus.PENDING, OrderStatus.AUTHORISED, OrderStatus.CONFIRMED, OrderStatus.CANCELLING}
IS_CHARGED = {OrderStatus.AUTHORISED, OrderStatus.CONFIRMED}
IS_UNDECIDED = {OrderStatus.PENDING, OrderStatus.CANCELLING}


def dump(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {table.name: [*connection.execute(select(table))] for table in Base.metadata.sorted_tables}


class Books:
    def __init__(self, shop: Shop, world: World):
        self._engine = shop.database.engine
        self._world = world
        self._stock_before = self.stock()

    def orders(self) -> list[Order]:
        with Session(self._engine) as session:
            return list(session.scalars(select(Order).order_by(Order.id)))

    def order(self) -> Order:
        """The only one."""
        [order] = self.orders()
        return order

    def stock(self) -> dict[int, int]:
        """Pieces by product."""
        with Session(self._engine) as session:
            return {product.id: product.stock for product in session.scalars(select(Product))}

    def cart(self, user_id: str = "user123") -> dict[int, int]:
        """Pieces by product."""
        with Session(self._engine) as session:
            items = session.scalars(select(CartItem).where(CartItem.user_id == user_id))
            return {item.product_id: item.quantity for item in items}

    def set_stock(self, product_id: int, pieces: int) -> None:
        with Session(self._engine) as session, session.begin():
            session.get_one(Product, product_id).stock = pieces
        self._stock_before[product_id] = pieces

    def check(self) -> None:
        """Charged is what is ordered, no piece of stock came or went, and no warehouse keeps goods for nobody."""
        orders = self.orders()
        undecided = {order.reference for order in orders if order.status in IS_UNDECIDED}
        charged = {key: cents for key, cents in self._world.payments.charged.items() if key not in undecided}
        assert charged == {order.reference: order.total_cents for order in orders if order.status in IS_CHARGED}

        taken = Counter[int]()
        for line in (line for order in orders if order.status in KEEPS_STOCK for line in order.lines):
            taken[line.product_id] += line.quantity
        left = {product_id: pieces - taken[product_id] for product_id, pieces in self._stock_before.items()}
        assert self.stock() == left

        lines = {(order.reference, line.product_id) for order in orders for line in _reserved_lines(order)}
        unfinished = {order.reference for order in orders if order.status in KEEPS_STOCK - {OrderStatus.CONFIRMED}}
        assert {key for key in self._world.inventory.reserved if key[0] not in unfinished} == lines


def _reserved_lines(order: Order) -> list[Any]:
    if order.status is not OrderStatus.CONFIRMED:
        return []
    return [line for line in order.lines if line.reservation_id]
