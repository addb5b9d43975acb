"""Do the shop's books agree with themselves and with those of others? Comparisons only: nothing is read or changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from webstore.domain.books import Books, MessageEntry, OrderEntry, StockEntry
from webstore.domain.money import to_amount
from webstore.domain.orders import UNSETTLED
from webstore.domain.promotion import Redemption
from webstore.models import MessageKind, MessageState, OrderStatus

#: What may stand in others' books for an order; None is nothing at all. The other states are not decided yet.
TRANSACTION_OF: dict[OrderStatus, frozenset[str | None]] = {
    OrderStatus.AUTHORISED: frozenset({"success"}),
    OrderStatus.CONFIRMED: frozenset({"success"}),
    OrderStatus.DECLINED: frozenset({"declined", "voided", "refunded", None}),
    OrderStatus.FAILED: frozenset({"declined", "voided", "refunded", None}),
    OrderStatus.CANCELLED: frozenset({"voided", "refunded"}),
}
#: An order that was confirmed once, and so has a message.
MAY_HAVE_MESSAGE = (OrderStatus.CONFIRMED, OrderStatus.CANCELLING, OrderStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Transaction:
    """What payments-service or payment-provider says was done under a key; without a charge there is no amount."""

    key: str
    status: str
    cents: int | None = None
    id: str | None = None


@dataclass
class Check:
    name: str
    #: How many orders, products or messages were looked at.
    looked_at: int
    differences: list[str] = field(default_factory=list)
    #: What a person has to know and is no difference.
    notes: list[str] = field(default_factory=list)


def of_itself(books: Books, left_since: datetime) -> list[Check]:
    """The checks that need nobody else. An order from before `left_since` should have been settled."""
    return [_sums(books.orders), _stock(books.stock), _messages(books), _unsettled(books.orders, left_since)]


def decided(books: Books, before: datetime) -> list[OrderEntry]:
    """The orders that others' books can be compared with: what has moved since may be ahead of what they said."""
    return [order for order in books.orders if order.status in TRANSACTION_OF and order.updated_at < before]


def payments(name: str, orders: Sequence[OrderEntry], transactions: Iterable[Transaction]) -> Check:
    """Each order has the transaction that its state implies, once."""
    check = Check(name, len(orders))
    by_key: dict[str, list[Transaction]] = {}
    for transaction in transactions:
        by_key.setdefault(transaction.key, []).append(transaction)
    for order in orders:
        check.differences += _payment_differences(order, by_key.get(order.reference, []))
    return check


def strangers(books: Books, transactions: Iterable[Transaction]) -> Check:
    """Nobody was charged for an order that does not exist. Keys of other forms are not the shop's."""
    known = {order.reference for order in books.orders}
    charged = [found for found in transactions if found.status == "success" and _is_of_shop(found.key)]
    unknown = [found for found in charged if found.key not in known]
    return Check(
        "charges have orders", len(charged), [f"{found.key}: {_describe(found)}, but no order" for found in unknown]
    )


def redemptions(before: Books, found: Iterable[Redemption]) -> Check:
    """Each order with a coupon has used that coupon, once.

    `before` is from before promotions-service was asked, so what was delivered then is in its list. A redemption that
    is still to be delivered is no difference; one that was laid aside is noted, with the reason.
    """
    orders = _orders_with_coupon(before)
    messages = _coupon_messages(before)
    by_order: dict[str, list[Redemption]] = {}
    for redemption in found:
        by_order.setdefault(redemption.order, []).append(redemption)
    check = Check("promotions-service", len(orders))
    for order in orders:
        _check_redemption(check, order, messages.get(order.reference), by_order.get(order.reference, []))
    return check


def _check_redemption(
    check: Check, order: OrderEntry, message: MessageEntry | None, found: Sequence[Redemption]
) -> None:
    name = f"{order.reference} is {order.status} with coupon {order.coupon_code}"
    if len(found) > 1:
        check.differences.append(f"{name}, but there are {len(found)} redemptions")
    elif found and found[0].coupon_code != order.coupon_code:
        check.differences.append(f"{name}, but has used coupon {found[0].coupon_code}")
    elif not found and (message is None or message.state is MessageState.DELIVERED):
        check.differences.append(f"{name}, but has not used it")
    elif not found and message and message.state is MessageState.DEAD:
        check.notes.append(f"{name}, whose redemption was laid aside: {message.last_error}")


