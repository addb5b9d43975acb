"""The products for sale."""

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from webstore.domain.errors import NotFound
from webstore.models import Product


def products(session: Session) -> list[Product]:
    return list(session.scalars(select(Product).order_by(Product.id)))


def product(session: Session, product_id: int) -> Product:
    """Raises NotFound."""
    found = session.get(Product, product_id)
    if found is None:
        raise NotFound(f"There is no product {product_id}.")
    return found


def with_ids(session: Session, product_ids: Collection[int]) -> Sequence[Product]:
    """The products that exist of these, in no order."""
    return session.scalars(select(Product).where(Product.id.in_(product_ids))).all()
