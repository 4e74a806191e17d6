"""Every table, described once. Rows become domain values in `rows.py` and go no further."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Time,
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
_ACTIVE = text("status IN ('pending', 'in_progress')")
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
    Column("default_cuped_lookback_days", Integer),
    Column("flags_persistence_default", Boolean, nullable=False),
    Column("default_only_count_matured_users", Boolean, nullable=False),
    Column("experiment_recalculation_time", Time, nullable=False),
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
    Column("joined_at", Instant, nullable=False),
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
    Column("last_modified_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("tags", _DOCUMENT, nullable=False),
    Column("tag_words", Text, nullable=False),
    Column("is_remote_configuration", Boolean, nullable=False),
    # What lists ask about the rules.
    Column("has_variants", Boolean, nullable=False),
    Column("fits_experiments", Boolean, nullable=False),
    Column("is_settled", Boolean, nullable=False),
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
    Column("holdout_id", Id, index=True),
    Column("exposure_cohort_id", Id),
    Column("frozen_cohort_id", Id),
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
    Column("web_variants", _DOCUMENT),
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

activity_log = Table(
    "activity_log",
    metadata,
    # The order in which entries were written, and the place of each in the log.
    Column("number", Id, primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("user_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("activity", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("detail_type", Text),
    Column("changes", _DOCUMENT, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_activity_log_project_id_number", "project_id", "number"),
    Index(
        "ix_activity_log_project_id_scope_item_id_number",
        "project_id",
        "scope",
        "item_id",
        "number",
    ),
    sqlite_autoincrement=True,
)

cohorts = Table(
    "cohorts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("filters", _DOCUMENT, nullable=False),
    Column("is_static", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("is_calculating", Boolean, nullable=False),
    Column("last_calculation", Instant),
    Column("errors_calculating", Integer, nullable=False),
    Column("count", BigInteger),
    Column("version", Integer, nullable=False),
    # The place in the event store up to which events have been looked at.
    Column("followed_to", BigInteger),
    sqlite_autoincrement=True,
)

cohort_members = Table(
    "cohort_members",
    metadata,
    Column("cohort_id", ForeignKey("cohorts.id", ondelete="CASCADE"), primary_key=True),
    Column("behaviour", SmallInteger, primary_key=True),
    # No reference: who is in a cohort by an event without a profile is no stored person.
    Column("person_id", Uuid, primary_key=True, index=True),
    Column("last_at", Instant),
    sqlite_with_rowid=False,
)

invites = Table(
    "invites",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False, index=True),
    Column("email", Text, nullable=False),
    Column("level", SmallInteger, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
)

roles = Table(
    "roles",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    UniqueConstraint("organization_id", "name"),
)

role_members = Table(
    "role_members",
    metadata,
    Column("role_id", ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

access_rules = Table(
    "access_rules",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("resource", Text, nullable=False),
    # Null for every object of the kind.
    Column("object_id", Id),
    Column("level", Text, nullable=False),
    # At most one of the two; neither for everybody.
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE")),
    Column("role_id", ForeignKey("roles.id", ondelete="CASCADE")),
    sqlite_autoincrement=True,
)

holdouts = Table(
    "holdouts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("groups", _DOCUMENT, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    sqlite_autoincrement=True,
)

saved_metrics = Table(
    "saved_metrics",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("name", Text, nullable=False),
    # The name without its case: two metrics of a project cannot differ by case alone.
    Column("name_key", Text, nullable=False),
    Column("description", Text),
    Column("query", _DOCUMENT, nullable=False),
    Column("tags", _DOCUMENT, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    UniqueConstraint("project_id", "name_key"),
    sqlite_autoincrement=True,
)

metric_links = Table(
    "metric_links",
    metadata,
    Column("id", Id, primary_key=True),
    Column("experiment_id", ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column(
        "saved_metric_id",
        ForeignKey("saved_metrics.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("metadata", _DOCUMENT, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("experiment_id", "saved_metric_id"),
    sqlite_autoincrement=True,
)

actions = Table(
    "actions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("tags", _DOCUMENT, nullable=False),
    Column("steps", _DOCUMENT, nullable=False),
    Column("post_to_slack", Boolean, nullable=False),
    Column("slack_message_format", Text, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("updated_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

share_links = Table(
    "share_links",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column(
        "experiment_id",
        ForeignKey("experiments.id", ondelete="CASCADE"),
        nullable=False,
        index=True,
    ),
    Column("hint", Text, nullable=False),
    Column("token_hash", Text, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
)

warehouse_tables = Table(
    "warehouse_tables",
    metadata,
    Column("id", Id, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("columns", _DOCUMENT, nullable=False),
    Column("row_count", BigInteger, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("created_at", Instant, nullable=False),
    Column("loaded_at", Instant, nullable=False),
    UniqueConstraint("project_id", "name"),
    sqlite_autoincrement=True,
)

power_simulations = Table(
    "power_simulations",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False, index=True),
    Column("design", _DOCUMENT, nullable=False),
    Column("total", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("looks", _DOCUMENT, nullable=False),
    Column("error", Text),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
)

approval_policies = Table(
    "approval_policies",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    # None: for every project of the organization.
    Column("project_id", ForeignKey("projects.id")),
    Column("action_key", Text, nullable=False),
    Column("terms", _DOCUMENT, nullable=False),
    Column("expires_after_seconds", BigInteger, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Index(
        "uq_approval_policies_project_id_action_key",
        "project_id",
        "action_key",
        unique=True,
        sqlite_where=text("project_id IS NOT NULL"),
        postgresql_where=text("project_id IS NOT NULL"),
    ),
    Index(
        "uq_approval_policies_organization_id_action_key",
        "organization_id",
        "action_key",
        unique=True,
        sqlite_where=text("project_id IS NULL"),
        postgresql_where=text("project_id IS NULL"),
    ),
)

change_requests = Table(
    "change_requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("flag_id", ForeignKey("flags.id"), nullable=False),
    Column("action_key", Text, nullable=False),
    Column("intent", _DOCUMENT, nullable=False),
    Column("terms", _DOCUMENT, nullable=False),
    Column("state", Text, nullable=False),
    Column("validation", Text, nullable=False),
    Column("validation_errors", _DOCUMENT),
    Column("validated_at", Instant, nullable=False),
    Column("created_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("applied_by_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("applied_at", Instant),
    Column("apply_error", Text, nullable=False),
    Column("result_version", Integer),
    Index("ix_change_requests_project_id_created_at", "project_id", "created_at"),
    # One waits at a time.
    Index(
        "uq_change_requests_flag_id_action_key",
        "flag_id",
        "action_key",
        unique=True,
        sqlite_where=text("state IN ('pending', 'approved')"),
        postgresql_where=text("state IN ('pending', 'approved')"),
    ),
)

change_request_votes = Table(
    "change_request_votes",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", ForeignKey("change_requests.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("user_id", ForeignKey("users.id", ondelete="SET NULL")),
    Column("decision", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("request_id", "user_id"),
)

daily_results = Table(
    "daily_results",
    metadata,
    Column("experiment_id", ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True),
    Column("metric_uuid", Text, primary_key=True),
    Column("fingerprint", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("query_from", Instant, nullable=False),
    Column("query_to", Instant, nullable=False),
    Column("key", Text, nullable=False),
    # Exactly one of the two.
    Column("document", _DOCUMENT),
    Column("error", Text),
    Column("recorded_at", Instant, nullable=False),
    Column("computed_at", Instant, nullable=False),
)

series_requests = Table(
    "series_requests",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("experiment_id", ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column("metric_uuid", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("metric", _DOCUMENT, nullable=False),
    Column("context", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("error", Text),
    Index(
        "uq_series_requests_active",
        "experiment_id",
        "fingerprint",
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    ),
)

metrics_runs = Table(
    "metrics_runs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("experiment_id", ForeignKey("experiments.id", ondelete="CASCADE"), nullable=False),
    Column("trigger", Text, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("total", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("completed_at", Instant),
    Column("results", _DOCUMENT, nullable=False),
    Column("error", Text),
    Index(
        "uq_metrics_runs_active",
        "experiment_id",
        unique=True,
        sqlite_where=_ACTIVE,
        postgresql_where=_ACTIVE,
    ),
)
