"""Members: invites, roles, sessions and who may do what."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.TIMESTAMP(timezone=True).with_variant(sa.BigInteger(), "sqlite")


def upgrade() -> None:
    tell_when_members_joined()
    give_projects_a_default_for_matured_units()
    create_invites()
    create_roles()
    create_role_members()
    create_sessions()
    create_access_rules()


def tell_when_members_joined() -> None:
    op.add_column("memberships", sa.Column("joined_at", INSTANT))
    op.execute(
        "UPDATE memberships SET joined_at ="
        " (SELECT date_joined FROM users WHERE users.id = memberships.user_id)"
    )
    with op.batch_alter_table("memberships") as memberships:
        memberships.alter_column("joined_at", existing_type=INSTANT, nullable=False)


def give_projects_a_default_for_matured_units() -> None:
    name = "default_only_count_matured_users"
    op.add_column("projects", sa.Column(name, sa.Boolean()))
    op.execute(f"UPDATE projects SET {name} = FALSE")  # noqa: S608 our own words
    # SQLite copies the table and would forget that it never gives a number twice.
    kept = {"sqlite_autoincrement": True}
    with op.batch_alter_table("projects", table_kwargs=kept) as projects:
        projects.alter_column(name, existing_type=sa.Boolean(), nullable=False)


def create_invites() -> None:
    op.create_table(
        "invites",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("created_by_id", ID),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name="fk_invites_created_by_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_invites_organization_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invites"),
        sa.UniqueConstraint("token_hash", name="uq_invites_token_hash"),
    )
    op.create_index("ix_invites_organization_id", "invites", ["organization_id"])


def create_roles() -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("created_by_id", ID),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["users.id"], name="fk_roles_created_by_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name="fk_roles_organization_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_roles"),
        sa.UniqueConstraint("organization_id", "name", name="uq_roles_organization_id"),
    )


def create_role_members() -> None:
    op.create_table(
        "role_members",
        sa.Column("role_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name="fk_role_members_role_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_role_members_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_id", "user_id", name="pk_role_members"),
    )
    op.create_index("ix_role_members_user_id", "role_members", ["user_id"])


def create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_sessions_token_hash"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def create_access_rules() -> None:
    op.create_table(
        "access_rules",
        sa.Column("id", ID, nullable=False),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("resource", sa.Text(), nullable=False),
        sa.Column("object_id", ID),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("user_id", ID),
        sa.Column("role_id", sa.Uuid()),
        sa.ForeignKeyConstraint(["project_id"], ["projects.id"], name="fk_access_rules_project_id"),
        sa.ForeignKeyConstraint(
            ["role_id"], ["roles.id"], name="fk_access_rules_role_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_access_rules_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_access_rules"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_access_rules_project_id", "access_rules", ["project_id"])
