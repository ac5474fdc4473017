"""Alembic's entry: runs the migrations on the connection that `store.database` hands over."""

from alembic import context
from sqlalchemy import text

from tokentape.store.tables import METADATA

# Any number that no other program locks: workers that start together take turns.
ADVISORY_LOCK = 7_308_604

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    # In SQLite too, though Alembic believes that it can't.
    transactional_ddl=True,
)
with context.begin_transaction():
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
    else:
        # The driver begins no transaction before a table is made: two would make it at once.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    context.run_migrations()
