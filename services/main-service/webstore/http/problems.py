"""Errors as problem documents (RFC 9457), each with the id of the trace to look into."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from webstore.domain import errors
from webstore.rate_limits import RateLimited
from webstore.telemetry import metrics
from webstore.telemetry.spans import current_trace_id

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
# A dependency that is down is most often back after a restart, which takes about this long.
RETRY_AFTER = {"Retry-After": "5"}  # seconds

#: The shop's errors: status and name. The name is the last part of the document's `type`.
NAMES: dict[type[errors.ShopError], tuple[int, str]] = {
    errors.NotAuthenticated: (401, "not-authenticated"),
    errors.PaymentDeclined: (402, "payment-declined"),
    errors.NotFound: (404, "not-found"),
    errors.CartEmpty: (409, "cart-empty"),
    errors.CartLineFull: (409, "cart-line-full"),
    errors.SoldOut: (409, "sold-out"),
    errors.OrderCancelled: (409, "order-cancelled"),
    errors.KeyReused: (422, "idempotency-conflict"),
    errors.CouponNotValid: (422, "coupon-not-valid"),
    errors.Unavailable: (503, "unavailable"),
    errors.CheckoutFailed: (503, "payment-unavailable"),
    errors.CouponUnavailable: (503, "coupon-unavailable"),
    errors.CheckoutPending: (503, "checkout-pending"),
}


#: The framework's own refusals whose HTTP phrase is not the problem's name, or differs between Python versions.
HTTP_NAMES = {400: "malformed-request", 413: "payload-too-large"}

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")


class FieldError(BaseModel):
    field: str
    message: str


class Problem(BaseModel):
    type: str
    title: str
    status: int
    detail: str
    trace_id: str | None = None
    order_id: int | None = None
    errors: list[FieldError] | None = None


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`: the problems that it may answer with, beside those of every route."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content, "model": Problem}
        for status in sorted({*statuses, 400, 413, 415, 422, 429, 503})
    }


def handle(app: FastAPI) -> None:
    app.add_exception_handler(errors.ShopError, _shop_error)
    app.add_exception_handler(RateLimited, _rate_limited)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(OperationalError, _database_down)
    app.add_exception_handler(Exception, _crash)


def rate_limited(error: RateLimited) -> JSONResponse:
    """Without a log line: a flood of requests must not become a flood of lines."""
    return _document(429, "rate-limited", str(error), {"Retry-After": str(error.retry_after)})


def _document(
    status: int, name: str, detail: str, headers: dict[str, str] | None = None, **extensions: Any
) -> JSONResponse:
    problem = Problem(
        type=f"urn:webstore:problem:{name}",
        title=name.replace("-", " ").capitalize(),
        status=status,
        detail=detail,
        trace_id=current_trace_id(),
        **extensions,
    )
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers=headers, media_type=MEDIA_TYPE)


async def _shop_error(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, errors.ShopError)
    status, name = NAMES[type(error)]
    extensions = {"order_id": error.order_id} if isinstance(error, errors.CheckoutError) else {}
    headers: dict[str, str] = {}
    if isinstance(error, errors.NotAuthenticated):
        metrics.auth_failures.add(1, {"reason": error.reason})
        headers = {"WWW-Authenticate": "Bearer"}
    if status == 503:
        headers = RETRY_AFTER
    log.info("Request refused", extra={"event.name": "request.refused", "problem": name})
    return _document(status, name, str(error), headers, **extensions)


async def _rate_limited(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RateLimited)
    return rate_limited(error)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    """What the client sent is not repeated: it may hold a password."""
    assert isinstance(error, RequestValidationError)
    if any(found["type"] == "json_invalid" for found in error.errors()):
        return _document(400, "malformed-request", "The body is not JSON.")
    if any(isinstance(found.get("input"), bytes) for found in error.errors()):  # not declared as JSON, so not parsed
        return _document(415, "unsupported-media-type", "The body must be application/json.")
    fields = [
        FieldError(field=".".join(str(part) for part in found["loc"]), message=found["msg"]) for found in error.errors()
    ]
    return _document(422, "validation-failed", "Some values are missing or wrong.", errors=fields)


async def _http_error(request: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses: unknown paths and methods, and bodies that are too large."""
    assert isinstance(error, HTTPException)
    phrase = HTTPStatus(error.status_code).phrase
    name = HTTP_NAMES.get(error.status_code, phrase.lower().replace(" ", "-"))
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed_methods(request)
    return _document(error.status_code, name, str(error.detail), headers)


def _allowed_methods(request: Request) -> str:
    """Of every route of the path; the framework itself names those of the first alone."""
    routes = request.app.router.routes
    scopes = [{**request.scope, "method": method} for method in METHODS]
    return ", ".join(
        scope["method"] for scope in scopes if any(route.matches(scope)[0] is Match.FULL for route in routes)
    )


async def _database_down(_: Request, error: Exception) -> JSONResponse:
    log.error("The database does not answer", exc_info=error, extra={"event.name": "database.unavailable"})
    return _document(503, "unavailable", "The shop is not available at the moment.", RETRY_AFTER)


async def _crash(_: Request, error: Exception) -> JSONResponse:
    log.error("Request failed", exc_info=error, extra={"event.name": "request.failed"})
    return _document(500, "internal-error", "Something went wrong on our side.")
