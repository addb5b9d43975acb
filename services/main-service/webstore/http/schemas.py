"""Requests and responses. Field names are the published API's; amounts are US dollars with two decimals."""

from collections import Counter
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from webstore.domain import cart, promotion
from webstore.domain.cart_merge import Merge
from webstore.domain.countries import Country
from webstore.domain.discounts import Assessment
from webstore.domain.money import to_amount
from webstore.domain.payment import Method
from webstore.models import MAX_QUANTITY, CartItem, DiscountOutcome, Fulfilment, Order, OrderLine, OrderStatus, Product


def _whole(value: object) -> object:
    """3.0 is an integer in JSON Schema; JSON itself has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


#: Strict, so that "3" and true are refused instead of being taken for numbers.
ProductId = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1), BeforeValidator(_whole)]
CouponCode = Annotated[str, Field(pattern=r"^[A-Z0-9]{3,32}$")]
Quantity = Annotated[int, Field(strict=True, ge=1, le=MAX_QUANTITY), BeforeValidator(_whole)]
TraceId = Annotated[
    Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None,
    Field(
        description="The trace of the checkout request that created the order; a repeated request gets the same. Null "
        "for an order that was created before this was kept, or without tracing."
    ),
]


class Body(BaseModel):
    """A field that is not known is refused: ignoring a misspelt one could cost the buyer money."""

    model_config = ConfigDict(extra="forbid")

    def fingerprint(self) -> str:
        """The same for all spellings of one request, so that a repeated one can be recognised."""
        return sha256(self.model_dump_json().encode()).hexdigest()


class LoginRequest(Body):
    username: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\w.-]+$")]
    password: Annotated[str, Field(min_length=1, max_length=256)]


class LoginResponse(BaseModel):
    token: str
    token_type: str = "bearer"
    user_id: str
    expires_in: int  # seconds


class ProductResponse(BaseModel):
    id: int
    name: str
    price: float
    stock: int
    category: str

    @classmethod
    def of(cls, product: Product) -> Self:
        return cls(
            id=product.id,
            name=product.name,
            price=to_amount(product.price_cents),
            stock=product.stock,
            category=product.category,
        )


class CartAdditionItem(Body):
    product_id: ProductId
    quantity: Quantity


class CartAddition(CartAdditionItem):
    country: Country | None = None


class CartAddedResponse(BaseModel):
    message: str = "Item added to cart"
    cart_item_id: int
    product_name: str
    quantity: int


class CartItemChange(Body):
    quantity: Quantity


class CartItemResponse(BaseModel):
    id: int
    product_id: int
    product_name: str
    price: float
    quantity: int
    subtotal: float

    @classmethod
    def of(cls, item: CartItem) -> Self:
        return cls(
            id=item.id,
            product_id=item.product_id,
            product_name=item.product.name,
            price=to_amount(item.product.price_cents),
            quantity=item.quantity,
            subtotal=to_amount(item.quantity * item.product.price_cents),
        )


class CartResponse(BaseModel):
    user_id: str
    items: list[CartItemResponse]
    total: float

    @classmethod
    def of(cls, user_id: str, items: list[CartItem]) -> Self:
        total = to_amount(cart.subtotal_cents(items))
        return cls(user_id=user_id, items=[CartItemResponse.of(item) for item in items], total=total)


class CartMergeBody(Body):
    items: Annotated[list[CartAdditionItem], Field(min_length=1, max_length=50)]
    country: Country | None = None

    def quantities(self) -> dict[int, int]:
        """By product, in the order in which they were sent."""
        total: Counter[int] = Counter()
        for item in self.items:
            total[item.product_id] += item.quantity
        return total


class CartMergeResponse(CartResponse):
    skipped: Annotated[
        list[int], Field(description="The products of the request that the shop does not have; they were left out.")
    ]

    @classmethod
    def of_merge(cls, user_id: str, merge: Merge) -> Self:
        return cls(**dict(CartResponse.of(user_id, merge.items)), skipped=merge.skipped)


class QuoteBody(Body):
    coupon_code: CouponCode | None = None


class QuoteResponse(BaseModel):
    """What the cart costs now. `promotion_code` or `coupon_code` is where the discount comes from."""

    subtotal: float
    discount: float
    total: float
    promotion_code: str | None
    coupon_code: str | None
    discount_outcome: Annotated[
        DiscountOutcome,
        Field(
            description="`applied`, or why not. If a coupon was sent that gives nothing, it is about that coupon: "
            "`invalid` for this cart, `unavailable` when coupons can't be checked at the moment, `not_configured` in a "
            "shop without coupons. `discount` and `total` are then those of a checkout without the coupon; with it, "
            "the checkout fails. Without a coupon: `none`, `unavailable` or `not_configured`."
        ),
    ]
    message: Annotated[str, Field(description="The outcome in words, for the buyer.")]

    @classmethod
    def of(cls, subtotal_cents: int, assessment: Assessment) -> Self:
        discount = assessment.discount
        discount_cents = discount.cents_off(subtotal_cents) if discount else 0
        return cls(
            subtotal=to_amount(subtotal_cents),
            discount=to_amount(discount_cents),
            total=to_amount(subtotal_cents - discount_cents),
            promotion_code=discount.promotion_code if discount else None,
            coupon_code=discount.coupon_code if discount else None,
            discount_outcome=assessment.outcome,
            message=assessment.message,
        )


class CheckoutBody(Body):
    payment_method: Method = "credit_card"
    country: Country | None = None
    coupon_code: CouponCode | None = None


class CheckoutResponse(BaseModel):
    message: str = "Checkout successful"
    order_id: int
    status: OrderStatus
    fulfilment: Fulfilment | None
    total_amount: float
    discount_amount: float
    promotion_code: str | None
    coupon_code: str | None
    discount_outcome: Annotated[
        DiscountOutcome,
        Field(
            description="Why there is a discount or none. `unavailable`: discounts could not be checked at the moment, "
            "and the order went on without one. `not_configured`: this shop has no promotions."
        ),
    ]
    payment_transaction_id: str | None
    trace_id: TraceId

    @classmethod
    def of(cls, order: Order) -> Self:
        return cls(
            order_id=order.id,
            status=order.status,
            fulfilment=order.fulfilment,
            total_amount=to_amount(order.total_cents),
            discount_amount=to_amount(order.discount_cents),
            promotion_code=order.promotion_code,
            coupon_code=order.coupon_code,
            discount_outcome=order.discount_outcome,
            payment_transaction_id=order.payment_transaction_id,
            trace_id=order.trace_id,
        )


class OrderLineResponse(BaseModel):
    product_id: int
    product_name: str
    quantity: int
    price: float
    subtotal: float
    reserved: bool
    fulfillment_days: int | None

    @classmethod
    def of(cls, line: OrderLine) -> Self:
        return cls(
            product_id=line.product_id,
            product_name=line.product_name,
            quantity=line.quantity,
            price=to_amount(line.unit_price_cents),
            subtotal=to_amount(line.quantity * line.unit_price_cents),
            reserved=line.reservation_id is not None,
            fulfillment_days=line.fulfillment_days,
        )


class OrderResponse(BaseModel):
    id: int
    status: OrderStatus
    status_reason: str | None
    fulfilment: Fulfilment | None
    total_amount: float
    discount_amount: float
    promotion_code: str | None
    coupon_code: str | None
    country: str
    payment_method: str
    payment_transaction_id: str | None
    trace_id: TraceId
    created_at: datetime
    items: list[OrderLineResponse]

    @classmethod
    def of(cls, order: Order) -> Self:
        return cls(
            id=order.id,
            status=order.status,
            status_reason=order.status_reason,
            fulfilment=order.fulfilment,
            total_amount=to_amount(order.total_cents),
            discount_amount=to_amount(order.discount_cents),
            promotion_code=order.promotion_code,
            coupon_code=order.coupon_code,
            country=order.country,
            payment_method=order.payment_method,
            payment_transaction_id=order.payment_transaction_id,
            trace_id=order.trace_id,
            created_at=order.created_at,
            items=[OrderLineResponse.of(line) for line in order.lines],
        )


class OrdersResponse(BaseModel):
    """`next_before` is the value of `before` for the next page; null on the last."""

    orders: list[OrderResponse]
    next_before: int | None


class Coupon(BaseModel):
    """promotions-service's own field names, passed on."""

    model_config = ConfigDict(alias_generator=to_camel, from_attributes=True, populate_by_name=True)

    code: str
    discount_type: str
    discount_value: float
    min_amount: float
    remaining_uses: int

    @classmethod
    def of(cls, coupon: promotion.Coupon) -> Self:
        return cls.model_validate(coupon)


class CouponsResponse(BaseModel):
    coupons: list[Coupon]
