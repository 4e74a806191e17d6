"""Flags that were there before lists asked about their rules."""

import json
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, MigrationStep
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, Table, create_engine, insert

from splitplot.accounts.model import ProjectId
from splitplot.adapters.metadata.database import open_metadata
from splitplot.adapters.metadata.engine import url_of
from splitplot.adapters.metadata.schema import _MIGRATIONS, migrate
from splitplot.flags.selection import FlagListing
from tests.factories import NOON, a_uuid

EVERYBODY: dict[str, Any] = {"properties": [], "rollout_percentage": 100}
BEFORE = "0003"


def split(**shares: float) -> dict[str, Any]:
    return {"variants": [{"key": key, "rollout_percentage": one} for key, one in shares.items()]}


FLAGS: dict[str, dict[str, Any]] = {
    "everybody": {"groups": [EVERYBODY]},
    "fitting": {"groups": [EVERYBODY], "multivariate": split(control=50, test=50)},
    "held": {"groups": [EVERYBODY], "holdout": {"id": 1, "exclusion_percentage": 5}},
    "nothing": {},
    "other": {"groups": [EVERYBODY], "multivariate": split(test=50, control=50)},
    "pinned": {
        "groups": [EVERYBODY | {"variant": "test"}],
        "multivariate": split(control=50, test=50),
    },
    "shipped": {"groups": [EVERYBODY], "multivariate": split(control=0, test=100)},
    "some": {"groups": [{"properties": [{"key": "a"}]}], "multivariate": None},
}


def migrate_until(url: str, revision: str) -> None:
    script = ScriptDirectory(str(_MIGRATIONS), version_locations=[str(_MIGRATIONS)])

    def steps(heads: tuple[str, ...], _: MigrationContext) -> list[MigrationStep]:
        missing = list(script.iterate_revisions(revision, heads or "base"))
        return [
            MigrationStep.upgrade_from_script(script.revision_map, one) for one in reversed(missing)
        ]

    engine = create_engine(url_of(url))
    with engine.begin() as connection, EnvironmentContext(Config(), script, fn=steps) as around:
        around.configure(connection=connection, render_as_batch=True)
        around.run_migrations()
    engine.dispose()


def add_old_flags(url: str) -> None:
    engine = create_engine(url_of(url))
    tables = MetaData()
    tables.reflect(engine)
    is_postgres = engine.dialect.name == "postgresql"
    now: object = NOON if is_postgres else 0
    home, uuid = (one if is_postgres else one.hex for one in (a_uuid("home"), a_uuid("project")))
    with engine.begin() as connection:

        def add(table_name: str, **row: object) -> None:
            table: Table = tables.tables[table_name]
            connection.execute(insert(table), row)

        add("organizations", id=home, name="o", created_at=now)
        add(
            "projects",
            id=1,
            uuid=uuid,
            organization_id=home,
            name="p",
            api_token="phc",
            secret_hash="s",
            timezone="UTC",
            created_at=now,
            test_account_filters=[],
            default_stats_method="bayesian",
            flags_persistence_default=False,
            flags_revision=1,
        )
        for key, filters in FLAGS.items():
            add(
                "flags",
                project_id=1,
                key=key,
                name="",
                filters=json.loads(json.dumps(filters)),
                active=True,
                created_at=now,
                updated_at=now,
                deleted=False,
                ensure_experience_continuity=False,
                has_encrypted_payloads=False,
                version=1,
                evaluation_runtime="all",
                bucketing_identifier="distinct_id",
                evaluation_contexts=[],
                creation_context="feature_flags",
            )
    engine.dispose()


def test_flags_that_were_there_are_found_by_their_rules(empty_url: str) -> None:
    migrate_until(empty_url, BEFORE)
    add_old_flags(empty_url)
    migrate(empty_url)
    database = open_metadata(empty_url)
    later = NOON.replace(year=2099)

    def found(**asked: Any) -> str:  # noqa: ANN401 - as given
        listing = FlagListing(**({"order": "key"} | asked))
        with database.reading() as repositories:
            page = repositories.flags.page(ProjectId(1), listing, now=later)
        return " ".join(flag.key for flag in page.items)

    assert found() == " ".join(FLAGS)
    assert found(fits_experiments=True) == "fitting pinned shipped"
    assert found(kind="multivariant") == "fitting other pinned shipped"
    assert found(is_stale=True) == "everybody pinned shipped"
    assert found(tags=("a",)) == ""
    database.close()
