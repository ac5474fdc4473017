"""What messages hold beside their text: reasoning, calls of tools and what came of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages", sa.Column("parts", sa.JSON))


def downgrade() -> None:
    op.drop_column("messages", "parts")
