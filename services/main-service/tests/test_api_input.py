"""Bad input is answered with a problem document that names it, and changes nothing."""

import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import pytest
from books import dump
from opentelemetry.sdk.trace import TracerProvider
from visitors import DEMO_TOKEN, application_of
from webstore.http.body_limit import MAX_BODY
from webstore.shop import Shop

JSON = {"Content-Type": "application/json"}
LOGIN, ADD, CHANGE, REMOVE = "POST /auth/login", "POST /cart/add", "PATCH /cart/items/1", "DELETE /cart/items/1"
CHECKOUT, QUOTE, MERGE = "POST /checkout", "POST /cart/quote", "POST /cart/merge"
PUBLIC = ("/{country}", "/auth/login", "/coupons", "/health", "/ready")

ITEM = {"product_id": 1, "quantity": 1}
tracer = TracerProvider().get_tracer("test")


@dataclass(frozen=True)
class Bad:
    """A request and the problem that answers it; `culprit` is the field that the problem names."""

    name: str
    request: str
    status: int = 422
    problem: str = "validation-failed"
    culprit: str | None = None
    content: Any = None
    headers: dict[str, Any] = field(default_factory=JSON.copy)


def bad_body(name: str, request: str, field: str, **body: Any) -> Bad:
    return Bad(name, request, culprit=f"body.{field}", content=json.dumps(body))


def no_integers(request: str, field: str, **rest: Any) -> list[Bad]:
    values = ["3", "", 3.5, 1e300, True, None, [3], {"value": 3}]
    return [bad_body(f"{field} {value!r}", request, field, **rest, **{field: value}) for value in values]


def out_of_range(request: str, field: str, *values: int, **rest: Any) -> list[Bad]:
    return [bad_body(f"{field} {value}", request, field, **rest, **{field: value}) for value in values]


def no_json(name: str, content: bytes, status: int = 400, problem: str = "malformed-request") -> list[Bad]:
    return [Bad(name, request, status, problem, content=content) for request in (LOGIN, ADD, CHANGE, CHECKOUT)]


def bad_ids(template: str) -> list[Bad]:
    values = [
        "0",
        "-1",
        str(2**31),
        str(2**63),
        "9" * 5000,
        "1.5",
        "1.0",
        "+1",
        "1_0",
        "%201",
        "%D9%A1",
        "x",
        "%00",
        "%F0%9F%98%80",
    ]
    return [Bad(f"id {value[:10]}", template.format(value), headers={}) for value in values]


def bad_key(name: str, key: str | bytes) -> list[Bad]:
    headers = {**JSON, "Idempotency-Key": key}
    return [
        Bad(name, request, content="{}", headers=headers, culprit="header.idempotency-key")
        for request in (CHECKOUT, MERGE)
    ]


def bad_merge(name: str, field: str, **body: Any) -> Bad:
    headers = {**JSON, "Idempotency-Key": "key"}
    return Bad(name, MERGE, culprit=f"body.{field}", content=json.dumps(body), headers=headers)


def unauthenticated(name: str, header: str | bytes) -> Bad:
    return Bad(name, "GET /cart", 401, "not-authenticated", headers={"Authorization": header})


