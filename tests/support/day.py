"""A day in the life of a stack: peace first, then every fault once. Tests read what it left, and when that was."""

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support import alerting, browser_visit, engines, faults, traffic
from tests.support.endpoint_coverage import cover_endpoints
from tests.support.grafana import TimeRange
from tests.support.polling import eventually
from tests.support.stack import SHOP_URL, Stack

Fault = Callable[[Stack], Any]

#: In this order: payments fail first, so that their page ends by itself while other things fail.
FAULTS: tuple[Fault, ...] = (
    faults.provider_outage,
    faults.wrong_passwords,
    faults.inventory_outage,
    faults.crm_outage,
    faults.sold_out,
    faults.coupon_used_up,
    faults.promotions_down,
    faults.payments_recover,
    faults.telemetry_of_last_month,
    faults.telemetry_lost,
    faults.redis_down,
    faults.low_rate_limit,
    faults.database_down,
    faults.page_ends,
    faults.payments_down,
    faults.cards_declined,
    faults.answers_lost,
    faults.payments_hang,
    faults.many_charges,
)
ADDITIONS = "webstore_cart_additions_total"
ARRIVES = 60  # seconds
#: Seconds after a fault in which its last signals arrive: an export, a scrape, an evaluation.
LINGERS = 120
STEP = 15  # seconds


@dataclass(frozen=True)
class Occurrence:
    """`began` and `ended` are seconds since 1970. `result` is what the fault returned, or the error that ended it."""

    began: float
    ended: float
    result: Any


@dataclass
class Day:
    began: float
    #: The labels of the alerts before and after the peaceful part, pending ones included.
    alerts_before: list[dict[str, str]] = field(default_factory=list)
    alerts_in_peace: list[dict[str, str]] = field(default_factory=list)
    peace_ended: float = 0.0
    occurrences: dict[str, Occurrence] = field(default_factory=dict)
    #: Types and descriptions by metric: Prometheus forgets those of a container that is gone.
    metadata: dict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    #: The trace of a purchase through every service, at the end.
    purchase: str = ""

    def occurrence(self, fault: str) -> Occurrence:
        """Raises the error of a fault that did not go as planned."""
        found = self.occurrences[fault]
        if isinstance(found.result, Exception):
            raise found.result
        return found

    def result(self, fault: str) -> Any:
        return self.occurrence(fault).result

    def peace(self) -> TimeRange:
        return TimeRange(self.began, self.peace_ended)

    def whole(self) -> TimeRange:
        """Until now."""
        return TimeRange(self.began, time.time())

    def ranges_with(self, fault: str) -> list[TimeRange]:
        """What an operator would look at to see a fault: until now, and until shortly after it."""
        found = self.occurrence(fault)
        now = time.time()
        ends = range(int(found.ended), int(min(found.ended + LINGERS, now)), STEP)
        return [TimeRange(self.began, now), *(TimeRange(self.began, end) for end in ends)]


def live(stack: Stack) -> Day:
    """Lives through a day, saying how long each part took."""
    day = Day(time.time(), alerts_before=alerting.alerts())
    _peace(day)
    cover_endpoints(stack)
    day.peace_ended = time.time()
    _say("peace", day.began)
    for fault in FAULTS:
        day.occurrences[fault.__name__] = _suffer(stack, fault)
        _remember_metadata(day)
    traffic.normal_day(SHOP_URL, visits=10)
    day.purchase = eventually(lambda: traffic.purchase(SHOP_URL), "a purchase at the end of the day", ARRIVES)
    _remember_metadata(day)
    return day


def _peace(day: Day) -> None:
    """Ends when Prometheus has its last count, and has evaluated every rule after that."""
    before = engines.value(ADDITIONS)
    added = traffic.normal_day(SHOP_URL, visits=60)
    browser_visit.visit()
    eventually(lambda: engines.value(ADDITIONS) >= before + added, f"{added} more additions to carts", ARRIVES)
    arrived = time.time()
    eventually(lambda: engines.rules_evaluated_since(arrived), "an evaluation of every rule", ARRIVES)
    day.alerts_in_peace = alerting.alerts()


def _suffer(stack: Stack, fault: Fault) -> Occurrence:
    """An error is kept for the tests that need this fault: the others go on."""
    began = time.time()
    try:
        result = fault(stack)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        result = error
    _say(fault.__name__, began)
    return Occurrence(began, time.time(), result)


def _remember_metadata(day: Day) -> None:
    for name, found in engines.metadata().items():
        day.metadata[name] |= found


def _say(what: str, began: float) -> None:
    print(f"{time.time() - began:5.0f} s  {what}", flush=True)
