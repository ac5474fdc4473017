"""Which process a worker is: its machine's boot and pid namespace, and when it started."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workers", sa.Column("machine", sa.String(128)))
    op.add_column("workers", sa.Column("started", sa.BigInteger))


def downgrade() -> None:
    op.drop_column("workers", "started")
    op.drop_column("workers", "machine")
