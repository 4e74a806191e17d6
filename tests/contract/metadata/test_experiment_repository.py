from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from splitplot.accounts.model import Project, User, UserId
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.errors import InvalidInput, NotFound
from splitplot.experiments.model import (
    Conclusion,
    Experiment,
    ExperimentId,
    ExperimentType,
    HoldoutId,
    Status,
)
from splitplot.flags.model import FlagId
from splitplot.ports.repositories import ExperimentListing
from tests.factories import NOON, a_flag, a_mean_metric, an_experiment

ODD_INSTANT = datetime(2025, 3, 30, 0, 59, 59, 999_999, tzinfo=UTC)
NOW = NOON + timedelta(days=30)
HOUR = timedelta(hours=1)

# In the order in which they are added: name, start, end, flag active, in hours after noon.
SHELF = {
    "draft": (None, None, False),
    "Running long": (0, None, True),
    "paused": (48, None, False),
    "stopped short": (5, 6, True),
    "Ended later": (7, 300, False),
    "another draft": (None, None, True),
}


@pytest.fixture
def shelf(metadata: SqlMetadata, project: Project) -> dict[str, Experiment]:
    def instant(hours: int | None) -> datetime | None:
        return None if hours is None else NOON + hours * HOUR

    added = {}
    with metadata.transaction() as repositories:
        for number, (name, (start, end, active)) in enumerate(SHELF.items()):
            flag = repositories.flags.add(project.id, a_flag(key=f"flag-{number}", active=active))
            experiment = an_experiment(
                name=name,
                flag=flag,
                start_date=instant(start),
                end_date=instant(end),
                created_at=NOON + number * HOUR,
                updated_at=NOON - number * HOUR,
            )
            added[name] = repositories.experiments.add(experiment)
    return added


def names(metadata: SqlMetadata, project: Project, listing: ExperimentListing) -> list[str]:
    with metadata.reading() as repositories:
        page = repositories.experiments.page(project.id, listing)
    assert page.count >= len(page.items)
    return [experiment.name for experiment in page.items]