async def chunks():
    for _ in range(MAX_BODY // 1000 + 1):
        yield b" " * 1000


CASES = [
    *no_json("truncated", b'{"quantity": 1'),
    *no_json("not UTF-8", b'{"quantity": \xff}'),
    *no_json("deep", b"[" * 60_000),
    *no_json("digits", b"9" * 5000),
    *no_json("empty", b"", 422, "validation-failed"),
    *no_json("null", b"null", 422, "validation-failed"),
    *no_json("list", b"[]", 422, "validation-failed"),
    *no_json("text", b'"quantity"', 422, "validation-failed"),
    *no_json("too large", b" " * (MAX_BODY + 1), 413, "payload-too-large"),
    Bad("chunks without end", ADD, 413, "payload-too-large", content=chunks),
    Bad("form", ADD, 415, "unsupported-media-type", content="quantity=1", headers={"Content-Type": "text/plain"}),
    Bad("no type", LOGIN, 415, "unsupported-media-type", content="{}", headers={}),
    *no_integers(ADD, "product_id", quantity=1),
    *no_integers(ADD, "quantity", product_id=1),
    *no_integers(CHANGE, "quantity"),
    *out_of_range(ADD, "product_id", 0, -1, 2**31, 2**63, 10**30, quantity=1),
    *out_of_range(ADD, "quantity", 0, -5, 1001, 10**9, 10**30, product_id=1),
    *out_of_range(CHANGE, "quantity", 0, -5, 1001, 10**9),
    Bad("infinite", ADD, culprit="body.quantity", content=b'{"product_id":1,"quantity":Infinity}'),
    bad_body("missing", ADD, "quantity", product_id=1),
    bad_body("unknown field", ADD, "price", product_id=1, quantity=1, price=0.01),
    bad_body("unknown field", CHANGE, "product_id", quantity=1, product_id=2),
    bad_body("unknown field", CHECKOUT, "amount", amount=0.01),
    bad_body("unknown field", LOGIN, "admin", username="user123", password="password123", admin=True),
    bad_body("unknown country", ADD, "country", product_id=1, quantity=1, country="XX"),
    bad_body("country in small letters", ADD, "country", product_id=1, quantity=1, country="us"),
    bad_body("unknown country", CHECKOUT, "country", country="XX"),
    Bad("truncated", QUOTE, 400, "malformed-request", content=b'{"coupon_code": "SAV'),
    Bad("list", QUOTE, content=b"[]"),
    Bad("text", QUOTE, content=b'"SAVE20"'),
    Bad("too large", QUOTE, 413, "payload-too-large", content=b" " * (MAX_BODY + 1)),
    Bad("form", QUOTE, 415, "unsupported-media-type", content="coupon_code=A", headers={"Content-Type": "text/plain"}),
    bad_body("unknown field", QUOTE, "country", country="DE"),
    bad_body("number", QUOTE, "coupon_code", coupon_code=7),
    bad_body("small letters", QUOTE, "coupon_code", coupon_code="save20"),
    bad_body("long", QUOTE, "coupon_code", coupon_code="A" * 33),
    bad_body("lone surrogate", QUOTE, "coupon_code", coupon_code="\ud800"),
    bad_body("unknown method", CHECKOUT, "payment_method", payment_method="cash"),
    bad_body("number", CHECKOUT, "payment_method", payment_method=1),
    bad_body("NUL", LOGIN, "username", username="user\0", password="x"),
    bad_body("space", LOGIN, "username", username="user 123", password="x"),
    bad_body("e-mail address", LOGIN, "username", username="user123@example.org", password="x"),
    bad_body("empty", LOGIN, "username", username="", password="x"),
    bad_body("long", LOGIN, "username", username="u" * 65, password="x"),
    bad_body("empty", LOGIN, "password", username="user123", password=""),
    bad_body("long", LOGIN, "password", username="user123", password="x" * 257),
    bad_body("number", LOGIN, "password", username="user123", password=123),
    bad_body("lone surrogate", LOGIN, "username", username="\ud800", password="x"),
    bad_body("lone surrogate", LOGIN, "password", username="user123", password="\ud800"),
    bad_body("lone surrogate", ADD, "country", product_id=1, quantity=1, country="\ud800"),
    Bad(
        "lone surrogate as name", ADD, culprit="body", content=json.dumps({"product_id": 1, "quantity": 1, "\udfff": 1})
    ),
    Bad("unknown product", ADD, 404, "not-found", content='{"product_id":99,"quantity":1}'),
    Bad("full line", ADD, 409, "cart-line-full", content='{"product_id":1,"quantity":999}'),
    Bad("unknown item", "PATCH /cart/items/99", 404, "not-found", content='{"quantity":1}'),
    Bad("unknown item", "DELETE /cart/items/99", 404, "not-found"),
    Bad("unknown order", "GET /orders/99", 404, "not-found"),
    Bad("unknown product", "GET /US/products/99", 404, "not-found"),
    Bad("unknown country", "GET /XX/products", culprit="path.country"),
    Bad("NUL", "GET /%00/products", culprit="path.country"),
    Bad("unknown country", "GET /XX/products/1", culprit="path.country"),
    *bad_ids("GET /US/products/{}"),
    *bad_ids("GET /orders/{}"),
    *bad_ids("DELETE /cart/items/{}"),
    Bad("page size", "GET /orders?limit=0", culprit="query.limit"),
    Bad("page size", "GET /orders?limit=101", culprit="query.limit"),
    Bad("page size", "GET /orders?limit=ten", culprit="query.limit"),
    Bad("page start", "GET /orders?before=0", culprit="query.before"),
    Bad("page start", f"GET /orders?before={2**31}", culprit="query.before"),
    *bad_key("empty key", ""),
    *bad_key("long key", "k" * 256),
    *bad_key("space in key", "a b"),
    *bad_key("no ASCII in key", b"\xe4"),
    Bad("no key", MERGE, content=json.dumps({"items": [ITEM]}), culprit="header.idempotency-key"),
    bad_merge("no items", "items", items=[]),
    bad_merge("missing items", "items", country="US"),
    bad_merge("51 items", "items", items=[ITEM] * 51),
    bad_merge("no list", "items", items=ITEM),
    bad_merge("quantity of 0", "items.1.quantity", items=[ITEM, {**ITEM, "quantity": 0}]),
    bad_merge("quantity of 1001", "items.0.quantity", items=[{**ITEM, "quantity": 1001}]),
    bad_merge("text as product", "items.0.product_id", items=[{**ITEM, "product_id": "1"}]),
    bad_merge("large product", "items.0.product_id", items=[{**ITEM, "product_id": 2**31}]),
    bad_merge("unknown field of an item", "items.0.country", items=[{**ITEM, "country": "US"}]),
    bad_merge("unknown field", "user_id", items=[ITEM], user_id="admin"),
    bad_merge("unknown country", "country", items=[ITEM], country="XX"),
    unauthenticated("no token", "Bearer"),
    unauthenticated("empty header", ""),
    unauthenticated("other scheme", f"Basic {DEMO_TOKEN}"),
    unauthenticated("unknown token", "Bearer unknown"),
    unauthenticated("no ASCII in token", b"Bearer \xe4"),
    unauthenticated("long token", "Bearer " + "x" * 60_000),
    Bad("unknown path", "GET /nowhere", 404, "not-found"),
    Bad("path with NUL", "GET /%00", 404, "not-found"),
    Bad("unknown method", "BREW /cart", 405, "method-not-allowed"),
]


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: f"{bad.request[:24]} {bad.name}")
async def test_bad_input_is_refused(bad, shop, buyer):
    await buyer.post("/cart/add", json={"product_id": 1, "quantity": 2})
    before = dump(shop.database.engine)
    method, path = bad.request.split(" ", 1)
    content = bad.content() if callable(bad.content) else bad.content

    with tracer.start_as_current_span("request") as span:
        response = await buyer.request(method, path, content=content, headers=bad.headers)

    problem = assert_problem(response, bad.status, bad.problem)
    assert problem["trace_id"] == format(span.get_span_context().trace_id, "032x")
    if bad.culprit:
        assert bad.culprit in [error["field"] for error in problem["errors"]]
    assert dump(shop.database.engine) == before


