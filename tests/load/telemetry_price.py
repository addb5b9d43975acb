"""What telemetry costs: cart adds and checkouts with it and without it (OTEL_SDK_DISABLED=true), in turns in one run.

python -m tests.load.telemetry_price processes       local processes, no containers
python -m tests.load.telemetry_price stack           the running stack, whose services are started anew a few times
"""

import argparse
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from statistics import median, quantiles

from tests.load import shops
from tests.load.buyers import Action, add, empty_carts, keep_busy, purchase
from tests.load.shops import SETTLING, Shops
from tests.support.polling import stand_idle
from tests.support.stack import Stack
from tools.local_shop import ROOT

#: As many at once as main-service has connections to its database, so that none waits for one.
BUYERS = tuple(f"buyer-{number}" for number in range(8))
ACTIONS: dict[str, Action] = {"cart adds": add, "checkouts": purchase}


@dataclass(frozen=True)
class Slice:
    """What the buyers did in some seconds."""

    rate: float  # a second
    cpu: float | None  # seconds of main-service's processor time for each


@dataclass(frozen=True)
class Loss:
    """The part of what was possible without telemetry that is not with it, in each round; 0.15 is 15 %."""

    rounds: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.rounds)

    def __str__(self) -> str:
        low, _, high = quantiles(self.rounds, n=4)
        return f"{self.median:6.1%}  ({low:.0%} … {high:.0%})"


@dataclass(frozen=True)
class Comparison:
    """The slices of one action with and without telemetry, by round."""

    action: str
    on: Sequence[Slice]
    off: Sequence[Slice]

    @property
    def throughput(self) -> Loss:
        return Loss([1 - on.rate / off.rate for on, off in zip(self.on, self.off, strict=True)])

    @property
    def cpu(self) -> Loss | None:
        """Of the throughput that main-service's processor time allows: other load on the machine hardly moves it."""
        pairs = [(on.cpu, off.cpu) for on, off in zip(self.on, self.off, strict=True)]
        losses = [1 - off / on for on, off in pairs if on and off]
        return Loss(losses) if len(losses) == len(pairs) else None

    def lines(self) -> Iterator[str]:
        on, off = (median(one.rate for one in side) for side in (self.on, self.off))
        yield f"{self.action + ' a second':<32}{on:>10.1f}{off:>10.1f}   {self.throughput}"
        if self.cpu:
            on, off = (median(1000 * (one.cpu or 0) for one in side) for side in (self.on, self.off))
            yield f"{'  ms of main-service’s CPU each':<32}{on:>10.2f}{off:>10.2f}   {self.cpu}"


def compare(at: Shops, rounds: int, seconds: float) -> list[Comparison]:
    """In each round both, in turns who is first: what changes with time favours neither."""
    slices: dict[tuple[str, bool], list[Slice]] = {(name, on): [] for name in ACTIONS for on in (True, False)}
    for number in range(rounds):
        for telemetry in (True, False) if number % 2 == 0 else (False, True):
            url = at.switch(telemetry)
            for name, action in ACTIONS.items():
                slices[name, telemetry].append(_measure(at, url, action, seconds))
    return [Comparison(name, slices[name, True], slices[name, False]) for name in ACTIONS]


def _measure(at: Shops, url: str, action: Action, seconds: float) -> Slice:
    empty_carts(url, BUYERS)
    before = at.cpu()
    done = keep_busy(url, BUYERS, action, seconds)
    stand_idle(SETTLING)
    after = at.cpu()
    cpu = None if before is None or after is None else (after - before) / done.count
    return Slice(done.count / done.seconds, cpu)


def at_rest(at: Shops, seconds: float) -> float | None:
    """Processors that telemetry takes of main-service while nobody buys; None where that can't be told."""
    on, off = (_idle(at, telemetry, seconds) for telemetry in (True, False))
    return None if on is None or off is None else on - off


def _idle(at: Shops, telemetry: bool, seconds: float) -> float | None:
    at.switch(telemetry)
    before = at.cpu()
    stand_idle(seconds)
    after = at.cpu()
    return None if before is None or after is None else (after - before) / seconds


def report(comparisons: Sequence[Comparison], what: str, rounds: int, seconds: float) -> str:
    machine = f"{os.cpu_count()} processors, {platform.system()}, Python {platform.python_version()}"
    return "\n".join(
        (
            f"{what}; {machine}",
            f"{len(BUYERS)} buyers; {rounds} rounds, each action for {seconds:g} s with telemetry and without",
            f"{'':<32}{'with':>10}{'without':>10}     {'loss'}  (quartiles of the rounds)",
            *(line for comparison in comparisons for line in comparison.lines()),
        )
    )


WAYS: dict[str, tuple[str, Callable[[], AbstractContextManager[Shops]]]] = {
    "processes": (
        "local processes (SQLite, Redis inside main-service, backends that throw telemetry away)",
        lambda: shops.local(BUYERS),
    ),
    "stack": ("containers, with all stores on the same machine", lambda: shops.stack(Stack(ROOT), BUYERS)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    chosen = parser.parse_args()
    what, way = WAYS[chosen.way]
    with way() as at:
        print(report(compare(at, chosen.rounds, chosen.seconds), what, chosen.rounds, chosen.seconds))


if __name__ == "__main__":
    main()
