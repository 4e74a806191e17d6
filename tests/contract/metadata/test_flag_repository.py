from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import cast

import pytest

from splitplot.accounts.model import Project, User
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.errors import Conflict, NotFound
from splitplot.filters.model import Properties
from splitplot.flags.model import FlagId
from tests.factories import a_flag, a_project, an_experiment

ODD_INSTANT = datetime(2025, 3, 30, 0, 59, 59, 999_999, tzinfo=UTC)


def test_every_field_of_a_flag_comes_back(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    given = a_flag(
        id=FlagId(99),
        key="ключ-🔑",
        name="Line one\nline “two”",
        filters={
            "zebra first": None,
            "groups": [{"properties": [], "rollout_percentage": 33.333333333333336}],
            "payloads": {
                "true": '{"a": 1}',
                "control": [1, 2.0, -0.0, 1e300, 2**70, "\0", "\ud83d"],
            },
            "holdout": {"id": 3, "exclusion_percentage": 10},
            "a last": {"": {}},
        },
        active=False,
        created_at=ODD_INSTANT,
        updated_at=ODD_INSTANT,
        deleted=True,
        ensure_experience_continuity=True,
        has_encrypted_payloads=True,
        version=7,
        evaluation_runtime="server",
        bucketing_identifier="device_id",
        evaluation_contexts=("web", "ios"),
        created_by_id=user.id,
        creation_context="experiments",
    )
    with metadata.transaction() as repositories:
        stored = repositories.flags.add(project.id, given)
    assert stored == replace(given, id=FlagId(1), version=1)
    assert list(stored.filters) == list(given.filters)
    with metadata.reading() as repositories:
        assert repositories.flags.find(project.id, stored.id) == stored


def test_a_document_may_be_made_of_any_mappings_and_sequences(
    metadata: SqlMetadata, project: Project
) -> None:
    odd: Properties = MappingProxyType({"n": 2**64})
    frozen: Properties = MappingProxyType({"groups": ({"properties": ()},), "odd": odd})
    with metadata.transaction() as repositories:
        stored = repositories.flags.add(project.id, a_flag(filters=frozen))
    assert stored.filters == {"groups": [{"properties": []}], "odd": {"n": 2**64}}


def test_what_json_cannot_say_is_stored_as_null_or_refused(
    metadata: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        stored = repositories.flags.add(project.id, a_flag(filters={"share": float("nan")}))
    assert stored.filters == {"share": None}
    odd = cast("Properties", {"set": {1, 2}})
    with pytest.raises(Exception, match="set is no JSON"), metadata.transaction() as repositories:
        repositories.flags.add(project.id, a_flag(key="odd", filters=odd))


def test_ids_count_from_one_over_all_projects(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    with metadata.transaction() as repositories:
        here = repositories.flags.add(project.id, a_flag())
        there = repositories.flags.add(other_project.id, a_flag())
    assert (here.id, there.id) == (1, 2)


def test_a_flag_of_another_project_is_not_found(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        assert repositories.flags.find(other_project.id, flag.id) is None
        assert repositories.flags.find_by_key(other_project.id, flag.key) is None
        with pytest.raises(NotFound):
            repositories.flags.save(other_project.id, flag)


def test_each_save_is_a_version(metadata: SqlMetadata, project: Project) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        off = repositories.flags.save(project.id, replace(flag, active=False))
    assert off == replace(flag, active=False, version=2)
    with metadata.reading() as repositories:
        assert repositories.flags.find(project.id, flag.id) == off


def test_a_save_over_a_newer_version_is_a_conflict(metadata: SqlMetadata, project: Project) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        newer = repositories.flags.save(project.id, replace(flag, name="newer"))
    with pytest.raises(Conflict), metadata.transaction() as repositories:
        repositories.flags.save(project.id, replace(flag, name="stale"))
    with metadata.reading() as repositories:
        assert repositories.flags.find(project.id, flag.id) == newer


def test_a_key_belongs_to_one_undeleted_flag(metadata: SqlMetadata, project: Project) -> None:
    with metadata.transaction() as repositories:
        first = repositories.flags.add(project.id, a_flag(key="cta"))
        second = repositories.flags.add(project.id, a_flag(key="banner"))
        with pytest.raises(Conflict):
            repositories.flags.add(project.id, a_flag(key="cta"))
        with pytest.raises(Conflict):
            repositories.flags.save(project.id, replace(second, key="cta"))
    with metadata.reading() as repositories:
        assert repositories.flags.find_by_key(project.id, "cta") == first
        assert repositories.flags.find_by_key(project.id, "CTA") is None
        assert repositories.flags.find_by_key(project.id, "banner") == second


def test_a_deleted_flag_frees_its_key(metadata: SqlMetadata, project: Project) -> None:
    with metadata.transaction() as repositories:
        first = repositories.flags.add(project.id, a_flag(key="cta"))
        gone = repositories.flags.save(project.id, replace(first, deleted=True))
        assert repositories.flags.find_by_key(project.id, "cta") is None
        second = repositories.flags.add(project.id, a_flag(key="cta"))
        assert repositories.flags.find_by_key(project.id, "cta") == second
        assert repositories.flags.find(project.id, first.id) == gone
        with pytest.raises(Conflict):
            repositories.flags.save(project.id, replace(gone, deleted=False))


def test_a_flag_needs_a_project(metadata: SqlMetadata) -> None:
    with pytest.raises(NotFound), metadata.transaction() as repositories:
        repositories.flags.add(a_project().id, a_flag())


def test_a_flag_knows_whether_an_undeleted_experiment_uses_it(
    metadata: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        used = repositories.flags.add(project.id, a_flag(key="used"))
        idle = repositories.flags.add(project.id, a_flag(key="idle", has_experiment=True))
        experiment = repositories.experiments.add(an_experiment(flag=used))
        assert repositories.flags.find(project.id, used.id) == replace(used, has_experiment=True)
        assert not idle.has_experiment
        repositories.experiments.save(replace(experiment, deleted=True))
        assert repositories.flags.find(project.id, used.id) == used


def test_every_write_raises_the_projects_revision_and_no_other(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    with metadata.transaction() as repositories:
        revisions = [repositories.flags.revisions()]
        flag = repositories.flags.add(project.id, a_flag())
        revisions.append(repositories.flags.revisions())
        repositories.flags.save(project.id, flag)
        revisions.append(repositories.flags.revisions())
        experiment = repositories.experiments.add(an_experiment(flag=flag))
        revisions.append(repositories.flags.revisions())
        repositories.experiments.save(experiment)
        revisions.append(repositories.flags.revisions())
        repositories.people.add_group_type(project.id, "company")
        revisions.append(repositories.flags.revisions())
        repositories.accounts.save_project(project)
        revisions.append(repositories.flags.revisions())
    here = [revision[project.id] for revision in revisions]
    assert here == sorted(set(here))
    assert len({revision[other_project.id] for revision in revisions}) == 1
