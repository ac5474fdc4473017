"""The tables, for SQLite and PostgreSQL alike."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

METADATA = MetaData()
# SQLite gives numbers by itself only to a column declared INTEGER.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps no time zones, so it is given back there."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


CONVERSATIONS = Table(
    "conversations",
    METADATA,
    Column("dialect", String(32), primary_key=True),
    Column("id", String(128), primary_key=True),
    Column("owner", String(255), index=True),
    Column("created_at", Moment, nullable=False),
)

WORKERS = Table(
    "workers",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", BigInteger, nullable=False),
    Column("machine", String(128)),  # boot and pid namespace; NULL: of a version that wrote none
    Column("started", BigInteger),  # in the machine's own ticks: a pid is given again
    Column("seen_at", Moment, nullable=False),
)

MESSAGES = Table(
    "messages",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("dialect", String(32), nullable=False),
    Column("conversation_id", String(128), nullable=False),
    Column("run_id", String(64)),
    Column("role", String(16), nullable=False),
    Column("content", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("code", String(32)),
    Column("created_at", Moment, nullable=False),
    Column("worker", String(36)),
    Column("parts", JSON(none_as_null=True)),  # NULL: its content is all of it
    ForeignKeyConstraint(
        ["dialect", "conversation_id"],
        ["conversations.dialect", "conversations.id"],
        ondelete="CASCADE",
    ),
    Index("ix_messages_conversation", "dialect", "conversation_id", "number"),
    Index("ix_messages_run", "run_id"),
    Index("ix_messages_status", "status"),
)

THREADS = Table(
    "threads",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("owner", String(255), nullable=False),
    Column("title", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("workflow", String(64)),
    Column("step", String(64)),  # the one that the next message is for; none: before the first
    Column("ended", Boolean, nullable=False),
    Column("collected", JSON, nullable=False),
    Index("ix_threads_owner", "owner", "number"),
)

DOCUMENTS = Table(
    "documents",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("owner", String(255), nullable=False),
    Column("org", Text),
    Column("level", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("characters", Integer, nullable=False),
    Column("passages", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("space", String(128), nullable=False),  # which vectors can be compared with these
    Column("vectors", LargeBinary),  # of all its passages, where the database has no such type
    Index("ix_documents_org", "org", "level"),
    Index("ix_documents_owner", "owner"),
)

PASSAGES = Table(
    "passages",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("document", NUMBER, ForeignKey("documents.number", ondelete="CASCADE"), nullable=False),
    Column("place", Integer, nullable=False),
    Column("text", Text, nullable=False),
    UniqueConstraint("document", "place"),
)
"""With pgvector there is one more column, `vector`: see migration 0003."""
