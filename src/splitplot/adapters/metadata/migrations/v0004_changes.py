"""Who changed what, and which changes somebody else has to approve."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0004"
down_revision = "0003"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    give_flags_tags_and_traits()
    create_activity_log()
    create_approval_policies()
    create_change_requests()
    create_change_request_votes()


def give_flags_tags_and_traits() -> None:
    added: list[sa.Column[object]] = [
        sa.Column("last_modified_by_id", ID),
        sa.Column("tags", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("tag_words", sa.Text(), nullable=False, server_default=""),
        *(
            sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            for name in (
                "is_remote_configuration",
                "has_variants",
                "fits_experiments",
                "is_settled",
            )
        ),
    ]
    with altered_flags() as flags:
        for column in added:
            flags.add_column(column)
        flags.create_foreign_key(
            "fk_flags_last_modified_by_id",
            "users",
            ["last_modified_by_id"],
            ["id"],
            ondelete="SET NULL",
        )
    note_traits()
    with altered_flags() as flags:
        for column in added[1:]:
            flags.alter_column(column.name, existing_type=column.type, server_default=None)


@contextmanager
def altered_flags() -> Iterator[BatchOperations]:
    # SQLite would write columns into the table's text at places of their own.
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(
        "flags",
        recreate="always" if is_sqlite else "never",
        table_kwargs={"sqlite_autoincrement": True},
    ) as flags:
        yield flags


def note_traits() -> None:
    """What lists ask about the rules of flags that are there."""
    flags = sa.table(
        "flags",
        sa.column("id", ID),
        sa.column("filters", sa.JSON()),
        sa.column("has_variants", sa.Boolean()),
        sa.column("fits_experiments", sa.Boolean()),
        sa.column("is_settled", sa.Boolean()),
    )
    connection = op.get_bind()
    for number, filters in connection.execute(sa.select(flags.c.id, flags.c.filters)).all():
        variants = (filters.get("multivariate") or {}).get("variants") or []
        connection.execute(
            sa.update(flags)
            .where(flags.c.id == number)
            .values(
                has_variants=bool(variants),
                fits_experiments=len(variants) > 1 and variants[0].get("key") == "control",
                is_settled=is_settled(filters, variants),
            )
        )


def is_settled(filters: dict[str, Any], variants: list[dict[str, Any]]) -> bool:
    first = (filters.get("groups") or [{}])[0]
    everybody = not first.get("properties") and first.get("rollout_percentage") in (None, 100)
    others = any(filters.get(name) for name in ("holdout", "feature_enrollment", "super_groups"))
    alike = not variants or any(
        item.get("rollout_percentage") == 100 or item.get("key") == first.get("variant")
        for item in variants
    )
    return bool(filters.get("groups")) and everybody and alike and not others


def create_activity_log() -> None:
    op.create_table(
        "activity_log",
        sa.Column("number", ID, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("user_id", ID),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("detail_type", sa.Text()),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_activity_log_project_id"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_activity_log_user_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_activity_log"),
        sa.UniqueConstraint("id", name="uq_activity_log_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_activity_log_project_id_number", "activity_log", ["project_id", "number"])
    op.create_index(
        "ix_activity_log_project_id_scope_item_id_number",
        "activity_log",
        ["project_id", "scope", "item_id", "number"],
    )


def create_approval_policies() -> None:
    op.create_table(
        "approval_policies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", ID),
        sa.Column("action_key", sa.Text(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("expires_after_seconds", sa.BigInteger(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_approval_policies_organization_id"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_approval_policies_project_id"
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name="fk_approval_policies_created_by_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_approval_policies"),
    )
    for scope, where in (
        ("project_id", sa.text("project_id IS NOT NULL")),
        ("organization_id", sa.text("project_id IS NULL")),
    ):
        op.create_index(
            f"uq_approval_policies_{scope}_action_key",
            "approval_policies",
            [scope, "action_key"],
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        )


def create_change_requests() -> None:
    op.create_table(
        "change_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("flag_id", ID, nullable=False),
        sa.Column("action_key", sa.Text(), nullable=False),
        sa.Column("intent", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("validation", sa.Text(), nullable=False),
        sa.Column("validation_errors", sa.JSON()),
        sa.Column("validated_at", INSTANT, nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("applied_by_id", ID),
        sa.Column("applied_at", INSTANT),
        sa.Column("apply_error", sa.Text(), nullable=False),
        sa.Column("result_version", sa.Integer()),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name="fk_change_requests_project_id"
        ),
        sa.ForeignKeyConstraint(["flag_id"], ["flags.id"], name="fk_change_requests_flag_id"),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name="fk_change_requests_created_by_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["applied_by_id"],
            ["users.id"],
            name="fk_change_requests_applied_by_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_change_requests"),
    )
    op.create_index(
        "ix_change_requests_project_id_created_at", "change_requests", ["project_id", "created_at"]
    )
    waiting = sa.text("state IN ('pending', 'approved')")
    op.create_index(
        "uq_change_requests_flag_id_action_key",
        "change_requests",
        ["flag_id", "action_key"],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def create_change_request_votes() -> None:
    op.create_table(
        "change_request_votes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("user_id", ID),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["change_requests.id"],
            name="fk_change_request_votes_request_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name="fk_change_request_votes_user_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_change_request_votes"),
        sa.UniqueConstraint("request_id", "user_id", name="uq_change_request_votes_request_id"),
    )
