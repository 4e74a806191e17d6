"""Daily results of experiments, and requests to compute them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")
ACTIVE = sa.text("status IN ('pending', 'in_progress')")


def upgrade() -> None:
    give_projects_a_time_of_recalculation()
    create_daily_results()
    create_series_requests()
    create_metrics_runs()


def give_projects_a_time_of_recalculation() -> None:
    name = "experiment_recalculation_time"
    op.add_column("projects", sa.Column(name, sa.Time()))
    op.execute(f"UPDATE projects SET {name} = '02:00:00.000000'")  # noqa: S608 our own words
    kept = {"sqlite_autoincrement": True}
    with op.batch_alter_table("projects", table_kwargs=kept) as projects:
        projects.alter_column(name, existing_type=sa.Time(), nullable=False)


def create_daily_results() -> None:
    op.create_table(
        "daily_results",
        sa.Column("experiment_id", ID, nullable=False),
        sa.Column("metric_uuid", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("query_from", INSTANT, nullable=False),
        sa.Column("query_to", INSTANT, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("document", sa.JSON()),
        sa.Column("error", sa.Text()),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("computed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name="fk_daily_results_experiment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "experiment_id", "metric_uuid", "fingerprint", "day", name="pk_daily_results"
        ),
    )


def create_series_requests() -> None:
    op.create_table(
        "series_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("experiment_id", ID, nullable=False),
        sa.Column("metric_uuid", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("metric", sa.JSON(), nullable=False),
        sa.Column("context", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_series_requests_project_id"
        ),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name="fk_series_requests_experiment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_series_requests"),
    )
    op.create_index(
        "uq_series_requests_active",
        "series_requests",
        ["experiment_id", "fingerprint"],
        unique=True,
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )


def create_metrics_runs() -> None:
    op.create_table(
        "metrics_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("experiment_id", ID, nullable=False),
        sa.Column("trigger", sa.Text(), nullable=False),
        sa.Column("as_of", INSTANT, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("completed_at", INSTANT),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_metrics_runs_project_id"),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name="fk_metrics_runs_experiment_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_metrics_runs"),
    )
    op.create_index(
        "uq_metrics_runs_active",
        "metrics_runs",
        ["experiment_id"],
        unique=True,
        sqlite_where=ACTIVE,
        postgresql_where=ACTIVE,
    )
