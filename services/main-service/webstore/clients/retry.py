"""Sends a request again that failed, when that is safe and may help."""

from collections.abc import Awaitable, Callable, Container

import httpx
from opentelemetry import trace
from opentelemetry.util.types import Attributes
from tenacity import AsyncRetrying, RetryCallState, stop_after_attempt, stop_before_delay, wait_exponential_jitter

from webstore.clients.circuit import CircuitOpen
from webstore.telemetry import metrics

# Before the second attempt 50 to 100 ms, before the third 100 to 150 ms; the jitter keeps callers out of step.
PAUSE = wait_exponential_jitter(multiplier=0.05, jitter=0.05)

#: The connection was never made, so the request had no effect.
NOT_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout)
#: Another attempt would find the same: the circuit is open, the pool is used up, or the time is.
FINAL = (CircuitOpen, httpx.PoolTimeout, httpx.ReadTimeout, httpx.WriteTimeout)


class Retries:
    def __init__(self, dependency: str, attempts: int, patience: float, transient: Container[int]):
        """No attempt starts after `patience` seconds. `transient` are the status codes that may pass."""
        self._dependency = dependency
        self._transient = transient
        self._stop = stop_after_attempt(attempts) | stop_before_delay(patience)

    async def run(self, send: Callable[[], Awaitable[httpx.Response]], repeatable: bool) -> httpx.Response:
        """The last attempt's outcome. What is not `repeatable` is only tried again when it was not sent."""
        retrying = AsyncRetrying(
            retry=self._may_pass if repeatable else _was_not_sent,
            stop=self._stop,
            wait=PAUSE,
            before_sleep=self._report,
            retry_error_callback=_outcome,
        )
        return await retrying(send)

    def _may_pass(self, state: RetryCallState) -> bool:
        error = _error(state)
        if error:
            return isinstance(error, httpx.TransportError) and not isinstance(error, FINAL)
        return _outcome(state).status_code in self._transient

    def _report(self, state: RetryCallState) -> None:
        error = _error(state)
        error_type = type(error).__name__ if error else str(_outcome(state).status_code)
        metrics.dependency_retries.add(1, {"dependency": self._dependency, "error_type": error_type})
        attributes: Attributes = {
            "dependency": self._dependency,
            "error.type": error_type,
            "retry.count": state.attempt_number,
        }
        trace.get_current_span().add_event("dependency.retry", attributes)


def _was_not_sent(state: RetryCallState) -> bool:
    return isinstance(_error(state), NOT_CONNECTED)


def _error(state: RetryCallState) -> BaseException | None:
    assert state.outcome
    return state.outcome.exception()


def _outcome(state: RetryCallState) -> httpx.Response:
    assert state.outcome
    response: httpx.Response = state.outcome.result()
    return response
