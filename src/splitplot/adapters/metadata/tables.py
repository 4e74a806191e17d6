"""Every table, described once. Rows become domain values in `rows.py` and go no further."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from splitplot.adapters.metadata.column_types import Id, Instant

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_UNDELETED = text("NOT deleted")
# JSON as text, not taken apart: keys keep their order and numbers their digits.
_DOCUMENT = JSON(none_as_null=True)

organizations = Table(
    "organizations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

projects = Table(
    "projects",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uuid", Uuid, nullable=False),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("api_token", Text, nullable=False, unique=True),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("timezone", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("test_account_filters", _DOCUMENT, nullable=False),
    Column("default_stats_method", Text, nullable=False),
    Column("default_confidence_level", Float),
    Column("flags_persistence_default", Boolean, nullable=False),
    # One more with every write that a flag snapshot shows.
    Column("flags_revision", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

users = Table(
    "users",
    metadata,
    Column("id", Id, primary_key=True),
    Column("uuid", Uuid, nullable=False, unique=True),
    Column("distinct_id", Text, nullable=False),
    Column("email", Text, nullable=False),
    # The address without its case: two accounts cannot differ by case alone.
    Column("email_key", Text, nullable=False, unique=True),
    Column("first_name", Text, nullable=False),
    Column("last_name", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),
    Column("is_email_verified", Boolean),
    Column("role_at_organization", Text),
    Column("current_organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("current_project_id", ForeignKey("projects.id"), nullable=False),
    Column("date_joined", Instant, nullable=False),
    Column("password_hash", Text, nullable=False),
    sqlite_autoincrement=True,
)

memberships = Table(
    "memberships",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), primary_key=True),
    Column("position", SmallInteger, nullable=False),
    Column("level", SmallInteger, nullable=False),
)

personal_keys = Table(
    "personal_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", Text, nullable=False),
    Column("mask", Text, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("scopes", _DOCUMENT, nullable=False),
    Column("scoped_projects", _DOCUMENT, nullable=False),
    Column("scoped_organizations", _DOCUMENT, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
)

flags = Table(
    "flags",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("filters", _DOCUMENT, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("ensure_experience_continuity", Boolean, nullable=False),
    Column("has_encrypted_payloads", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("evaluation_runtime", Text, nullable=False),
    Column("bucketing_identifier", Text, nullable=False),
    Column("evaluation_contexts", _DOCUMENT, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("creation_context", Text, nullable=False),
    Index(
        "uq_flags_project_id_key",
        "project_id",
        "key",
        unique=True,
        sqlite_where=_UNDELETED,
        postgresql_where=_UNDELETED,
    ),
    sqlite_autoincrement=True,
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("flag_id", ForeignKey("flags.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("start_date", Instant),
    Column("end_date", Instant),
    Column("holdout_id", Id),
    Column("exposure_cohort_id", Id),
    Column("parameters", _DOCUMENT),
    Column("secondary_metrics", _DOCUMENT, nullable=False),
    Column("filters", _DOCUMENT, nullable=False),
    Column("archived", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("type", Text),
    Column("exposure_criteria", _DOCUMENT),
    Column("metrics", _DOCUMENT, nullable=False),
    Column("metrics_secondary", _DOCUMENT, nullable=False),
    Column("stats_config", _DOCUMENT, nullable=False),
    Column("scheduling_config", _DOCUMENT),
    Column("folder", Text),
    Column("conclusion", Text),
    Column("conclusion_comment", Text),
    Column("primary_metrics_order", _DOCUMENT),
    Column("secondary_metrics_order", _DOCUMENT),
    Column("exposure_preaggregation_enabled", Boolean, nullable=False),
    Column("only_count_matured_users", Boolean, nullable=False),
    Column("excluded_variants", _DOCUMENT, nullable=False),
    sqlite_autoincrement=True,
)

persons = Table(
    "persons",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("properties", _DOCUMENT, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("is_identified", Boolean, nullable=False),
    # E-mail address and name in lower case, for search.
    Column("searchable", Text),
    Column("revision", BigInteger, nullable=False, index=True),
    Index("ix_persons_project_id_created_at", "project_id", "created_at"),
)

person_distinct_ids = Table(
    "person_distinct_ids",
    metadata,
    Column("project_id", Id, primary_key=True),
    Column("distinct_id", Text, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    ForeignKeyConstraint(["project_id", "person_id"], ["persons.project_id", "persons.id"]),
    Index("ix_person_distinct_ids_project_id_person_id", "project_id", "person_id"),
    sqlite_with_rowid=False,
)

people_revision = Table(
    "people_revision",
    metadata,
    # One row, with id 1: writers of people queue at it, so revisions commit in order.
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
)

flag_continuity = Table(
    "flag_continuity",
    metadata,
    Column("project_id", Id, primary_key=True),
    Column("person_id", Uuid, primary_key=True),
    Column("flag_key", Text, primary_key=True),
    Column("hash_id", Text, nullable=False),
    ForeignKeyConstraint(
        ["project_id", "person_id"], ["persons.project_id", "persons.id"], ondelete="CASCADE"
    ),
)

group_types = Table(
    "group_types",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("type_index", SmallInteger, primary_key=True),
    Column("name", Text, nullable=False),
    UniqueConstraint("project_id", "name"),
)

groups = Table(
    "groups",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("type_index", SmallInteger, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("properties", _DOCUMENT, nullable=False),
    Column("created_at", Instant, nullable=False),
)
