"""What the routes have in common: the shop's parts and who is asking."""

from typing import Annotated, Any

from fastapi import Depends, Header, Path, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from webstore.domain.errors import NotAuthenticated, Unavailable
from webstore.shop import Shop
from webstore.telemetry import metrics


def _digits(value: str) -> str:
    """Refuses what an integer could be read from all the same, such as 1.0 and +1: a resource has one address."""
    if value.isascii() and value.isdigit():
        return value
    raise PydanticCustomError("int_parsing", "Input should be a valid integer")


#: A primary key; the bound is PostgreSQL's integer.
Id = Annotated[int, Path(ge=1, le=2**31 - 1), BeforeValidator(_digits)]

_KEY = Header(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")
#: One key, one effect: the same request again gives the same answer and changes nothing.
IdempotencyKey = Annotated[str, _KEY]
OptionalIdempotencyKey = Annotated[str | None, _KEY]


def _shop(request: Request) -> Shop:
    shop: Shop = request.app.state.shop
    return shop


TheShop = Annotated[Shop, Depends(_shop)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


async def _token(request: Request, credentials: Credentials) -> str:
    """The bearer token of the request, valid or not. Raises NotAuthenticated."""
    metrics.auth_attempts.add(1, {"type": "bearer_token"})
    if "authorization" not in request.headers:
        raise NotAuthenticated("Send a bearer token in the Authorization header.", "missing_header")
    if credentials is None:
        raise NotAuthenticated("The Authorization header must be: Bearer <token>.", "invalid_format")
    return credentials.credentials


BearerToken = Annotated[str, Depends(_token)]


async def _user(token: BearerToken, shop: TheShop) -> str:
    """The user of a valid bearer token. Raises NotAuthenticated, RateLimited, Unavailable."""
    user = await shop.identity.user_of(token)
    if user is None:
        raise NotAuthenticated("The token is not valid, or no longer.", "invalid_token")
    await shop.rate_limits.check("user", user)
    return user


async def _visitor(credentials: Credentials, shop: TheShop) -> str | None:
    """The user, if there is one. Who looks around needs no valid token. Raises RateLimited."""
    try:
        user = await shop.identity.user_of(credentials.credentials) if credentials else None
    except Unavailable:
        return None
    if user:
        await shop.rate_limits.check("user", user)
    return user


CurrentUser = Annotated[str, Depends(_user)]
Visitor = Annotated[str | None, Depends(_visitor)]
#: For a visitor's routes. The framework adds it to the security scheme, as the alternative.
TOKEN_IS_OPTIONAL: dict[str, Any] = {"security": [{}]}
