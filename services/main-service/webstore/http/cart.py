"""The cart of the user who asks."""

import logging
from collections.abc import Mapping

from fastapi import APIRouter, status

from webstore.activity import Stage
from webstore.domain import cart, cart_merge, discounts
from webstore.domain.cart_merge import MergeRequest
from webstore.http.dependencies import CurrentUser, Id, IdempotencyKey, TheShop
from webstore.http.problems import documented
from webstore.http.schemas import (
    CartAddedResponse,
    CartAddition,
    CartItemChange,
    CartItemResponse,
    CartMergeBody,
    CartMergeResponse,
    CartResponse,
    QuoteBody,
    QuoteResponse,
)
from webstore.shop import Shop
from webstore.telemetry import metrics

router = APIRouter(prefix="/cart", tags=["cart"])
log = logging.getLogger(__name__)


@router.post("/add", responses=documented(401, 404, 409))
async def add(body: CartAddition, shop: TheShop, user: CurrentUser) -> CartAddedResponse:
    """Without a country the cart keeps the one it has, at first US."""
    item, country = await shop.database.run(cart.add, user, body.product_id, body.quantity, body.country)
    await _report_additions(shop, user, country, {item.product_id: body.quantity})
    return CartAddedResponse(cart_item_id=item.id, product_name=item.product.name, quantity=item.quantity)


@router.post("/merge", responses=documented(401))
async def merge(
    body: CartMergeBody, shop: TheShop, user: CurrentUser, idempotency_key: IdempotencyKey
) -> CartMergeResponse:
    """Adds the items of a cart that the browser kept before the user signed in.

    A product gets at most the quantity that a cart may hold of it; the rest is left out. So are unknown products, which
    `skipped` lists. The same request again with the same Idempotency-Key adds nothing and gets the cart as it is by
    then. Without a country the cart keeps the one it has, at first US.
    """
    merged = await shop.database.run(
        cart_merge.merge,
        MergeRequest(
            user_id=user,
            quantities=body.quantities(),
            country=body.country,
            idempotency_key=idempotency_key,
            fingerprint=body.fingerprint(),
        ),
    )
    await _report_additions(shop, user, merged.country, merged.added)
    return CartMergeResponse.of_merge(user, merged)


@router.get("", responses=documented(401))
async def show(shop: TheShop, user: CurrentUser) -> CartResponse:
    return CartResponse.of(user, await shop.database.run(cart.items, user))


@router.post("/quote", responses=documented(401, 409))
async def quote(shop: TheShop, user: CurrentUser, body: QuoteBody | None = None) -> QuoteResponse:
    """What a checkout of the cart would charge now, by the same rules.

    Reserves nothing and uses no coupon up, so a later checkout may differ. A coupon that is not valid, or that can't be
    checked at the moment, is no error here: `discount_outcome` and `message` say why it gives nothing.
    """
    purchase = await shop.database.run(cart.purchase, user)
    assessment = await discounts.assess(shop.promotions, purchase, body.coupon_code if body else None)
    extra = {
        "event.name": "cart.quoted",
        "user.id": user,
        "country": purchase.country,
        "discount.outcome": assessment.outcome,
    }
    log.info("Cart quoted", extra=extra)
    return QuoteResponse.of(purchase.subtotal_cents, assessment)


@router.patch("/items/{item_id}", responses=documented(401, 404))
async def change(item_id: Id, body: CartItemChange, shop: TheShop, user: CurrentUser) -> CartItemResponse:
    return CartItemResponse.of(await shop.database.run(cart.set_quantity, user, item_id, body.quantity))


@router.delete("/items/{item_id}", status_code=status.HTTP_204_NO_CONTENT, responses=documented(401, 404))
async def remove(item_id: Id, shop: TheShop, user: CurrentUser) -> None:
    await shop.database.run(cart.remove, user, item_id)


async def _report_additions(shop: Shop, user: str, country: str, added: Mapping[int, int]) -> None:
    """`added` are quantities by product."""
    if not added:
        return
    await shop.activity.note(Stage.ADD_TO_CART, country, user, times=len(added))
    for product_id, quantity in added.items():
        metrics.cart_additions.add(1, {"country": country, "product_id": str(product_id)})
        extra = {
            "event.name": "cart.item_added",
            "user.id": user,
            "product.id": product_id,
            "quantity": quantity,
            "country": country,
        }
        log.info("Item added to cart", extra=extra)
