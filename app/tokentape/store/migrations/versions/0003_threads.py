"""Threads, and documents to be found by what they mean."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "threads",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("workflow", sa.String(64)),
        sa.Column("step", sa.String(64)),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("collected", sa.JSON, nullable=False),
    )
    op.create_index("ix_threads_owner", "threads", ["owner", "number"])
    op.create_table(
        "documents",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("owner", sa.String(255), nullable=False),
        sa.Column("org", sa.Text),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("characters", sa.Integer, nullable=False),
        sa.Column("passages", sa.Integer, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("space", sa.String(128), nullable=False),
        sa.Column("vectors", sa.LargeBinary),
    )
    op.create_index("ix_documents_org", "documents", ["org", "level"])
    op.create_index("ix_documents_owner", "documents", ["owner"])
    op.create_table(
        "passages",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("document", NUMBER, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["document"], ["documents.number"], ondelete="CASCADE"),
        sa.UniqueConstraint("document", "place"),
    )
    if _has_pgvector():
        op.execute("ALTER TABLE passages ADD COLUMN vector vector")
        # In the row where it fits: every search looks at every vector.
        op.execute("ALTER TABLE passages ALTER COLUMN vector SET STORAGE MAIN")


def _has_pgvector() -> bool:
    """Where it is not installed, or we may not turn it on, vectors are kept as in SQLite."""
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return False
    available = "SELECT 1 FROM pg_available_extensions WHERE name = 'vector'"
    if connection.execute(sa.text(available)).first() is None:
        return False
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS vector"))
    except sa.exc.DBAPIError:
        return False
    return True


def downgrade() -> None:
    op.drop_table("passages")
    op.drop_table("documents")
    op.drop_table("threads")
