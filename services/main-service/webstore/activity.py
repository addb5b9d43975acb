"""What visitors do, counted by funnel stage and by customer segment."""

from datetime import UTC, datetime
from enum import StrEnum

from redis.exceptions import RedisError

from webstore.clients.memory import Customers
from webstore.domain.segments import Segment, segment
from webstore.telemetry import metrics


class Stage(StrEnum):
    BROWSE_CATALOG = "browse_catalog"
    VIEW_PRODUCT = "view_product"
    ADD_TO_CART = "add_to_cart"
    CHECKOUT_COMPLETE = "checkout_complete"


class Activity:
    def __init__(self, customers: Customers):
        self._customers = customers

    async def note(
        self, stage: Stage, country: str, user_id: str | None, spend_cents: int | None = None, times: int = 1
    ) -> None:
        """Count it; the segment is the one from before. When Redis is down it is `unknown`, and no request fails.

        `times` is for a request that does the same for several products: one question to Redis, however many they are.
        """
        segment = await self._segment_before(user_id, country, spend_cents)
        metrics.funnel_stage.add(times, {"stage": stage, "country": country})
        metrics.customer_segment.add(times, {"segment": segment, "action": stage, "country": country})

    async def _segment_before(self, user_id: str | None, country: str, spend_cents: int | None) -> Segment:
        if user_id is None:
            return Segment.ANONYMOUS
        try:
            history = await self._customers.record(user_id, country, spend_cents)
        except RedisError:
            return Segment.UNKNOWN
        return segment(history, datetime.now(UTC))
