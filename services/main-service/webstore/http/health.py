"""Probes and the process's own metrics."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from webstore.http.dependencies import TheShop
from webstore.shop import Shop

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> dict[str, str]:
    """The process answers. Says nothing of what it depends on: a restart would not mend that."""
    return {"status": "healthy"}


@router.get("/ready")
async def ready(shop: TheShop) -> JSONResponse:
    """The database and Redis answer; 503 names the one that does not."""
    checks = {"database": await _database(shop), "redis": await _redis(shop)}
    is_ready = set(checks.values()) == {"ok"}
    return JSONResponse({"status": "ready" if is_ready else "not ready", **checks}, 200 if is_ready else 503)


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """CPU, memory and garbage collection of this process; the shop's metrics go by OTLP."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _database(shop: Shop) -> str:
    try:
        await shop.database.ping()
    except SQLAlchemyError as error:
        return type(error).__name__
    return "ok"


async def _redis(shop: Shop) -> str:
    try:
        await shop.redis.ping()
    except RedisError as error:
        return type(error).__name__
    return "ok"
