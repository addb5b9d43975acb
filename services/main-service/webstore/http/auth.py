"""Signing in and out."""

import logging
from functools import partial

from fastapi import APIRouter, status

from webstore.domain import users
from webstore.domain.errors import NotAuthenticated
from webstore.http.dependencies import BearerToken, CurrentUser, TheShop
from webstore.http.problems import documented
from webstore.http.schemas import LoginRequest, LoginResponse
from webstore.telemetry import metrics
from webstore.threads import in_worker_thread

router = APIRouter(prefix="/auth", tags=["auth"])
log = logging.getLogger(__name__)


@router.post("/login", responses=documented(401))
async def login(body: LoginRequest, shop: TheShop) -> LoginResponse:
    """A token for the user; it ends after `expires_in` seconds."""
    metrics.auth_attempts.add(1, {"type": "login"})
    stored = await shop.database.run(users.password_hash, body.username)
    if not await in_worker_thread(partial(users.verify, stored, body.password), shop.password_checks):
        reason = "invalid_password" if stored else "invalid_username"
        raise NotAuthenticated("Unknown user name or wrong password.", reason)
    token = await shop.identity.sessions.open(body.username)
    log.info("Signed in", extra={"event.name": "auth.signed_in", "user.id": body.username})
    return LoginResponse(token=token, user_id=body.username, expires_in=shop.identity.sessions.lifetime)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT, responses=documented(401))
async def logout(shop: TheShop, user: CurrentUser, token: BearerToken) -> None:
    """Ends the session: its token gets 401 from now on.

    A demo token is configuration and keeps working; the user's other sessions go on, too.
    """
    await shop.identity.sign_out(token)
    metrics.auth_logouts.add(1)
    log.info("Signed out", extra={"event.name": "auth.signed_out", "user.id": user})
