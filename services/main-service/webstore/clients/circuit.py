"""The circuit breaker of one dependency: while it keeps failing, nobody waits for it and it is left in peace."""

import logging
from collections.abc import Awaitable, Callable

import httpx
from fluxgate import AsyncCircuitBreaker, CallNotPermittedError, State
from fluxgate.permits import All
from fluxgate.retries import Cooldown
from fluxgate.signal import Signal
from fluxgate.trackers import TypeOf
from fluxgate.trippers import FailureStreak, HalfOpened
from opentelemetry import trace

from webstore.telemetry import metrics

log = logging.getLogger(__name__)

# In a row. At the 10 % of faults that a dependency has on a bad day that is one run in 100 000.
FAILURES_TO_OPEN = 5
# Until a trial call; short, as a buyer is turned away meanwhile.
OPEN_FOR = 5.0  # seconds

STATES = ("closed", "half-open", "open")


class CircuitOpen(httpx.TransportError):
    """Not sent, for the dependency failed too often just now."""


class Circuit:
    def __init__(self, dependency: str, is_fault: Callable[[httpx.Response], bool]):
        """`is_fault` tells an answer that counts as a failure."""
        self._dependency = dependency
        self._is_fault = is_fault
        self._calls_under_way = 0
        self._breaker = AsyncCircuitBreaker(
            # A pool that is used up says nothing of its own: the answers that it waits for will.
            tracker=TypeOf(httpx.TransportError, httpx.HTTPStatusError) & ~TypeOf(httpx.PoolTimeout),
            tripper=FailureStreak(FAILURES_TO_OPEN) | (HalfOpened() & FailureStreak(1)),
            retry=Cooldown(OPEN_FOR),
            permit=All(),
            max_half_open_calls=1,
            listeners=[self._report_change],
        )
        self._show(self._breaker.info().state)

    async def call(self, send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """Raises CircuitOpen, and what `send` raises."""
        # One trial at a time. fluxgate would let the others wait for its end, longer than their own time-outs.
        if self._calls_under_way and self._breaker.info().state == "half_open":
            raise self._refusal()
        self._count_calls(+1)
        try:
            return await self._breaker.call(self._send, send)
        except CallNotPermittedError:
            raise self._refusal() from None
        except httpx.HTTPStatusError as fault:
            return fault.response
        finally:
            self._count_calls(-1)

    async def _send(self, send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """The breaker counts exceptions, so a fault has to be one on its way through it."""
        response = await send()
        return response.raise_for_status() if self._is_fault(response) else response

    def _count_calls(self, change: int) -> None:
        self._calls_under_way += change
        metrics.dependency_active_calls.add(change, {"dependency": self._dependency})

    def _refusal(self) -> CircuitOpen:
        metrics.dependency_rejections.add(1, {"dependency": self._dependency, "reason": "circuit_open"})
        return CircuitOpen(f"The circuit of {self._dependency} is open")

    def _report_change(self, signal: Signal) -> None:
        self._show(signal.new_state)
        event = "dependency.circuit_breaker.state_changed"
        attributes = {
            "dependency": self._dependency,
            "circuit_breaker.old_state": _label(signal.old_state),
            "circuit_breaker.state": _label(signal.new_state),
        }
        trace.get_current_span().add_event(event, attributes)
        message = "The circuit of %s is %s"
        log.warning(message, self._dependency, _label(signal.new_state), extra={"event.name": event, **attributes})

    def _show(self, current: State) -> None:
        for state in STATES:
            labels = {"dependency": self._dependency, "state": state}
            metrics.circuit_breaker_state.set(int(state == _label(current)), labels)


def _label(state: State) -> str:
    return state.replace("_", "-")
