"""Simulations of planned experiments, as far as they have come."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0010"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "power_simulations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("design", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("looks", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_power_simulations_project_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_power_simulations"),
    )
    op.create_index("ix_power_simulations_project_id", "power_simulations", ["project_id"])
