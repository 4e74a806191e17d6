"""Holdouts, saved metrics, their links to experiments, and web experiments."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from splitplot.accounts.access import Sight
from splitplot.accounts.model import Project, User, UserId
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.adapters.metadata.flag_source import MetadataFlagSource
from splitplot.errors import NotFound
from splitplot.experiments.lifecycle.request import ExperimentRequest
from splitplot.experiments.model import (
    ExperimentId,
    ExperimentType,
    Holdout,
    HoldoutId,
    SavedMetric,
    SavedMetricId,
)
from splitplot.experiments.sharing.links import LinkRequest
from splitplot.ports.repositories import ExperimentListing
from splitplot.services.experiments import ExperimentService
from splitplot.services.sharing.holdouts import HoldoutService
from splitplot.services.sharing.saved_metrics import SavedMetricService
from splitplot.services.sharing.web_experiments import WebExperimentService
from tests.factories import (
    NOON,
    a_flag,
    a_holdout,
    a_mean_metric,
    a_metric_link,
    a_saved_metric,
    an_experiment,
)

Statements = Callable[[], AbstractContextManager[list[str]]]
HOUR = timedelta(hours=1)
ODD_INSTANT = NOON + timedelta(microseconds=123457)


class NoonClock:
    def now(self) -> datetime:
        return NOON


def add_holdout(metadata: SqlMetadata, holdout: Holdout) -> Holdout:
    with metadata.transaction() as repositories:
        return repositories.holdouts.add(holdout)


def add_metric(metadata: SqlMetadata, metric: SavedMetric) -> SavedMetric:
    with metadata.transaction() as repositories:
        return repositories.saved_metrics.add(metric)


def test_every_field_of_a_holdout_comes_back(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    given = a_holdout(
        id=HoldoutId(99),
        project_id=project.id,
        name="Größe 🧪",
        description="d",
        groups=({"rollout_percentage": 0.1, "own": [None]}, {"rollout_percentage": 100}),
        created_at=ODD_INSTANT,
        updated_at=ODD_INSTANT + HOUR,
        created_by_id=user.id,
    )
    stored = add_holdout(metadata, given)
    assert stored == replace(given, id=HoldoutId(1))
    changed = replace(stored, name="N", description=None, groups=({"rollout_percentage": 2},))
    with metadata.transaction() as repositories:
        assert repositories.holdouts.save(changed) == changed
    with metadata.reading() as repositories:
        assert repositories.holdouts.find(project.id, stored.id) == changed


def test_holdouts_of_a_project_are_listed_newest_first(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    old, young, twin = (
        add_holdout(metadata, a_holdout(project_id=project.id, created_at=at))
        for at in (NOON - HOUR, NOON, NOON)
    )
    add_holdout(metadata, a_holdout(project_id=other_project.id))
    with metadata.reading() as repositories:
        holdouts = repositories.holdouts
        assert holdouts.listed(project.id, limit=9, offset=0) == (twin, young, old)
        assert holdouts.listed(project.id, limit=1, offset=1) == (young,)
        assert holdouts.count(project.id) == 3
        assert holdouts.find_many(project.id, [old.id, twin.id]) == {old.id: old, twin.id: twin}
        assert holdouts.find_many(other_project.id, [old.id]) == {}
        assert holdouts.find(other_project.id, old.id) is None
        assert holdouts.find(project.id, HoldoutId(2**70)) is None


def test_a_holdout_is_changed_and_removed_in_its_project_alone(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    holdout = add_holdout(metadata, a_holdout(project_id=project.id))
    with metadata.transaction() as repositories:
        with pytest.raises(NotFound):
            repositories.holdouts.save(replace(holdout, project_id=other_project.id, name="N"))
        repositories.holdouts.remove(other_project.id, holdout.id)
        assert repositories.holdouts.find(project.id, holdout.id) == holdout
        repositories.holdouts.remove(project.id, holdout.id)
        assert repositories.holdouts.find(project.id, holdout.id) is None
    again = add_holdout(metadata, holdout)
    assert again.id > holdout.id


def test_every_field_of_a_saved_metric_comes_back(
    metadata: SqlMetadata, project: Project, user: User
) -> None:
    given = a_saved_metric(
        id=SavedMetricId(99),
        project_id=project.id,
        name="Größe 🧪",
        description="",
        query={**a_mean_metric(), "own": [1.5, None]},
        tags=("a", "ä"),
        created_at=ODD_INSTANT,
        updated_at=ODD_INSTANT + HOUR,
        created_by_id=user.id,
    )
    stored = add_metric(metadata, given)
    assert stored == replace(given, id=SavedMetricId(1))
    changed = replace(stored, name="N", description=None, tags=(), query=a_mean_metric())
    with metadata.transaction() as repositories:
        assert repositories.saved_metrics.save(changed) == changed
    with metadata.reading() as repositories:
        assert repositories.saved_metrics.find(project.id, stored.id) == changed


def test_saved_metrics_are_found_and_ordered_by_name_whatever_its_case(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    b, a, c = (
        add_metric(metadata, a_saved_metric(project_id=project.id, name=name))
        for name in ("b", "A", "Größe")
    )
    elsewhere = add_metric(metadata, a_saved_metric(project_id=other_project.id, name="B"))
    with metadata.reading() as repositories:
        metrics = repositories.saved_metrics
        assert metrics.listed(project.id, limit=9, offset=0) == (a, b, c)
        assert metrics.listed(project.id, limit=1, offset=1) == (b,)
        assert (metrics.count(project.id), metrics.count(other_project.id)) == (3, 1)
        assert metrics.find_by_name(project.id, "GRÖSSE") == c
        assert metrics.find_by_name(other_project.id, "b") == elsewhere
        assert metrics.find_by_name(other_project.id, "a") is None
        assert metrics.find_many(project.id, [a.id, elsewhere.id]) == {a.id: a}


def test_a_saved_metric_is_changed_and_removed_in_its_project_alone(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    metric = add_metric(metadata, a_saved_metric(project_id=project.id))
    with metadata.transaction() as repositories:
        foreign = replace(metric, project_id=other_project.id, name="N")
        with pytest.raises(NotFound):
            repositories.saved_metrics.save(foreign)
        repositories.saved_metrics.remove(other_project.id, metric.id)
        assert repositories.saved_metrics.find(project.id, metric.id) == metric


def test_links_come_back_with_the_metric_as_it_is_now(
    metadata: SqlMetadata, project: Project
) -> None:
    metrics = [
        add_metric(metadata, a_saved_metric(project_id=project.id, name=name)) for name in "abc"
    ]
    links = tuple(
        a_metric_link(metric, role, created_at=ODD_INSTANT)
        for metric, role in ((metrics[1], "secondary"), (metrics[0], "primary"))
    )
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        experiment = repositories.experiments.add(an_experiment(flag=flag, saved_metrics=links))
        other = repositories.experiments.add(an_experiment(flag=flag, saved_metrics=links))
    kept = experiment.saved_metrics
    assert [replace(link, id=links[0].id) for link in kept] == list(links)
    assert 0 < kept[0].id < kept[1].id
    renamed = replace(metrics[0], name="New", query=a_mean_metric(uuid="u", event="refund"))
    with metadata.transaction() as repositories:
        repositories.saved_metrics.save(renamed)
        found = repositories.experiments.find(project.id, experiment.id)
        assert found is not None
        assert found.saved_metrics == (kept[0], replace(kept[1], metric=renamed))
        # What is there stays, what is new comes behind it, what is not named goes.
        wanted = (found.saved_metrics[1], a_metric_link(metrics[2], created_at=NOON))
        stored = repositories.experiments.save(replace(found, saved_metrics=wanted))
        assert stored.saved_metrics[0] == wanted[0]
        assert replace(stored.saved_metrics[1], id=wanted[1].id) == wanted[1]
        repositories.saved_metrics.remove(project.id, renamed.id)
        left = repositories.experiments.find(project.id, experiment.id)
        assert left is not None
        assert left.saved_metrics == stored.saved_metrics[1:]
        untouched = repositories.experiments.find(project.id, other.id)
        assert untouched is not None
        assert [link.metric.id for link in untouched.saved_metrics] == [metrics[1].id]


def test_a_removed_experiment_leaves_its_flag_and_the_metrics(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    metric = add_metric(metadata, a_saved_metric(project_id=project.id))
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        experiment = repositories.experiments.add(
            an_experiment(flag=flag, saved_metrics=(a_metric_link(metric),))
        )
        before = repositories.flags.revisions()[project.id]
        repositories.experiments.remove(other_project.id, experiment.id)
        assert repositories.experiments.find(project.id, experiment.id) == experiment
        repositories.experiments.remove(project.id, experiment.id)
        assert repositories.experiments.find(project.id, experiment.id) is None
        assert repositories.flags.find(project.id, flag.id) == flag
        assert repositories.saved_metrics.find(project.id, metric.id) == metric
        assert repositories.flags.revisions()[project.id] > before


def test_every_experiment_in_a_holdout_is_found(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())
        inside = [
            repositories.experiments.add(
                an_experiment(flag=flag, holdout_id=HoldoutId(3), archived=archived, deleted=gone)
            )
            for archived, gone in ((False, False), (True, False), (False, True))
        ]
        repositories.experiments.add(an_experiment(flag=flag, holdout_id=HoldoutId(4)))
        repositories.experiments.add(an_experiment(flag=flag))
        assert repositories.experiments.in_holdout(project.id, HoldoutId(3)) == tuple(inside)
        assert repositories.experiments.in_holdout(other_project.id, HoldoutId(3)) == ()


def test_web_experiments_are_told_from_the_others(
    metadata: SqlMetadata, project: Project, other_project: Project
) -> None:
    web = an_experiment(type=ExperimentType.WEB, web_variants={"control": {"transforms": []}})
    with metadata.transaction() as repositories:
        flag = repositories.flags.add(project.id, a_flag())

        def add(**changes: object) -> int:
            given = replace(web, flag=flag, **changes)  # type: ignore[arg-type] # as given
            return repositories.experiments.add(given).id

        old, young = add(created_at=NOON - HOUR), add()
        archived, running = add(archived=True), add(start_date=NOON)
        ended = add(start_date=NOON - HOUR, end_date=NOON)
        add(deleted=True)
        add(type=None)
        add(type=ExperimentType.PRODUCT)
        page = repositories.experiments.web_page(project.id, limit=3, offset=0)
        assert ([one.id for one in page.items], page.count) == ([ended, running, archived], 5)
        rest = repositories.experiments.web_page(project.id, limit=3, offset=3)
        assert [one.id for one in rest.items] == [young, old]
        live = repositories.experiments.live_web(project.id)
        assert [one.id for one in live] == [running, young, old]
        assert live[0].web_variants == web.web_variants
        sight = Sight(shows_others=False, exceptions=frozenset({old, ended}), user_id=UserId(9))
        seen = repositories.experiments.web_page(project.id, limit=3, offset=0, sight=sight)
        assert ([one.id for one in seen.items], seen.count) == ([ended, old], 2)
        assert repositories.experiments.live_web(other_project.id) == ()
        assert repositories.experiments.web_page(other_project.id, limit=3, offset=0).count == 0
        stored = repositories.experiments.find(project.id, ExperimentId(young))
        assert stored is not None
        assert repositories.experiments.save(replace(stored, web_variants=None)) == replace(
            stored, web_variants=None
        )


def test_longer_lists_take_no_more_queries(
    metadata: SqlMetadata, project: Project, user: User, statements: Statements
) -> None:
    source, clock = MetadataFlagSource(metadata), NoonClock()
    holdouts = HoldoutService(metadata=metadata, flag_source=source, clock=clock)
    metrics = SavedMetricService(metadata=metadata, clock=clock)
    web = WebExperimentService(metadata=metadata, flag_source=source, clock=clock)
    experiments = ExperimentService(metadata=metadata, flag_source=source, clock=clock)

    def fill(name: str) -> None:
        holdout = holdouts.create(
            project, {"name": name, "groups": ({"rollout_percentage": 5},)}, actor=user
        ).holdout
        metric = metrics.create(project, {"name": name, "query": a_mean_metric()}, actor=user)
        link = LinkRequest(metric_id=metric.metric.id, metadata={"type": "primary"})
        request = ExperimentRequest(
            values={"name": name, "holdout_id": holdout.id}, flag_key=name, saved_metrics=(link,)
        )
        experiments.create(project, request, actor=user)
        variants = {"control": {"rollout_percentage": 100}}
        web.create(project, {"name": name, "variants": variants}, actor=user)

    def queries() -> list[int]:
        counts = []
        asks: list[Callable[[], object]] = [
            lambda: experiments.page(project.id, ExperimentListing(now=NOON)),
            lambda: holdouts.page(project.id, limit=100, offset=0),
            lambda: metrics.page(project.id, limit=100, offset=0),
            lambda: web.page(project.id, limit=100, offset=0),
        ]
        for ask in asks:
            with statements() as sent:
                ask()
            counts.append(len(sent))
        return counts

    fill("first")
    few = queries()
    for number in range(8):
        fill(f"more{number}")
    assert queries() == few


def test_what_is_live_is_read_again_only_after_a_change(
    metadata: SqlMetadata, project: Project, statements: Statements
) -> None:
    source = MetadataFlagSource(metadata)
    web = WebExperimentService(metadata=metadata, flag_source=source, clock=NoonClock())
    variants = {"control": {"rollout_percentage": 100}}
    first = web.create(project, {"name": "a", "variants": variants}, actor=None)

    def live() -> list[int]:
        return [one.id for one in web.live(project.api_token)]

    assert live() == [first.id]
    with statements() as sent:
        assert live() == [first.id]
    assert sent == []
    second = web.create(project, {"name": "b", "variants": variants}, actor=None)
    assert live() == [second.id, first.id]
    web.remove(project, second.id, actor=None)
    assert live() == [first.id]


def test_saved_metrics_and_holdouts_know_their_experiments(
    metadata: SqlMetadata, project: Project
) -> None:
    metric = add_metric(metadata, a_saved_metric(project_id=project.id, name="used"))
    unused = add_metric(metadata, a_saved_metric(project_id=project.id, name="unused"))
    holdout = add_holdout(metadata, a_holdout(project_id=project.id))
    empty = add_holdout(metadata, a_holdout(project_id=project.id))
    with metadata.transaction() as repositories:
        made = []
        for number, is_deleted in enumerate((False, True, False)):
            flag = repositories.flags.add(project.id, a_flag(key=f"f{number}"))
            experiment = an_experiment(
                project_id=project.id,
                flag=flag,
                created_at=NOON - number * HOUR,
                holdout_id=holdout.id,
                saved_metrics=(a_metric_link(metric=metric),),
                deleted=is_deleted,
            )
            made.append(repositories.experiments.add(experiment).id)
    with metadata.reading() as repositories:
        used = repositories.saved_metrics.experiments(project.id, (metric.id, unused.id))
        held = repositories.holdouts.experiments(project.id, (holdout.id, empty.id))
    assert used == {metric.id: (made[2], made[0])}
    assert held == {holdout.id: (made[2], made[0])}
