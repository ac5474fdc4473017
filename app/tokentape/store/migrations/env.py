"""Alembic's entry: runs the migrations on the connection that `store.database` hands over."""

from alembic import context

from tokentape.store.backends import backend_of
from tokentape.store.tables import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    # In SQLite too, though Alembic believes that it can't.
    transactional_ddl=True,
)
with context.begin_transaction():
    if backend := backend_of(connection.dialect.name):
        connection.exec_driver_sql(backend.lock_migrations)
    context.run_migrations()
