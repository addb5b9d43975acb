"""Brings the database to the current schema, at start."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

# Any number will do, as long as all replicas use the same.
LOCK = 7_061_300


def upgrade(engine: Engine) -> None:
    """Run what is missing of migrations/versions. Replicas that start together do it one after the other."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent.parent / "migrations"))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
