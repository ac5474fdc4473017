"""The tables, for SQLite and PostgreSQL alike."""

from datetime import UTC, datetime

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
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
    ForeignKeyConstraint(
        ["dialect", "conversation_id"],
        ["conversations.dialect", "conversations.id"],
        ondelete="CASCADE",
    ),
    Index("ix_messages_conversation", "dialect", "conversation_id", "number"),
    Index("ix_messages_run", "run_id"),
    Index("ix_messages_status", "status"),
)