def unexplained_redemptions(after: Books, found: Iterable[Redemption]) -> Check:
    """No coupon was used for an order that does not exist, or has none. Order IDs of other forms are not the shop's.

    `after` is from after promotions-service was asked, so the order of each redemption in its list is there.
    """
    known = {order.reference for order in _orders_with_coupon(after)}
    of_shop = [redemption for redemption in found if _is_of_shop(redemption.order)]
    check = Check("redemptions have orders", len(of_shop))
    check.differences += [
        f"{redemption.order} has used coupon {redemption.coupon_code}, but there is no confirmed order with a coupon"
        for redemption in of_shop
        if redemption.order not in known
    ]
    return check


def _orders_with_coupon(books: Books) -> list[OrderEntry]:
    """Those that were confirmed: a later cancellation does not give the coupon back."""
    messages = _coupon_messages(books)
    return [
        order
        for order in books.orders
        if order.coupon_code
        and order.status in MAY_HAVE_MESSAGE
        and (order.status is OrderStatus.CONFIRMED or order.reference in messages)
    ]


def _coupon_messages(books: Books) -> dict[str, MessageEntry]:
    return {message.reference: message for message in books.messages if message.kind is MessageKind.COUPON}


def _is_of_shop(reference: str) -> bool:
    return reference.startswith("order-")


def _payment_differences(order: OrderEntry, found: Sequence[Transaction]) -> list[str]:
    if len(found) > 1:
        return [f"{order.reference}: {len(found)} transactions"]
    transaction = found[0] if found else None
    name = f"{order.reference} is {order.status}"
    if (transaction.status if transaction else None) not in TRANSACTION_OF[order.status]:
        return [f"{name}, but its transaction is {transaction.status if transaction else 'absent'}"]
    if transaction is None or transaction.status != "success":
        return []
    expected = Transaction(order.reference, "success", order.total_cents, order.transaction_id)
    return (
        [] if transaction == expected else [f"{name} with {_describe(expected)}, but there is {_describe(transaction)}"]
    )


def _describe(transaction: Transaction) -> str:
    amount = "no amount" if transaction.cents is None else f"{to_amount(transaction.cents):.2f} USD"
    return f"{amount} in transaction {transaction.id}"


def _sums(orders: Sequence[OrderEntry]) -> Check:
    check = Check("order totals", len(orders))
    for order in orders:
        if order.lines_cents != order.subtotal_cents:
            sums = f"lines of {to_amount(order.lines_cents):.2f}, subtotal {to_amount(order.subtotal_cents):.2f}"
            check.differences.append(f"{order.reference}: {sums}")
        if not 0 <= order.discount_cents < order.subtotal_cents:
            check.differences.append(f"{order.reference}: discount {to_amount(order.discount_cents):.2f}")
    return check


def _stock(products: Sequence[StockEntry]) -> Check:
    check = Check("stock", len(products))
    for product in products:
        if product.stock < 0 or product.supplied != product.stock + product.held:
            pieces = f"supplied {product.supplied}, in stock {product.stock}, held by orders {product.held}"
            check.differences.append(f"product {product.product_id}: {pieces}")
    return check


def _messages(books: Books) -> Check:
    check = Check("outbox", len(books.messages))
    told = Counter((message.reference, message.kind) for message in books.messages)
    for order in books.orders:
        if order.status is OrderStatus.CONFIRMED:
            expected = {MessageKind.ORDER: 1, MessageKind.COUPON: 1 if order.coupon_code else 0}
            found = {kind: told[order.reference, kind] for kind in MessageKind}
            wrong = [kind for kind in MessageKind if found[kind] != expected[kind]]
            check.differences += [
                f"{order.reference} is confirmed with {found[kind]} {kind} messages" for kind in wrong
            ]
    allowed = {order.reference for order in books.orders if order.status in MAY_HAVE_MESSAGE}
    check.differences += [
        f"message {entry.id} {fault}" for entry in books.messages if (fault := _fault(entry, allowed))
    ]
    return check


def _fault(message: MessageEntry, allowed: set[str]) -> str | None:
    if message.reference not in allowed:
        return f"is about {message.reference}, which was never confirmed"
    if message.state is MessageState.DEAD and not message.last_error:
        return "is dead without a reason"
    return None


def _unsettled(orders: Sequence[OrderEntry], left_since: datetime) -> Check:
    unsettled = [order for order in orders if order.status in UNSETTLED]
    left = [order for order in unsettled if order.created_at < left_since]
    return Check("orders left half-way", len(unsettled), [f"{order.reference} is {order.status}" for order in left])
