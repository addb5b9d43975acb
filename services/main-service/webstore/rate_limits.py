"""How many requests one address and one user may make."""

from typing import Literal

from limits import RateLimitItem, parse

from webstore.clients.windows import Windows
from webstore.domain.errors import Unavailable
from webstore.telemetry import metrics

LimitType = Literal["ip", "user"]


class RateLimited(Exception):
    def __init__(self, retry_after: int):
        super().__init__(f"Too many requests. Try again in {retry_after} s.")
        self.retry_after = retry_after  # seconds


class RateLimits:
    def __init__(self, windows: Windows, ip: str, user: str):
        """The limits in the library's notation, like 5000/minute."""
        self._windows = windows
        self._limits: dict[LimitType, RateLimitItem] = {"ip": parse(ip), "user": parse(user)}

    async def check(self, limit_type: LimitType, who: str) -> None:
        """Count a request. While Redis is down all are let through. Raises RateLimited."""
        labels = {"limit_type": limit_type}
        try:
            delay = await self._windows.delay(self._limits[limit_type], limit_type, who)
        except Unavailable:
            metrics.rate_limit_skipped.add(1, labels)
            return
        if delay:
            metrics.rate_limit_exceeded.add(1, labels)
            raise RateLimited(delay)
