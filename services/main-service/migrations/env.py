"""Alembic's entry: migrations run on the connection that webstore/migrate.py hands over."""

from alembic import context
from webstore.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
context.run_migrations()
