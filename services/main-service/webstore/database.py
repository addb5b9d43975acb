"""The database: engine, sessions, and the way to it from the event loop."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Concatenate, ParamSpec, TypeVar

from anyio import CapacityLimiter
from sqlalchemy import URL, DateTime, Dialect, Engine, TypeDecorator, create_engine, event, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from webstore.threads import in_worker_thread

P = ParamSpec("P")
T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time. SQLite forgets the zone; everything here is UTC, so it is given back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


class Database:
    """Runs units of work. Each is one transaction, in a worker thread, on one of `pool_size` connections."""

    def __init__(self, url: str, pool_size: int):
        self.engine = create(url, pool_size)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        # As many workers as connections: callers queue here, on the event loop, where waiting costs nothing.
        self.threads = CapacityLimiter(pool_size)

    async def run(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(session, …)` in a transaction: committed when it returns, rolled back when it raises."""

        def transaction() -> T:
            with self._sessions.begin() as session:
                return work(session, *args, **kwargs)

        return await in_worker_thread(transaction, limiter=self.threads)

    async def ping(self) -> None:
        """Raises sqlalchemy.exc.OperationalError."""
        await self.run(lambda session: session.execute(text("SELECT 1")))

    def close(self) -> None:
        self.engine.dispose()


def create(url: str, pool_size: int) -> Engine:
    engine = create_engine(
        url, pool_size=pool_size, max_overflow=0, pool_pre_ping=True, connect_args=_connect_args(make_url(url))
    )
    if engine.dialect.name == "sqlite":
        _serialise_transactions(engine)
    return engine


def _connect_args(url: URL) -> dict[str, str]:
    """The name by which an operator finds the service's connections in pg_stat_activity."""
    return {"application_name": "main-service"} if url.get_backend_name() == "postgresql" else {}


def _serialise_transactions(engine: Engine) -> None:
    """SQLite has no row locks. One writer at a time from the first statement on gives the same guarantees.

    The recipe is SQLAlchemy's own: "Serializable isolation / Savepoints / Transactional DDL" in its SQLite chapter.
    """

    @event.listens_for(engine, "connect")
    def _no_implicit_begin(connection, _record):  # type: ignore[no-untyped-def]
        connection.isolation_level = None
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA busy_timeout=10000")  # ms

    @event.listens_for(engine, "begin")
    def _begin_immediate(connection):  # type: ignore[no-untyped-def]
        connection.exec_driver_sql("BEGIN IMMEDIATE")
