"""Whose a bearer token is."""

from hashlib import sha256

from webstore.clients.memory import Sessions


class Identity:
    def __init__(self, demo_tokens: dict[str, str], sessions: Sessions):
        """`demo_tokens` maps tokens that are always valid to their users."""
        # Looked up by digest: the time that takes tells nothing about the tokens.
        self._demo_users = {_digest(token): user for token, user in demo_tokens.items()}
        self.sessions = sessions

    async def user_of(self, token: str) -> str | None:
        """Raises Unavailable when the token may be a login's and those can't be looked up."""
        return self._demo_users.get(_digest(token)) or await self.sessions.user_of(token)

    async def sign_out(self, token: str) -> None:
        """Make a login's token invalid; a demo token can't be. Raises Unavailable."""
        if _digest(token) not in self._demo_users:
            await self.sessions.close(token)


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
