"""make reconcile: compare the shop's books with themselves, with payments-service and with payment-provider.

Reads only. Ends with 0 when all agree, 1 when something differs, and 2 when a party does not answer. It may be run
while people buy: what moves during the audit is left to the next one.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from webstore import database
from webstore.clients import ledgers
from webstore.clients.ledgers import NoAnswer
from webstore.config import Settings
from webstore.domain import audit, books
from webstore.domain.audit import Check, Transaction
from webstore.domain.books import Books
from webstore.models import now

# Enough to see what is wrong; all of them would be no table.
SHOWN = 20  # differences of a check
# One moment for all tables, and no way to change any.
SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def main() -> int:
    try:
        checks = reconcile(Settings())
    except NoAnswer as missing:
        return _give_up(str(missing))
    except OperationalError as error:
        return _give_up(f"the database does not answer: {error.orig}")
    print(table(checks))
    return 1 if any(check.differences for check in checks) else 0


def reconcile(settings: Settings) -> list[Check]:
    """Raises NoAnswer, OperationalError."""
    engine = database.create(settings.database_url, pool_size=1)
    try:
        return _compare(engine, settings)
    finally:
        engine.dispose()


def _compare(engine: Engine, settings: Settings) -> list[Check]:
    # The others are asked between two looks at the orders: what has not moved since the first is what they spoke of.
    started = now()
    keys = [order.reference for order in audit.decided(_snapshot(engine), started)]
    settlement, payments = asyncio.run(_ask(settings, keys))
    found = _snapshot(engine)
    orders = audit.decided(found, started)
    return [
        audit.payments("payment-provider", orders, settlement),
        audit.strangers(found, settlement),
        audit.payments("payments-service", orders, payments),
        *audit.of_itself(found, started - timedelta(seconds=settings.sweep_after)),
    ]


async def _ask(settings: Settings, keys: Sequence[str]) -> tuple[list[Transaction], list[Transaction]]:
    settlement = await ledgers.settlement_report(settings.payment_provider_url)
    return settlement, await ledgers.payments_of(settings.payments_service_url, keys)


def _snapshot(engine: Engine) -> Books:
    # SQLite's transactions are all serial.
    options = SNAPSHOT if engine.dialect.name == "postgresql" else {}
    with Session(engine.execution_options(**options)) as session:
        return books.read(session)


def table(checks: Sequence[Check]) -> str:
    lines = [f"{'check':<22}{'looked at':>10}{'differences':>13}"]
    lines += [f"{check.name:<22}{check.looked_at:>10}{len(check.differences):>13}" for check in checks]
    for check in checks:
        lines += [f"{check.name}: {difference}" for difference in check.differences[:SHOWN]]
        if len(check.differences) > SHOWN:
            lines.append(f"{check.name}: … and {len(check.differences) - SHOWN} more")
    return "\n".join(lines)


def _give_up(reason: str) -> int:
    print(f"Nothing was compared: {reason}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
