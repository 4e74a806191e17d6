"""What experiments share: holdouts and saved metrics; and what they do to pages."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    give_experiments_web_variants()
    create_holdouts()
    create_saved_metrics()
    create_metric_links()


def give_experiments_web_variants() -> None:
    op.add_column("experiments", sa.Column("web_variants", sa.JSON()))
    op.create_index("ix_experiments_holdout_id", "experiments", ["holdout_id"])


def create_holdouts() -> None:
    op.create_table(
        "holdouts",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("created_by_id", ID),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name="fk_holdouts_created_by_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_holdouts_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_holdouts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_holdouts_project_id", "holdouts", ["project_id"])


def create_saved_metrics() -> None:
    op.create_table(
        "saved_metrics",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("created_by_id", ID),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name="fk_saved_metrics_created_by_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_saved_metrics_project_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_metrics"),
        sa.UniqueConstraint("project_id", "name_key", name="uq_saved_metrics_project_id"),
        sqlite_autoincrement=True,
    )


def create_metric_links() -> None:
    op.create_table(
        "metric_links",
        sa.Column("id", ID, nullable=False),
        sa.Column("experiment_id", ID, nullable=False),
        sa.Column("saved_metric_id", ID, nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name="fk_metric_links_experiment_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["saved_metric_id"],
            ["saved_metrics.id"],
            name="fk_metric_links_saved_metric_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_metric_links"),
        sa.UniqueConstraint(
            "experiment_id", "saved_metric_id", name="uq_metric_links_experiment_id"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_metric_links_saved_metric_id", "metric_links", ["saved_metric_id"])
