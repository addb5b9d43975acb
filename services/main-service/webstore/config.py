"""Settings, read once from the environment. OpenTelemetry reads its own OTEL_* variables."""

from limits import parse_many
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from webstore import trusted_proxies

DEMO_TOKENS = "user-token-123:user123,admin-token-456:admin,test-token-789:test"


class Settings(BaseSettings):
    """Times are in seconds."""

    # Compose hands an unset variable on as an empty string; that must mean the default.
    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True)

    host: str = "0.0.0.0"  # noqa: S104 - inside a container; Compose publishes the port on the host's loopback only
    port: int = 8000
    log_level: str = "INFO"

    database_url: str = "postgresql://webstore:webstore123@localhost:5432/webstore"
    # Also the number of worker threads that may be in the database at once, so none ever waits for a connection.
    database_pool_size: int = Field(default=10, ge=1, le=100)
    redis_url: str = "redis://localhost:6379/0"
    # Redis only remembers; a request must not wait for it longer than a person would notice.
    redis_timeout: float = Field(default=0.25, gt=0)

    payments_service_url: str = "http://localhost:8081"
    inventory_system_url: str = "http://localhost:3003"
    crm_system_url: str = "http://localhost:3002"
    # Asked for its settlement report by webstore/reconcile.py alone; charges go through payments-service.
    payment_provider_url: str = "http://localhost:3001"
    promotions_service_url: str | None = None  # None: there is no such service, and no order gets a discount

    pyroscope_server_address: str | None = None  # None: no profiles

    # Bearer tokens that work without a login, as "token:user,token:user"; "none" turns them off.
    demo_tokens: str = DEMO_TOKENS
    session_lifetime: int = Field(default=3600, ge=1)

    # Addresses, networks and host names, comma-separated, of proxies whose X-Forwarded-For is believed.
    trusted_proxies: str = ""
    # In the notation of the library `limits`. One address may be a whole office.
    rate_limit_ip: str = "50000/minute"
    rate_limit_user: str = "5000/minute"

    # How long an order may stay unsettled before the sweeper takes it up. It must exceed the longest checkout
    # (LONGEST_CHECKOUT in shop.py), or the two would work on the same order.
    sweep_after: float = Field(default=30.0, gt=0)
    sweep_interval: float = Field(default=5.0, gt=0)
    outbox_interval: float = Field(default=1.0, gt=0)

    @field_validator("log_level")
    @classmethod
    def upper(cls, level: str) -> str:
        return level.upper()

    @field_validator("rate_limit_ip", "rate_limit_user")
    @classmethod
    def one_limit(cls, limit: str) -> str:
        """The notation could also mean several limits, or one that refuses everything."""
        limits = parse_many(limit)
        if len(limits) != 1 or limits[0].amount < 1:
            raise ValueError("must be one limit of at least 1, like 5000/minute")
        return limit

    @field_validator("trusted_proxies")
    @classmethod
    def proxies(cls, proxies: str) -> str:
        """`*` is none of them: it would let clients choose their address."""
        trusted_proxies.parse(proxies)
        return proxies

    @property
    def users_by_demo_token(self) -> dict[str, str]:
        if self.demo_tokens == "none":
            return {}
        return dict(pair.split(":", 1) for pair in self.demo_tokens.split(","))
