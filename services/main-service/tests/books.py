"""What the database holds, and whether it adds up with what the services around the shop hold."""

from datetime import UTC, datetime
from typing import Any

from scripted import World
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from webstore.domain import audit, books
from webstore.domain.orders import UNSETTLED
from webstore.models import Base, CartItem, Order, OrderStatus, Product, now
from webstore.shop import Shop

LONG_AGO = datetime.min.replace(tzinfo=UTC)


def dump(engine: Engine) -> dict[str, list[Any]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {table.name: [*connection.execute(select(table))] for table in Base.metadata.sorted_tables}


class Books:
    def __init__(self, shop: Shop, world: World):
        self._engine = shop.database.engine
        self._world = world

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
            product = session.get_one(Product, product_id)
            product.supplied += pieces - product.stock
            product.stock = pieces

    def differences(self) -> list[str]:
        """What an audit finds between the database, payments and itself. Orders half-way are left to the test."""
        with Session(self._engine) as session:
            found = books.read(session)
        transactions = self._world.payments.transactions
        redemptions = self._world.promotions.redemptions
        checks = [
            audit.payments("payments", audit.decided(found, before=now()), transactions),
            audit.strangers(found, transactions),
            audit.redemptions(found, redemptions),
            audit.unexplained_redemptions(found, redemptions),
            *audit.of_itself(found, left_since=LONG_AGO),
        ]
        return [difference for check in checks for difference in check.differences]

    def check(self) -> None:
        """Charged is what is ordered, no piece of stock came or went, and no warehouse keeps goods for nobody."""
        assert self.differences() == []
        orders = self.orders()
        lines = {(order.reference, line.product_id) for order in orders for line in _reserved_lines(order)}
        unfinished = {order.reference for order in orders if order.status in UNSETTLED}
        assert {key for key in self._world.inventory.reserved if key[0] not in unfinished} == lines


def _reserved_lines(order: Order) -> list[Any]:
    if order.status is not OrderStatus.CONFIRMED:
        return []
    return [line for line in order.lines if line.reservation_id]
