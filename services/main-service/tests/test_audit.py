"""An audit finds each kind of difference, and none where there is none."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from books import Books
from scripted import DECLINE
from webstore.domain import audit
from webstore.domain.audit import Transaction
from webstore.domain.books import Books as Entries
from webstore.domain.books import MessageEntry, OrderEntry, StockEntry
from webstore.domain.fulfilment import SoldOut
from webstore.domain.promotion import Redemption
from webstore.models import MessageKind, MessageState, OrderStatus

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
ORDER = OrderEntry(
    reference="order-1-20260101T000000000000",
    status=OrderStatus.CONFIRMED,
    subtotal_cents=100_10,
    discount_cents=10,
    lines_cents=100_10,
    transaction_id="TXN-1",
    coupon_code=None,
    created_at=NOW - HOUR,
    updated_at=NOW - HOUR,
)
CHARGE = Transaction(ORDER.reference, "success", 100_00, "TXN-1")


@pytest.mark.parametrize(
    ("status", "transactions", "is_right"),
    [
        (OrderStatus.CONFIRMED, [CHARGE], True),
        (OrderStatus.AUTHORISED, [CHARGE], True),
        (OrderStatus.CONFIRMED, [], False),
        (OrderStatus.CONFIRMED, [CHARGE, CHARGE], False),
        (OrderStatus.CONFIRMED, [CHARGE, replace(CHARGE, id="TXN-2")], False),
        (OrderStatus.CONFIRMED, [replace(CHARGE, cents=99_99)], False),
        (OrderStatus.CONFIRMED, [replace(CHARGE, cents=None)], False),
        (OrderStatus.CONFIRMED, [replace(CHARGE, id="TXN-2")], False),
        (OrderStatus.CONFIRMED, [replace(CHARGE, key="order-2-20260101T000000000000")], False),
        *((OrderStatus.CONFIRMED, [replace(CHARGE, status=status)], False) for status in ("refunded", "pending")),
        *(
            (order, [replace(CHARGE, status=status)], status != "success")
            for order in (OrderStatus.DECLINED, OrderStatus.FAILED)
            for status in ("success", "declined", "voided", "refunded")
        ),
        *((order, [], True) for order in (OrderStatus.DECLINED, OrderStatus.FAILED)),
        (OrderStatus.CANCELLED, [replace(CHARGE, status="refunded")], True),
        (OrderStatus.CANCELLED, [replace(CHARGE, status="voided")], True),
        (OrderStatus.CANCELLED, [CHARGE], False),
        (OrderStatus.CANCELLED, [], False),
    ],
)
def test_an_order_and_its_transactions(status, transactions, is_right):
    check = audit.payments("payments", [replace(ORDER, status=status)], transactions)
    assert (check.looked_at, len(check.differences)) == (1, 0 if is_right else 1)


@pytest.mark.parametrize(
    ("transaction", "is_right"),
    [
        (CHARGE, True),
        (replace(CHARGE, key="order-9-20250101T000000000000"), False),
        (replace(CHARGE, key="order-9-20250101T000000000000", status="refunded"), True),
        (replace(CHARGE, key="by-hand"), True),
    ],
)
def test_a_charge_without_an_order(transaction, is_right):
    differences = audit.strangers(Entries([ORDER], [], []), [transaction]).differences
    assert differences == ([] if is_right else [f"{transaction.key}: 100.00 USD in transaction TXN-1, but no order"])


@pytest.mark.parametrize(
    ("status", "updated_at", "is_compared"),
    [
        (OrderStatus.CONFIRMED, NOW - HOUR, True),
        (OrderStatus.CONFIRMED, NOW, False),
        (OrderStatus.PENDING, NOW - HOUR, False),
        (OrderStatus.CANCELLING, NOW - HOUR, False),
    ],
)
def test_what_is_not_decided_or_has_just_moved_is_not_compared(status, updated_at, is_compared):
    order = replace(ORDER, status=status, updated_at=updated_at)
    assert audit.decided(Entries([order], [], []), before=NOW) == ([order] if is_compared else [])


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize(("created_at", "is_old"), [(NOW - HOUR, True), (NOW, False)])
def test_orders_left_half_way(status, created_at, is_old):
    order = replace(ORDER, status=status, created_at=created_at)
    [left] = [
        check.differences
        for check in audit.of_itself(Entries([order], [], []), left_since=NOW)
        if check.name == "orders left half-way"
    ]
    is_half_way = status in (OrderStatus.PENDING, OrderStatus.AUTHORISED, OrderStatus.CANCELLING)
    assert left == ([f"{order.reference} is {status}"] if is_half_way and is_old else [])


@pytest.mark.parametrize(
    ("entry", "is_right"),
    [
        (StockEntry(1, supplied=10, stock=7, held=3), True),
        (StockEntry(1, supplied=10, stock=7, held=2), False),
        (StockEntry(1, supplied=10, stock=8, held=3), False),
        (StockEntry(1, supplied=2, stock=-1, held=3), False),
    ],
)
def test_stock(entry, is_right):
    differences = [d for check in audit.of_itself(Entries([], [entry], []), NOW) for d in check.differences]
    assert (differences == []) == is_right


@pytest.mark.parametrize(
    ("lines", "discount", "is_right"),
    [(100_10, 0, True), (100_10, 100_09, True), (100_10, 100_10, False), (100_10, -1, False), (100_09, 0, False)],
)
def test_order_totals(lines, discount, is_right):
    order = replace(ORDER, status=OrderStatus.FAILED, lines_cents=lines, discount_cents=discount)
    differences = [d for check in audit.of_itself(Entries([order], [], []), NOW) for d in check.differences]
    assert (differences == []) == is_right


WITH_COUPON = replace(ORDER, coupon_code="SAVE")
MESSAGE = MessageEntry(1, MessageKind.COUPON, ORDER.reference, MessageState.DELIVERED, last_error=None)
PENDING = replace(MESSAGE, state=MessageState.PENDING, last_error="status 503")
DEAD = replace(MESSAGE, state=MessageState.DEAD, last_error="status 409 coupon-exhausted")
USED = Redemption(ORDER.reference, "SAVE")
FORGED = Redemption("order-9-20250101T000000000000", "SAVE")


def compare(order, messages, found):
    """Differences and notes of both checks of redemptions."""
    entries = Entries([order], [], messages)
    checks = [audit.redemptions(entries, found), audit.unexplained_redemptions(entries, found)]
    return [text for check in checks for text in check.differences], [text for check in checks for text in check.notes]


@pytest.mark.parametrize(
    ("order", "messages", "found"),
    [
        (WITH_COUPON, [MESSAGE], [USED]),
        (WITH_COUPON, [PENDING], []),
        (WITH_COUPON, [PENDING], [USED]),  # the response was lost
        (WITH_COUPON, [DEAD], [USED]),
        (ORDER, [], []),
        *((replace(WITH_COUPON, status=status), [], []) for status in OrderStatus if status != "confirmed"),
        *(
            (replace(WITH_COUPON, status=status), [MESSAGE], [USED])  # cancelled after it was confirmed
            for status in (OrderStatus.CANCELLING, OrderStatus.CANCELLED)
        ),
        (ORDER, [], [Redemption("by-hand", "SAVE")]),
    ],
)
def test_coupons_and_their_redemptions(order, messages, found):
    assert compare(order, messages, found) == ([], [])


@pytest.mark.parametrize(
    ("order", "messages", "found", "difference"),
    [
        (WITH_COUPON, [MESSAGE], [], "is confirmed with coupon SAVE, but has not used it"),
        (WITH_COUPON, [], [], "is confirmed with coupon SAVE, but has not used it"),
        (
            WITH_COUPON,
            [replace(MESSAGE, kind=MessageKind.ORDER, state=MessageState.PENDING)],
            [],
            "is confirmed with coupon SAVE, but has not used it",
        ),
        *(
            (
                replace(WITH_COUPON, status=status),
                [MESSAGE],
                [],
                f"is {status} with coupon SAVE, but has not used it",
            )
            for status in (OrderStatus.CANCELLING, OrderStatus.CANCELLED)
        ),
        *(
            (WITH_COUPON, [message], [USED, USED], "is confirmed with coupon SAVE, but there are 2 redemptions")
            for message in (MESSAGE, PENDING, DEAD)
        ),
        *(
            (
                WITH_COUPON,
                [message],
                [replace(USED, coupon_code="FLAT50")],
                "with coupon SAVE, but has used coupon FLAT50",
            )
            for message in (MESSAGE, PENDING, DEAD)
        ),
        (ORDER, [], [FORGED], "order-9-20250101T000000000000 has used coupon SAVE, but there is no confirmed order"),
        (ORDER, [], [USED], "has used coupon SAVE, but there is no confirmed order with a coupon"),
        *(
            (replace(WITH_COUPON, status=status), [], [USED], "has used coupon SAVE, but there is no confirmed order")
            for status in OrderStatus
            if status != "confirmed"
        ),
    ],
)
def test_redemptions_that_differ(order, messages, found, difference):
    [told], notes = compare(order, messages, found)
    assert difference in told
    assert told.startswith(found[0].order if found else order.reference)
    assert notes == []


def test_a_redemption_that_was_laid_aside_is_listed():
    name = f"{ORDER.reference} is confirmed with coupon SAVE, whose redemption was laid aside"
    assert compare(WITH_COUPON, [DEAD], []) == ([], [f"{name}: status 409 coupon-exhausted"])


def test_redemptions_are_looked_at():
    orders = [WITH_COUPON, replace(ORDER, reference="order-2"), replace(WITH_COUPON, reference="order-3")]
    entries = Entries(orders, [], [MESSAGE])
    assert audit.redemptions(entries, [USED]).looked_at == 2
    assert audit.unexplained_redemptions(entries, [USED, Redemption("by-hand", "SAVE")]).looked_at == 1


@pytest.fixture
async def shop_with_history(buyer, shop, world):
    """A confirmed, a declined and a cancelled order: 1, 2 and 3, of two pieces of the product of that number."""
    world.inventory.answers[3] = [SoldOut()]
    for number in (1, 2, 3):
        world.payments.steps["charge"] = [DECLINE] if number == 2 else []
        await buyer.post("/cart/add", json={"product_id": number, "quantity": 2})
        await buyer.post("/checkout", json={})
        for item in (await buyer.get("/cart")).json()["items"]:
            await buyer.delete(f"/cart/items/{item['id']}")
    return Books(shop, world)


async def test_an_honest_shop(shop_with_history):
    statuses = [order.status for order in shop_with_history.orders()]
    assert statuses == [OrderStatus.CONFIRMED, OrderStatus.DECLINED, OrderStatus.CANCELLED]
    assert shop_with_history.differences() == []


COPY = "INSERT INTO outbox (kind, state, payload, trace_context, attempts, due_at, created_at)"
OF_MESSAGE = "trace_context, 0, due_at, created_at FROM outbox"


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE orders SET discount_cents = 1 WHERE id = 1", "confirmed with 1999.97 USD"),
        ("UPDATE orders SET payment_transaction_id = 'TXN-9' WHERE id = 1", "1999.98 USD in transaction TXN-9"),
        ("UPDATE orders SET status = 'failed' WHERE id = 1", "is failed, but its transaction is success"),
        ("UPDATE orders SET status = 'confirmed' WHERE id = 2", "is confirmed, but its transaction is declined"),
        ("UPDATE orders SET status = 'confirmed' WHERE id = 3", "is confirmed, but its transaction is voided"),
        ("UPDATE orders SET subtotal_cents = 7 WHERE id = 2", "lines of 1199.98, subtotal 0.07"),
        ("DELETE FROM order_lines WHERE order_id = 2", "lines of 0.00, subtotal 1199.98"),
        ("UPDATE order_lines SET unit_price_cents = 1 WHERE order_id = 1", "lines of 0.02, subtotal 1999.98"),
        ("UPDATE order_lines SET quantity = 3 WHERE order_id = 1", "supplied 50, in stock 48, held by orders 3"),
        ("UPDATE products SET stock = 30 WHERE id = 1", "product 1: supplied 50, in stock 30, held by orders 2"),
        ("DELETE FROM outbox", "is confirmed with 0 order messages"),
        (f"{COPY} SELECT kind, state, payload, {OF_MESSAGE}", "is confirmed with 2 order messages"),
        (
            f'{COPY} SELECT kind, state, \'{{"order_id": "order-9"}}\', {OF_MESSAGE}',
            "order-9, which was never confirmed",
        ),
        ("UPDATE outbox SET state = 'dead'", "is dead without a reason"),
    ],
)
async def test_what_was_tampered_with_is_found(statement, told, shop_with_history, shop):
    with shop.database.engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert [difference for difference in shop_with_history.differences() if told in difference]


async def test_a_dead_message_with_its_reason_is_no_difference(shop_with_history, shop):
    with shop.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'dead', last_error = 'status 404'")
    assert shop_with_history.differences() == []


async def test_an_order_that_was_deleted_is_missed(shop_with_history, shop):
    with shop.database.engine.begin() as connection:
        for statement in ("DELETE FROM order_lines", "DELETE FROM orders"):
            connection.exec_driver_sql(statement)
    found = shop_with_history.differences()
    assert [difference for difference in found if "1999.98 USD in transaction TXN-1, but no order" in difference]
