"""The products for sale."""

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
