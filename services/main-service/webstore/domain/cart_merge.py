"""Merging the cart of a visitor, which the browser kept, into the cart of the user that the visitor became."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete
from sqlalchemy.orm import Session

from webstore.domain import cart, catalogue, idempotency
from webstore.models import CartItem, CartMerge, now


@dataclass(frozen=True)
class MergeRequest:
    """`fingerprint` stands for what the client sent; `quantities` are by product."""

    user_id: str
    quantities: Mapping[int, int]
    country: str | None
    idempotency_key: str
    fingerprint: str


@dataclass(frozen=True)
class Merge:
    items: list[CartItem]
    country: str
    #: Quantities by product, without products whose line was full; empty for a repeated request.
    added: Mapping[int, int]
    #: The products that the shop does not have.
    skipped: list[int]


def merge(session: Session, request: MergeRequest) -> Merge:
    """Add what the cart has room for, once for each key. Raises KeyReused."""
    # The lock comes first: of two requests with one key, the second then finds the key of the first.
    user_cart = cart.open_locked(session, request.user_id)
    known = {product.id for product in catalogue.with_ids(session, request.quantities.keys())}
    added: dict[int, int] = {}
    if _is_first(session, request):
        user_cart.country = request.country or user_cart.country
        added = _add(session, request, known)
    return Merge(
        items=cart.items(session, request.user_id),
        country=user_cart.country,
        added=added,
        skipped=[product_id for product_id in request.quantities if product_id not in known],
    )


def prune(session: Session) -> None:
    """Forget the keys that have expired."""
    session.execute(delete(CartMerge).where(CartMerge.expires_at <= now()))


def _is_first(session: Session, request: MergeRequest) -> bool:
    """Whether the key is new, and now kept. Raises KeyReused."""
    # Locked, so that an expired key is not pruned while it is being renewed.
    kept = session.get(CartMerge, (request.user_id, request.idempotency_key), with_for_update=True)
    if kept and kept.expires_at > now():
        idempotency.check_is_repeat(kept.request_fingerprint, request.fingerprint)
        return False
    if kept is None:
        kept = CartMerge(user_id=request.user_id, idempotency_key=request.idempotency_key)
        session.add(kept)
    kept.request_fingerprint = request.fingerprint
    kept.expires_at = now() + idempotency.KEY_LIFETIME
    return True


def _add(session: Session, request: MergeRequest, known: Collection[int]) -> dict[int, int]:
    added = {
        product_id: cart.add_up_to_limit(session, request.user_id, product_id, quantity)
        for product_id, quantity in request.quantities.items()
        if product_id in known
    }
    return {product_id: quantity for product_id, quantity in added.items() if quantity}
