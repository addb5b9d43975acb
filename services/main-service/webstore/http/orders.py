"""Checkout and the orders that came of it."""

from typing import Annotated

from fastapi import APIRouter, Query

from webstore.domain import orders
from webstore.domain.orders import CheckoutRequest
from webstore.http.dependencies import CurrentUser, Id, OptionalIdempotencyKey, TheShop
from webstore.http.problems import documented
from webstore.http.schemas import CheckoutBody, CheckoutResponse, OrderResponse, OrdersResponse

router = APIRouter(tags=["orders"])


@router.post("/checkout", responses=documented(401, 402, 409))
@router.post("/orders/checkout", responses=documented(401, 402, 409), operation_id="orders_checkout")
async def checkout(
    body: CheckoutBody, shop: TheShop, user: CurrentUser, idempotency_key: OptionalIdempotencyKey = None
) -> CheckoutResponse:
    """Order and pay what is in the cart.

    With an Idempotency-Key, the same request again gives the same order and charges nothing.
    """
    order = await shop.checkout.place(
        CheckoutRequest(
            user_id=user,
            payment_method=body.payment_method,
            country=body.country,
            coupon_code=body.coupon_code,
            idempotency_key=idempotency_key,
            fingerprint=body.fingerprint(),
        )
    )
    return CheckoutResponse.of(order)


@router.get("/orders", responses=documented(401))
async def list_orders(
    shop: TheShop,
    user: CurrentUser,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> OrdersResponse:
    """The newest first; `before` takes the `next_before` of the page before."""
    page = await shop.database.run(orders.of_user, user, limit, before)
    return OrdersResponse(
        orders=[OrderResponse.of(order) for order in page],
        next_before=page[-1].id if len(page) == limit else None,
    )


@router.get("/orders/{order_id}", responses=documented(401, 404))
async def show(order_id: Id, shop: TheShop, user: CurrentUser) -> OrderResponse:
    return OrderResponse.of(await shop.database.run(orders.get, order_id, user))
