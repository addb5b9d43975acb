"""make reconcile: compare the shop's books with themselves and with those of the services around it: payments-service,
payment-provider and promotions-service, which not every shop has.

Reads only. Ends with 0 when all agree, 1 when something differs, and 2 when a party does not answer. It may be run
while people buy: what moves during the audit is left to the next one.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
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
from webstore.domain.promotion import Redemption
from webstore.models import now

# Enough to see what is wrong; all of them would be no table.
SHOWN = 20  # differences of a check
# One moment for all tables, and no way to change any.
SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


# Beside the table, so that nothing looks as if it had been compared.
LEFT_OUT = "promotions-service: not compared, as PROMOTIONS_SERVICE_URL is not set"


@dataclass(frozen=True)
class Records:
    """What the other services have; None where there is no such service."""

    settlement: list[Transaction]
    payments: list[Transaction]
    redemptions: list[Redemption] | None


def main() -> int:
    settings = Settings()
    try:
        checks = reconcile(settings)
    except NoAnswer as missing:
        return _give_up(str(missing))
    except OperationalError as error:
        return _give_up(f"the database does not answer: {error.orig}")
    print(table(checks))
    if settings.promotions_service_url is None:
        print(LEFT_OUT)
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
    before = _snapshot(engine)
    keys = [order.reference for order in audit.decided(before, started)]
    records = asyncio.run(_ask(settings, keys))
    after = _snapshot(engine)
    orders = audit.decided(after, started)
    return [
        audit.payments("payment-provider", orders, records.settlement),
        audit.strangers(after, records.settlement),
        audit.payments("payments-service", orders, records.payments),
        *_compare_redemptions(before, after, records.redemptions),
        *audit.of_itself(after, started - timedelta(seconds=settings.sweep_after)),
    ]


def _compare_redemptions(before: Books, after: Books, found: list[Redemption] | None) -> list[Check]:
    return [] if found is None else [audit.redemptions(before, found), audit.unexplained_redemptions(after, found)]


async def _ask(settings: Settings, keys: Sequence[str]) -> Records:
    promotions_url = settings.promotions_service_url
    return Records(
        settlement=await ledgers.settlement_report(settings.payment_provider_url),
        payments=await ledgers.payments_of(settings.payments_service_url, keys),
        redemptions=await ledgers.redemptions(promotions_url) if promotions_url else None,
    )


def _snapshot(engine: Engine) -> Books:
    # SQLite's transactions are all serial.
    options = SNAPSHOT if engine.dialect.name == "postgresql" else {}
    with Session(engine.execution_options(**options)) as session:
        return books.read(session)


def table(checks: Sequence[Check]) -> str:
    lines = [f"{'check':<24}{'looked at':>10}{'differences':>13}"]
    lines += [f"{check.name:<24}{check.looked_at:>10}{len(check.differences):>13}" for check in checks]
    for check in checks:
        lines += _shown(check.name, check.differences)
    for check in checks:
        lines += _shown(f"no difference, {check.name}", check.notes)
    return "\n".join(lines)


def _shown(name: str, entries: Sequence[str]) -> list[str]:
    lines = [f"{name}: {entry}" for entry in entries[:SHOWN]]
    return [*lines, f"{name}: … and {len(entries) - SHOWN} more"] if len(entries) > SHOWN else lines


def _give_up(reason: str) -> int:
    print(f"Nothing was compared: {reason}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
