"""A user's cart. It is a wish list: stock is only taken at checkout."""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from webstore.domain import catalogue, countries
from webstore.domain.errors import CartEmpty, CartLineFull, NotFound
from webstore.domain.promotion import Purchase
from webstore.models import MAX_QUANTITY, Cart, CartItem, Product, now


def lock(session: Session, user_id: str) -> Cart | None:
    """The user's cart, locked until the transaction ends; None for a user who never had one."""
    return session.scalar(select(Cart).where(Cart.user_id == user_id).with_for_update())


def open_locked(session: Session, user_id: str) -> Cart:
    """The user's cart, made when there is none, and locked until the transaction ends."""
    cart = lock(session, user_id)
    if cart is None:
        _create(session, user_id)
        cart = lock(session, user_id)
        assert cart is not None  # carts are never deleted
    return cart


def items(session: Session, user_id: str) -> list[CartItem]:
    return list(session.scalars(select(CartItem).where(CartItem.user_id == user_id).order_by(CartItem.id)))


def subtotal_cents(items: Iterable[CartItem]) -> int:
    return sum(item.quantity * item.product.price_cents for item in items)


def purchase(session: Session, user_id: str) -> Purchase:
    """What the cart would be bought as; reads only. Raises CartEmpty."""
    cart = session.get(Cart, user_id)
    present = items(session, user_id)
    if not cart or not present:
        raise CartEmpty("The cart is empty.")
    return Purchase(user_id, cart.country, subtotal_cents(present))


def count_active(session: Session, within: timedelta) -> int:
    """Carts that hold a product which was put there within that time."""
    touched = select(func.count(CartItem.user_id.distinct())).where(CartItem.created_at >= now() - within)
    return session.scalars(touched).one()


def add(session: Session, user_id: str, product_id: int, quantity: int, country: str | None) -> tuple[CartItem, str]:
    """Add to the line of that product, or make one. Gives the line and the cart's country.

    Raises NotFound, CartLineFull.
    """
    product = catalogue.product(session, product_id)
    cart = open_locked(session, user_id)
    cart.country = country or cart.country
    return _increase(session, user_id, product, quantity), cart.country


def add_up_to_limit(session: Session, user_id: str, product_id: int, quantity: int) -> int:
    """Add as much as the line of that product has room for, to a cart that is locked. Returns how much that is.

    Raises NotFound.
    """
    present = _find(session, user_id, product_id)
    added = min(quantity, MAX_QUANTITY - (present.quantity if present else 0))
    if added > 0:
        _increase(session, user_id, catalogue.product(session, product_id), added)
    return added


def set_quantity(session: Session, user_id: str, item_id: int, quantity: int) -> CartItem:
    """Raises NotFound."""
    item = _owned(session, user_id, item_id)
    item.quantity = quantity
    return item


def remove(session: Session, user_id: str, item_id: int) -> None:
    """Raises NotFound."""
    session.delete(_owned(session, user_id, item_id))


def _create(session: Session, user_id: str) -> None:
    """A first request that comes twice at once makes one cart."""
    try:
        with session.begin_nested():
            session.add(Cart(user_id=user_id, country=countries.DEFAULT))
    except IntegrityError:
        pass


def _increase(session: Session, user_id: str, product: Product, quantity: int) -> CartItem:
    item = _find(session, user_id, product.id)
    if item is None:
        item = CartItem(user_id=user_id, product=product, quantity=0)
        session.add(item)
    if item.quantity + quantity > MAX_QUANTITY:
        raise CartLineFull(f"A cart holds at most {MAX_QUANTITY} pieces of a product.")
    item.quantity += quantity
    session.flush()
    return item


def _find(session: Session, user_id: str, product_id: int) -> CartItem | None:
    return session.scalar(select(CartItem).where(CartItem.user_id == user_id, CartItem.product_id == product_id))


def _owned(session: Session, user_id: str, item_id: int) -> CartItem:
    lock(session, user_id)
    item = session.get(CartItem, item_id)
    if item is None or item.user_id != user_id:
        raise NotFound(f"There is no item {item_id} in your cart.")
    return item