def test_every_field_of_an_experiment_comes_back(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        given = an_experiment(
            id=ExperimentId(99),
            name="Größe “zwei” 🧪",
            flag=flag,
            created_at=ODD_INSTANT,
            updated_at=ODD_INSTANT + timedelta(microseconds=1),
            description=None,
            start_date=ODD_INSTANT,
            end_date=ODD_INSTANT + timedelta(microseconds=2),
            holdout_id=HoldoutId(5),
            exposure_cohort_id=6,
            frozen_cohort_id=7,
            parameters={"feature_flag_variants": [{"key": "control"}], "unknown": [None, {}]},
            secondary_metrics=({"name": "old", "x": [[1, [2]]]},),
            filters={"events": []},
            archived=True,
            deleted=True,
            created_by_id=user.id,
            type=ExperimentType.WEB,
            exposure_criteria={"filterTestAccounts": False},
            metrics=(a_mean_metric(), a_mean_metric(uuid="metric-2")),
            metrics_secondary=(a_mean_metric(uuid="metric-3"),),
            stats_config={"method": "frequentist", "frequentist": {"alpha": 0.05}},
            scheduling_config={"timeseries": True},
            folder="a/b",
            conclusion=Conclusion.STOPPED_EARLY,
            conclusion_comment="",
            primary_metrics_order=("metric-2", "metric-1"),
            secondary_metrics_order=(),
            exposure_preaggregation_enabled=False,
            only_count_matured_users=True,
            excluded_variants=("test",),
            web_variants={"control": {"rollout_percentage": 50, "transforms": [{}]}},
        )
        stored = repositories.experiments.add(given)
    assert stored == replace(given, id=ExperimentId(1))
    with metadata.reading() as repositories:
        assert repositories.experiments.find(project.id, stored.id) == stored


def test_what_an_experiment_does_not_have_comes_back_as_nothing(
    metadata: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        given = an_experiment(flag=replace(flag, has_experiment=True), type=None, stats_config={})
        stored = repositories.experiments.add(given)
    assert stored == replace(given, id=ExperimentId(1))


def test_an_experiment_is_found_in_its_project_alone(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        stored = repositories.experiments.add(an_experiment(flag=flag))
        assert repositories.experiments.find(other_project.id, stored.id) is None
        assert repositories.experiments.of_flag(other_project.id, flag.id) == ()
        with pytest.raises(NotFound):
            repositories.experiments.save(replace(stored, project_id=other_project.id))


def test_a_save_leaves_the_flag_alone_and_answers_it_as_stored(
    metadata: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        stored = repositories.experiments.add(an_experiment(flag=flag))
        off = repositories.flags.save(project.id, replace(stored.flag, active=False))
        saved = repositories.experiments.save(replace(stored, name="renamed", start_date=NOON))
    assert saved == replace(stored, name="renamed", start_date=NOON, flag=off)
    assert saved.status is Status.PAUSED


def test_an_experiment_that_is_not_there_is_not_saved(
    metadata: SqlMetadata, project: Project
) -> None:
    with pytest.raises(NotFound), metadata.transaction() as repositories:
        repositories.experiments.save(an_experiment(project_id=project.id))


def test_the_undeleted_experiments_of_a_flag_come_oldest_first(
    metadata: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        young = repositories.experiments.add(an_experiment(flag=flag, created_at=NOON))
        old = repositories.experiments.add(an_experiment(flag=flag, created_at=NOON - HOUR))
        repositories.experiments.add(an_experiment(flag=flag, deleted=True))
        found = repositories.experiments.of_flag(project.id, flag.id)
    assert [experiment.id for experiment in found] == [old.id, young.id]
    assert all(experiment.flag == replace(flag, has_experiment=True) for experiment in found)


@pytest.mark.parametrize("status", Status)
def test_a_list_of_one_status_holds_the_experiments_that_say_so(
    metadata: SqlMetadata, project: Project, shelf: dict[str, Experiment], status: Status
) -> None:
    frozen = replace(shelf["Running long"], name="frozen", created_at=NOW, frozen_cohort_id=4)
    with metadata.transaction() as repositories:
        shelf |= {"frozen": repositories.experiments.add(frozen)}
    expected = [name for name, experiment in shelf.items() if experiment.status is status]
    assert expected
    listing = ExperimentListing(now=NOW, status=status, order="created_at")
    assert names(metadata, project, listing) == expected


DURATIONS = ["stopped short", "Ended later", "paused", "Running long", "draft", "another draft"]
ORDERS = {
    "created_at": list(SHELF),
    "updated_at": list(SHELF)[::-1],
    "name": [
        "another draft",
        "draft",
        "Ended later",
        "paused",
        "Running long",
        "stopped short",
    ],
    "start_date": [
        "Running long",
        "stopped short",
        "Ended later",
        "paused",
        "draft",
        "another draft",
    ],
    "end_date": [
        "stopped short",
        "Ended later",
        "draft",
        "Running long",
        "paused",
        "another draft",
    ],
    "duration": DURATIONS,
    "status": [
        "draft",
        "another draft",
        "Running long",
        "paused",
        "stopped short",
        "Ended later",
    ],
}
VALUELESS = {"start_date": 2, "end_date": 4, "duration": 2}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.usefixtures("shelf")
def test_a_list_is_in_the_order_asked_for(
    metadata: SqlMetadata, project: Project, order: str
) -> None:
    assert names(metadata, project, ExperimentListing(now=NOW, order=order)) == ORDERS[order]


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.usefixtures("shelf")
def test_a_descending_list_turns_round_all_but_what_has_no_value(
    metadata: SqlMetadata, project: Project, order: str
) -> None:
    expected = ORDERS[order]
    with_value = len(expected) - VALUELESS.get(order, 0)
    turned = expected[:with_value][::-1] + expected[with_value:][::-1]
    assert names(metadata, project, ExperimentListing(now=NOW, order=f"-{order}")) == turned


@pytest.mark.usefixtures("shelf")
def test_open_durations_are_counted_to_the_given_instant(
    metadata: SqlMetadata, project: Project
) -> None:
    early = ExperimentListing(now=NOON + 50 * HOUR, order="duration")
    assert names(metadata, project, early) == [
        "stopped short",
        "paused",
        "Running long",
        "Ended later",
        "draft",
        "another draft",
    ]


def test_durations_that_differ_by_a_microsecond_are_told_apart(
    metadata: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        for micros in (3, 1, 2):
            ended = NOON + timedelta(days=3650, microseconds=micros)
            repositories.experiments.add(
                an_experiment(name=str(micros), flag=flag, start_date=NOON, end_date=ended)
            )
    listing = ExperimentListing(now=NOW, order="duration")
    assert names(metadata, project, listing) == ["1", "2", "3"]


@pytest.mark.usefixtures("shelf")
def test_an_unknown_order_is_invalid_input(metadata: SqlMetadata, project: Project) -> None:
    with pytest.raises(InvalidInput, match="flag_key"):
        names(metadata, project, ExperimentListing(now=NOW, order="-flag_key"))


def test_archived_experiments_have_a_list_of_their_own(
    metadata: SqlMetadata, project: Project, shelf: dict[str, Experiment]
) -> None:
    with metadata.transaction() as repositories:
        repositories.experiments.save(replace(shelf["draft"], archived=True))
        repositories.experiments.save(replace(shelf["paused"], archived=True, deleted=True))
    assert names(metadata, project, ExperimentListing(now=NOW, archived=True)) == ["draft"]
    assert len(names(metadata, project, ExperimentListing(now=NOW))) == len(SHELF) - 2


def test_a_list_can_be_of_one_flag(
    metadata: SqlMetadata, project: Project, shelf: dict[str, Experiment]
) -> None:
    flag_id = shelf["paused"].flag.id
    assert names(metadata, project, ExperimentListing(now=NOW, flag_id=flag_id)) == ["paused"]
    assert names(metadata, project, ExperimentListing(now=NOW, flag_id=FlagId(99))) == []


def test_a_list_can_be_of_some_creators(
    metadata: SqlMetadata, project: Project, user: User, shelf: dict[str, Experiment]
) -> None:
    with metadata.transaction() as repositories:
        repositories.experiments.save(replace(shelf["draft"], created_by_id=user.id))

    def of(*user_ids: UserId) -> list[str]:
        return names(metadata, project, ExperimentListing(now=NOW, created_by_ids=user_ids))

    assert of(user.id, UserId(77)) == ["draft"]
    assert of(UserId(77)) == []
    assert of() == []


@pytest.mark.parametrize(
    ("search", "expected"),
    [
        ("RUNNING", ["100% Running_fast"]),
        ("überGRÖSSE", ["ÜBERgrösse"]),
        ("%", ["100% Running_fast"]),
        ("g_f", ["100% Running_fast"]),
        ("gxf", []),
        ("", ["100% Running_fast", "ÜBERgrösse", "back\\slash"]),
        ("\\", ["back\\slash"]),
    ],
)
def test_a_search_finds_a_part_of_the_name_in_any_case(
    metadata: SqlMetadata, project: Project, search: str, expected: list[str]
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        for name in ("100% Running_fast", "ÜBERgrösse", "back\\slash"):
            repositories.experiments.add(an_experiment(name=name, flag=flag))
    listing = ExperimentListing(now=NOW, search=search, order="created_at")
    assert names(metadata, project, listing) == expected


def test_pages_put_together_are_the_list(
    metadata: SqlMetadata, project: Project, shelf: dict[str, Experiment]
) -> None:
    with metadata.reading() as repositories:
        pages = [
            repositories.experiments.page(
                project.id, ExperimentListing(now=NOW, limit=4, offset=offset)
            )
            for offset in (0, 4, 8)
        ]
    assert [page.count for page in pages] == [6, 6, 6]
    together = [experiment for page in pages for experiment in page.items]
    assert together == list(shelf.values())[::-1]


def test_another_projects_experiments_are_not_listed(
    metadata: SqlMetadata, other_project: Project, shelf: dict[str, Experiment]
) -> None:
    assert shelf
    assert names(metadata, other_project, ExperimentListing(now=NOW)) == []


def test_a_page_takes_four_queries_however_long_it_is(
    metadata: SqlMetadata,
    project: Project,
    shelf: dict[str, Experiment],
    statements: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    with metadata.reading() as repositories, statements() as sent:
        page = repositories.experiments.page(project.id, ExperimentListing(now=NOW))
    assert len(page.items) == len(shelf)
    assert len([statement for statement in sent if "SELECT" in statement]) == 4
