"""The management services on both engines: whole changes, and few queries."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

import pytest

from splitplot.accounts.model import Project, User
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.adapters.metadata.flag_source import MetadataFlagSource
from splitplot.adapters.metadata.repositories.experiments import SqlExperiments
from splitplot.adapters.secrecy import FernetSecrecy
from splitplot.errors import InvalidInput, NotFound, Unavailable
from splitplot.experiments.lifecycle import actions
from splitplot.experiments.lifecycle.flag_records import Edit
from splitplot.experiments.lifecycle.request import ExperimentRequest
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.filters.model import Properties
from splitplot.flags.model import FlagId
from splitplot.flags.selection import FlagListing
from splitplot.ports.repositories import ExperimentListing
from splitplot.services.experiments import ExperimentService
from splitplot.services.flag_records import FlagRecords
from tests.factories import NOON, a_flag, an_experiment

Statements = Callable[[], AbstractContextManager[list[str]]]


class NoonClock:
    def now(self) -> datetime:
        return NOON


@pytest.fixture
def source(metadata: SqlMetadata) -> MetadataFlagSource:
    return MetadataFlagSource(metadata)


@pytest.fixture
def service(metadata: SqlMetadata, source: MetadataFlagSource) -> ExperimentService:
    return ExperimentService(metadata=metadata, flag_source=source, clock=NoonClock())


@pytest.fixture
def records(metadata: SqlMetadata, source: MetadataFlagSource) -> FlagRecords:
    secrecy = FernetSecrecy(secret=token_hex(), key_file=Path())
    return FlagRecords(metadata=metadata, flag_source=source, clock=NoonClock(), secrecy=secrecy)


def asked(name: str = "E", key: str = "e") -> ExperimentRequest:
    return ExperimentRequest(values={"name": name}, flag_key=key)


def test_experiments_of_several_flags_come_oldest_first(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    hour = timedelta(hours=1)
    with metadata.transaction() as repositories:
        flags = [repositories.flags.add(project.id, a_flag(key=f"f{at}")) for at in range(3)]

        def add(at: int, created_at: datetime, *, deleted: bool = False) -> Experiment:
            return repositories.experiments.add(
                an_experiment(flag=flags[at], created_at=created_at, deleted=deleted)
            )

        young, old = add(0, NOON), add(1, NOON - hour)
        add(1, NOON, deleted=True)
        add(2, NOON)
        both = [flags[0].id, flags[1].id]
        found = repositories.experiments.of_flags(project.id, both)
        assert [experiment.id for experiment in found] == [old.id, young.id]
        assert repositories.experiments.of_flags(project.id, []) == ()
        assert repositories.experiments.of_flags(other_project.id, both) == ()


def test_a_longer_list_takes_no_more_queries(
    service: ExperimentService,
    records: FlagRecords,
    project: Project,
    user: User,
    *,
    statements: Statements,
) -> None:
    def queries() -> list[int]:
        counts = []
        with statements() as sent:
            service.page(project.id, ExperimentListing(now=NOON))
            counts.append(len(sent))
        with statements() as sent:
            records.page(project.id, FlagListing())
            counts.append(len(sent))
        return counts

    service.create(project, asked(), actor=user)
    few = queries()
    for number in range(10):
        service.create(project, asked(key=f"e{number}"), actor=user)
    assert queries() == few


def test_a_record_names_its_author(
    service: ExperimentService, records: FlagRecords, project: Project, user: User
) -> None:
    made = service.create(project, asked(), actor=user)
    anonymous = service.create(project, asked(key="other"), actor=None)
    assert made.created_by == user
    assert anonymous.created_by is None
    assert service.get(project.id, made.experiment.id) == made
    assert records.get(project.id, made.experiment.flag.id).created_by == user
    assert records.get(project.id, anonymous.experiment.flag.id).created_by is None


def test_a_failure_leaves_neither_flag_nor_experiment(
    service: ExperimentService,
    metadata: SqlMetadata,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = service.create(project, asked(), actor=None).experiment

    def fail(*_: object) -> Experiment:
        raise Unavailable("the disk is full")

    with monkeypatch.context() as broken:
        broken.setattr(SqlExperiments, "add", fail)
        broken.setattr(SqlExperiments, "save", fail)
        with pytest.raises(Unavailable):
            service.create(project, asked(key="new"), actor=None)
        with pytest.raises(Unavailable):
            service.advance(project, made.id, actions.launch, actor=None)
    assert service.get(project.id, made.id).experiment == made
    with metadata.reading() as repositories:
        assert repositories.flags.find_by_key(project.id, "new") is None


def test_a_refused_step_changes_nothing(service: ExperimentService, project: Project) -> None:
    made = service.create(project, asked(), actor=None).experiment
    with pytest.raises(InvalidInput):
        service.advance(project, made.id, actions.pause, actor=None)
    assert service.get(project.id, made.id).experiment == made


def test_what_is_not_there_is_not_found(
    service: ExperimentService, records: FlagRecords, project: Project, other_project: Project
) -> None:
    made = service.create(project, asked(), actor=None).experiment
    for number in (ExperimentId(99), made.id):
        with pytest.raises(NotFound):
            service.get(other_project.id, number)
        with pytest.raises(NotFound):
            service.advance(other_project, number, actions.launch, actor=None)
        with pytest.raises(NotFound):
            service.update(other_project, number, asked(), actor=None)
    with pytest.raises(NotFound):
        records.get(other_project.id, made.flag.id)
    with pytest.raises(NotFound):
        records.update(project, FlagId(99), Edit(values={}), actor=None)


def test_a_change_is_served_when_it_returns(
    service: ExperimentService,
    records: FlagRecords,
    source: MetadataFlagSource,
    project: Project,
) -> None:
    def served() -> dict[str, bool]:
        snapshot = source.find(project.api_token)
        assert snapshot is not None
        return {flag.key: flag.active for flag in snapshot.flags}

    made = service.create(project, asked(), actor=None).experiment
    assert served() == {"e": False}
    service.advance(project, made.id, actions.launch, actor=None)
    assert served() == {"e": True}
    records.update(project, made.flag.id, Edit(values={"active": False}), actor=None)
    assert served() == {"e": False}


def test_a_change_stands_even_if_it_is_served_later(
    service: ExperimentService,
    source: MetadataFlagSource,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail() -> None:
        raise Unavailable("not now")

    with monkeypatch.context() as broken:
        broken.setattr(source, "refresh", fail)
        made = service.create(project, asked(), actor=None).experiment
    assert service.get(project.id, made.id).experiment == made


def test_conditions_may_ask_only_about_cohorts_that_are_there(
    records: FlagRecords, service: ExperimentService, project: Project
) -> None:
    item: Properties = {"key": "id", "type": "cohort", "operator": "in", "value": 5}
    with pytest.raises(InvalidInput, match="Cohort with id 5 does not exist"):
        records.create(
            project, {"key": "c", "filters": {"groups": [{"properties": [item]}]}}, actor=None
        )
    draft = service.create(project, asked(), actor=None).experiment
    changed = replace(asked(), values={"parameters": {"rollout_percentage": 5}}, flag_key=None)
    flag = service.update(project, draft.id, changed, actor=None).experiment.flag
    assert flag.version == 2
