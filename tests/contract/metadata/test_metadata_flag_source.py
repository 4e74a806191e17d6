from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from splitplot.accounts.model import Project, ProjectId
from splitplot.adapters.metadata.database import SqlMetadata, open_metadata
from splitplot.adapters.metadata.flag_source import MetadataFlagSource
from splitplot.errors import Unavailable
from splitplot.ports.flag_source import FlagSnapshot
from tests.factories import a_flag, a_project, an_experiment


@pytest.fixture
def source(metadata: SqlMetadata, project: Project) -> MetadataFlagSource:
    refreshed = MetadataFlagSource(metadata)
    refreshed.refresh()
    assert refreshed.find(project.api_token) is not None
    return refreshed


def found(source: MetadataFlagSource, project: Project) -> FlagSnapshot:
    snapshot = source.find(project.api_token)
    assert snapshot is not None
    assert snapshot is source.find_project(project.id)
    return snapshot


def test_a_source_is_empty_until_it_is_refreshed(metadata: SqlMetadata, project: Project) -> None:
    source = MetadataFlagSource(metadata)
    assert source.find(project.api_token) is None
    source.refresh()
    assert found(source, project).project == project


def test_an_unknown_token_or_project_has_no_snapshot(source: MetadataFlagSource) -> None:
    assert source.find("phc_nobody") is None
    assert source.find_project(ProjectId(99)) is None


def test_a_snapshot_holds_all_that_evaluation_needs(
    metadata: SqlMetadata, project: Project, other_project: Project, source: MetadataFlagSource
) -> None:
    with metadata.transaction() as repositories:
        zebra = repositories.flags.add(project.id, a_flag(key="zebra", active=False))
        apple = repositories.flags.add(project.id, a_flag(key="apple"))
        repositories.flags.add(project.id, a_flag(key="gone", deleted=True))
        elsewhere = repositories.flags.add(other_project.id, a_flag(key="elsewhere"))
        repositories.people.add_group_type(project.id, "company")
        repositories.people.add_group_type(project.id, "board")
        repositories.experiments.add(an_experiment(flag=apple))
    source.refresh()
    snapshot = found(source, project)
    assert snapshot == FlagSnapshot(
        project=project,
        flags=(replace(apple, has_experiment=True), zebra),
        group_types=("company", "board"),
        cohorts={},
        revision=snapshot.revision,
    )
    assert found(source, other_project).flags == (elsewhere,)


def test_a_snapshot_follows_every_committed_change(
    metadata: SqlMetadata, project: Project, source: MetadataFlagSource
) -> None:
    seen = [found(source, project)]

    def look() -> FlagSnapshot:
        source.refresh()
        seen.append(found(source, project))
        return seen[-1]

    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        assert found(source, project) is seen[0]
    assert look().flags == (flag,)
    with metadata.transaction() as repositories:
        flag = repositories.flags.save(project.id, replace(flag, active=False))
    assert look().flags == (flag,)
    with metadata.transaction() as repositories:
        repositories.people.add_group_type(project.id, "company")
    assert look().group_types == ("company",)
    with metadata.transaction() as repositories:
        repositories.flags.save(project.id, replace(flag, deleted=True))
    assert look().flags == ()
    revisions = [snapshot.revision for snapshot in seen]
    assert revisions == sorted(set(revisions))


def test_what_was_rolled_back_is_not_taken_in(
    metadata: SqlMetadata, project: Project, source: MetadataFlagSource
) -> None:
    def fails() -> None:
        with metadata.transaction() as repositories:
            repositories.flags.add(project.id, a_flag())
            raise RuntimeError

    before = found(source, project)
    with pytest.raises(RuntimeError):
        fails()
    source.refresh()
    assert found(source, project) is before


def test_a_token_that_was_replaced_is_no_longer_known(
    metadata: SqlMetadata, project: Project, source: MetadataFlagSource
) -> None:
    renewed = replace(project, api_token="phc_renewed")
    with metadata.transaction() as repositories:
        repositories.accounts.save_project(renewed)
    source.refresh()
    assert source.find(project.api_token) is None
    assert found(source, renewed).project == renewed


def test_only_changed_projects_are_read_again(
    *,
    metadata: SqlMetadata,
    project: Project,
    other_project: Project,
    source: MetadataFlagSource,
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    source.refresh()
    untouched = found(source, other_project)
    with statements() as idle:
        source.refresh()
    with metadata.transaction() as repositories:
        repositories.flags.add(project.id, a_flag())
    source.refresh()
    assert len([statement for statement in idle if "SELECT" in statement]) == 1
    assert found(source, other_project) is untouched


def test_a_database_put_back_from_a_backup_is_read_again(
    project: Project, source: MetadataFlagSource
) -> None:
    ahead = replace(found(source, project), revision=1_000)
    source._held = replace(source._held, by_id={project.id: ahead}, by_token={})
    source.refresh()
    assert found(source, project).revision < 1_000


def test_what_is_held_is_served_on_while_the_database_is_away(
    metadata: SqlMetadata, project: Project, source: MetadataFlagSource
) -> None:
    held = found(source, project)
    source._metadata = open_metadata("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(Unavailable):
        source.refresh()
    assert found(source, project) is held
    source._metadata = metadata
    source.refresh()


def test_refreshing_on_many_threads_takes_in_every_write(
    metadata: SqlMetadata, project: Project, source: MetadataFlagSource
) -> None:
    def add(number: int) -> bool:
        with metadata.transaction() as repositories:
            flag = repositories.flags.add(project.id, a_flag(key=f"flag-{number}"))
        source.refresh()
        return flag in found(source, project).flags

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(add, range(24)))
    assert len(found(source, project).flags) == 24


def test_a_new_project_is_known_after_the_next_refresh(
    metadata: SqlMetadata, project: Project, source: MetadataFlagSource
) -> None:
    with metadata.transaction() as repositories:
        added = repositories.accounts.add_project(
            a_project(api_token="phc_new", organization_id=project.organization_id),
            secret_hash="new",
        )
    source.refresh()
    assert found(source, added).project == added
