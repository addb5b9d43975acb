"""Addresses whose requests fail too often to be a buyer's. They are reported, not blocked."""

import logging
from collections.abc import Collection
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerSecond
from opentelemetry import trace

from webstore import addresses
from webstore.clients.windows import Windows
from webstore.domain.errors import Unavailable
from webstore.telemetry import metrics

log = logging.getLogger(__name__)

WINDOW = 300  # seconds
# A declined card and sold out goods happen to the most honest buyer.
HONEST = {402, 409}


@dataclass(frozen=True)
class Pattern:
    """So many answers with one of these statuses, to one address within the window."""

    type: str
    answers: int
    statuses: Collection[int]

    @property
    def limit(self) -> RateLimitItem:
        """What is passed with the last of these answers."""
        return RateLimitItemPerSecond(self.answers - 1, WINDOW, namespace="SUSPICIOUS")


PATTERNS = (
    Pattern("credential_stuffing", 5, {401}),
    Pattern("endpoint_scanning", 10, {404}),
    Pattern("abuse", 20, set(range(400, 500)) - HONEST),
)
REPORTS = RateLimitItemPerSecond(1, WINDOW, namespace="REPORTED")


class SuspiciousActivity:
    def __init__(self, windows: Windows):
        self._windows = windows

    async def note(self, status: int, host: str) -> None:
        """Count an answer, and report each pattern that it completes. While Redis is down, nothing."""
        try:
            for pattern in PATTERNS:
                if status in pattern.statuses and await self._is_news(pattern, addresses.one_client(host)):
                    _report(pattern, addresses.anonymous(host))
        except Unavailable:
            return

    async def _is_news(self, pattern: Pattern, client: str) -> bool:
        """Complete, and not yet reported in this window. Raises Unavailable."""
        if await self._windows.has_room(pattern.limit, pattern.type, client):
            return False
        return await self._windows.has_room(REPORTS, pattern.type, client)


def _report(pattern: Pattern, network: str) -> None:
    attributes = {"type": pattern.type, "client.network": network}
    metrics.suspicious_activity.add(1, {"type": pattern.type})
    trace.get_current_span().add_event("security.suspicious_activity", attributes)
    log.warning("Suspicious activity", extra={"event.name": "security.suspicious_activity", **attributes})
