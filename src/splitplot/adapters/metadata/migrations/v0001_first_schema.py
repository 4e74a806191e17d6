"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")
UNDELETED = sa.text("NOT deleted")


def upgrade() -> None:
    create_organizations()
    create_projects()
    create_users()
    create_memberships()
    create_personal_keys()
    create_flags()
    create_experiments()
    create_people_revision()
    create_persons()
    create_person_distinct_ids()
    create_flag_continuity()
    create_group_types()
    create_groups()


def create_organizations() -> None:
    op.create_table(
        "organizations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
    )


def create_projects() -> None:
    op.create_table(
        "projects",
        sa.Column("id", ID, nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("api_token", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("test_account_filters", sa.JSON(), nullable=False),
        sa.Column("default_stats_method", sa.Text(), nullable=False),
        sa.Column("default_confidence_level", sa.Float()),
        sa.Column("flags_persistence_default", sa.Boolean(), nullable=False),
        sa.Column("flags_revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_projects_organization_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_projects"),
        sa.UniqueConstraint("api_token", name="uq_projects_api_token"),
        sa.UniqueConstraint("secret_hash", name="uq_projects_secret_hash"),
        sqlite_autoincrement=True,
    )


def create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("distinct_id", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_email_verified", sa.Boolean()),
        sa.Column("role_at_organization", sa.Text()),
        sa.Column("current_organization_id", sa.Uuid(), nullable=False),
        sa.Column("current_project_id", ID, nullable=False),
        sa.Column("date_joined", INSTANT, nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["current_organization_id"],
            ["organizations.id"],
            name="fk_users_current_organization_id",
        ),
        sa.ForeignKeyConstraint(
            ["current_project_id"], ["projects.id"], name="fk_users_current_project_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email_key", name="uq_users_email_key"),
        sa.UniqueConstraint("uuid", name="uq_users_uuid"),
        sqlite_autoincrement=True,
    )


def create_memberships() -> None:
    op.create_table(
        "memberships",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_memberships_organization_id"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_memberships_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "organization_id", name="pk_memberships"),
    )


def create_personal_keys() -> None:
    op.create_table(
        "personal_keys",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("mask", sa.Text(), nullable=False),
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("scoped_projects", sa.JSON(), nullable=False),
        sa.Column("scoped_organizations", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("last_used_at", INSTANT),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_personal_keys_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_personal_keys"),
        sa.UniqueConstraint("key_hash", name="uq_personal_keys_key_hash"),
    )
    op.create_index("ix_personal_keys_user_id", "personal_keys", ["user_id"])


def create_flags() -> None:
    op.create_table(
        "flags",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("ensure_experience_continuity", sa.Boolean(), nullable=False),
        sa.Column("has_encrypted_payloads", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("evaluation_runtime", sa.Text(), nullable=False),
        sa.Column("bucketing_identifier", sa.Text(), nullable=False),
        sa.Column("evaluation_contexts", sa.JSON(), nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("creation_context", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name="fk_flags_created_by_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_flags_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_flags"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_flags_project_id_key",
        "flags",
        ["project_id", "key"],
        unique=True,
        sqlite_where=UNDELETED,
        postgresql_where=UNDELETED,
    )


def create_experiments() -> None:
    op.create_table(
        "experiments",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("flag_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.Column("start_date", INSTANT),
        sa.Column("end_date", INSTANT),
        sa.Column("holdout_id", ID),
        sa.Column("exposure_cohort_id", ID),
        sa.Column("parameters", sa.JSON()),
        sa.Column("secondary_metrics", sa.JSON(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("archived", sa.Boolean(), nullable=False),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("created_by_id", ID),
        sa.Column("type", sa.Text()),
        sa.Column("exposure_criteria", sa.JSON()),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("metrics_secondary", sa.JSON(), nullable=False),
        sa.Column("stats_config", sa.JSON(), nullable=False),
        sa.Column("scheduling_config", sa.JSON()),
        sa.Column("folder", sa.Text()),
        sa.Column("conclusion", sa.Text()),
        sa.Column("conclusion_comment", sa.Text()),
        sa.Column("primary_metrics_order", sa.JSON()),
        sa.Column("secondary_metrics_order", sa.JSON()),
        sa.Column("exposure_preaggregation_enabled", sa.Boolean(), nullable=False),
        sa.Column("only_count_matured_users", sa.Boolean(), nullable=False),
        sa.Column("excluded_variants", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by_id"],
            ["users.id"],
            name="fk_experiments_created_by_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(["flag_id"], ["flags.id"], name="fk_experiments_flag_id"),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_experiments_project_id"),
        sa.PrimaryKeyConstraint("id", name="pk_experiments"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_experiments_flag_id", "experiments", ["flag_id"])
    op.create_index("ix_experiments_project_id", "experiments", ["project_id"])


def create_people_revision() -> None:
    op.create_table(
        "people_revision",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_people_revision"),
    )


def create_persons() -> None:
    op.create_table(
        "persons",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("is_identified", sa.Boolean(), nullable=False),
        sa.Column("searchable", sa.Text()),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_persons_project_id"),
        sa.PrimaryKeyConstraint("project_id", "id", name="pk_persons"),
    )
    op.create_index("ix_persons_project_id_created_at", "persons", ["project_id", "created_at"])
    op.create_index("ix_persons_revision", "persons", ["revision"])


def create_person_distinct_ids() -> None:
    op.create_table(
        "person_distinct_ids",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("distinct_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "person_id"],
            ["persons.project_id", "persons.id"],
            name="fk_person_distinct_ids_project_id",
        ),
        sa.PrimaryKeyConstraint("project_id", "distinct_id", name="pk_person_distinct_ids"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_person_distinct_ids_project_id_person_id",
        "person_distinct_ids",
        ["project_id", "person_id"],
    )


def create_flag_continuity() -> None:
    op.create_table(
        "flag_continuity",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("flag_key", sa.Text(), nullable=False),
        sa.Column("hash_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id", "person_id"],
            ["persons.project_id", "persons.id"],
            name="fk_flag_continuity_project_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("project_id", "person_id", "flag_key", name="pk_flag_continuity"),
    )


def create_group_types() -> None:
    op.create_table(
        "group_types",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("type_index", sa.SmallInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_group_types_project_id"),
        sa.PrimaryKeyConstraint("project_id", "type_index", name="pk_group_types"),
        sa.UniqueConstraint("project_id", "name", name="uq_group_types_project_id"),
    )


def create_groups() -> None:
    op.create_table(
        "groups",
        sa.Column("project_id", ID, nullable=False),
        sa.Column("type_index", sa.SmallInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("properties", sa.JSON(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_groups_project_id"),
        sa.PrimaryKeyConstraint("project_id", "type_index", "key", name="pk_groups"),
    )
