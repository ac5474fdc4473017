"""Alembic's entry: runs the migrations on the connection that `app.store.database` hands over."""

from alembic import context
from sqlalchemy import text

from app.store.tables import METADATA

# Any number that no other program locks: workers that start together take turns.
ADVISORY_LOCK = 7_308_604

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
    context.run_migrations()