async def test_an_integer_may_be_written_with_a_fraction_of_zero(buyer):
    response = await buyer.post("/cart/add", json={"product_id": 1.0, "quantity": 2.0})
    assert response.status_code == 200
    assert response.text.endswith('"quantity":2}')


async def test_every_route_of_a_user_needs_a_token(shop, client):
    before = dump(shop.database.engine)
    routes = [route for route in operations(shop) if not route[1].startswith(PUBLIC)]
    for method, path in routes:
        response = await client.request(method, filled(path), headers=JSON, content="{}")
        assert_problem(response, 401, "not-authenticated")
        assert response.headers["www-authenticate"] == "Bearer"
    assert len(routes) == 11
    assert dump(shop.database.engine) == before


def test_the_document_says_who_needs_a_token(shop):
    for path, methods in application_of(shop).openapi()["paths"].items():
        for operation in methods.values():
            if path.startswith("/{country}"):
                assert operation["security"] == [{"HTTPBearer": []}, {}]
            else:
                assert operation.get("security", []) == ([] if path.startswith(PUBLIC) else [{"HTTPBearer": []}])


async def test_other_methods_of_every_path_are_refused(shop, buyer):
    allowed = defaultdict(set)
    for method, path in operations(shop):
        allowed[path].add(method)
    allowed["/orders/checkout"].add("GET")  # which is an order with a bad id
    for path, methods in allowed.items():
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - methods:
            response = await buyer.request(method, filled(path))
            assert_problem(response, 405, "method-not-allowed")
            assert set(response.headers["allow"].split(", ")) == methods


def operations(shop: Shop) -> list[tuple[str, str]]:
    """Method and path of each."""
    paths = application_of(shop).openapi()["paths"]
    return [(method.upper(), path) for path, methods in paths.items() for method in methods]


def filled(path: str) -> str:
    return re.sub(r"{\w+}", "1", path.replace("{country}", "US"))


def assert_problem(response, status: int, name: str | None = None) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["type"] == f"urn:webstore:problem:{name}"
    return problem
