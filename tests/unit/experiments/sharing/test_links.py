from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.creation import Circumstances, new_experiment
from splitplot.experiments.lifecycle.request import ExperimentRequest, Values
from splitplot.experiments.lifecycle.updates import Moment, updated
from splitplot.experiments.model import (
    Experiment,
    ExperimentType,
    HoldoutId,
    MetricLink,
    MetricLinkId,
    SavedMetricId,
)
from splitplot.experiments.sharing.links import (
    LinkRequest,
    Shared,
    checked_link,
    linked,
    measured_metrics,
)
from tests.factories import (
    NOON,
    a_flag,
    a_holdout,
    a_mean_metric,
    a_metric_link,
    a_project,
    a_saved_metric,
    an_experiment,
    flag_filters,
)

LATER = NOON + timedelta(days=1)
A, B = (a_saved_metric(id=SavedMetricId(number)) for number in (1, 2))
METRICS = {metric.id: metric for metric in (A, B)}
UNIQUE = "Saved metric does not exist or does not belong to this project"
OWN, OTHER = a_mean_metric(uuid="own"), a_mean_metric(uuid="other")
HOLDOUT = a_holdout()
HELD_OUT = {"id": 1, "exclusion_percentage": 10}
SHARED = Shared(holdout=HOLDOUT, saved_metrics=METRICS)


def asked(number: int, role: str = "primary") -> LinkRequest:
    return LinkRequest(metric_id=SavedMetricId(number), metadata={"type": role})


def stored(number: int, metric: int, role: str = "primary") -> MetricLink:
    return a_metric_link(METRICS[SavedMetricId(metric)], role, id=MetricLinkId(number))


def made(links: tuple[LinkRequest, ...] | None = None, **values: Any) -> Experiment:  # noqa: ANN401
    given: Values = {"name": "E", **values}  # type: ignore[typeddict-item] # as given
    around = Circumstances(
        project=a_project(), author=None, now=NOON, new_uuid=lambda: "new", shared=SHARED
    )
    request = ExperimentRequest(values=given, flag_key="e", saved_metrics=links)
    return new_experiment(request, None, around)


def change(
    experiment: Experiment,
    links: tuple[LinkRequest, ...] | None = None,
    shared: Shared = SHARED,
    **values: Any,  # noqa: ANN401 - as given
) -> Experiment:
    given: Values = {**values}  # type: ignore[typeddict-item] # as given
    moment = Moment(now=LATER, new_uuid=lambda: "new", shared=shared)
    return updated(experiment, ExperimentRequest(values=given, saved_metrics=links), moment)


@pytest.mark.parametrize(
    ("item", "metadata"),
    [
        ({"id": 2}, {"type": "primary"}),
        ({"id": 2, "metadata": None}, {"type": "primary"}),
        ({"id": 2, "metadata": {"type": "tertiary", "own": 1}}, {"type": "tertiary", "own": 1}),
    ],
)
def test_a_saved_metric_is_primary_unless_something_else_is_said(
    item: Any,  # noqa: ANN401 - as sent
    metadata: dict[str, Any],
) -> None:
    assert checked_link(item) == LinkRequest(metric_id=SavedMetricId(2), metadata=metadata)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (7, "Saved metric must be an object"),
        (None, "Saved metric must be an object"),
        ({}, "Saved metric must have an id"),
        ({"id": 1, "metadata": "primary"}, "Metadata must be an object"),
        ({"id": 1, "metadata": {}}, "Metadata must have a type key"),
        ({"id": "1"}, UNIQUE),
        ({"id": None}, UNIQUE),
        ({"id": True}, UNIQUE),
        ({"id": 0}, UNIQUE),
        ({"id": 2**31}, UNIQUE),
    ],
)
def test_an_item_that_names_no_metric_is_refused(item: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInput) as refused:
        checked_link(item)
    assert (refused.value.message, refused.value.attr) == (message, "saved_metrics_ids")


@pytest.mark.parametrize("numbers", [(3,), (1, 3), (1, 1)])
def test_a_metric_that_does_not_exist_or_comes_twice_is_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput) as refused:
        linked(tuple(map(asked, numbers)), METRICS, now=NOON)
    assert (refused.value.message, refused.value.attr) == (UNIQUE, "saved_metrics_ids")


def test_links_are_replaced_all_together_unless_they_are_the_same() -> None:
    before = (stored(8, 1), stored(9, 2, "secondary"))
    same = (asked(1), asked(2, "secondary"))
    assert linked(same, METRICS, before=before, now=LATER) is before
    for other in (same[:1], same[::-1], (asked(1, "secondary"), same[1])):
        links = linked(other, METRICS, before=before, now=LATER)
        assert [(link.metric.id, link.metadata) for link in links] == [
            (one.metric_id, one.metadata) for one in other
        ]
        assert {(link.id, link.created_at) for link in links} == {(0, LATER)}


def test_every_role_but_primary_is_secondary() -> None:
    links = (stored(1, 1, "tertiary"), stored(2, 2))
    experiment = an_experiment(metrics=(OWN,), metrics_secondary=(OTHER,), saved_metrics=links)
    assert measured_metrics(experiment, primary=True) == (OWN, B.query)
    assert measured_metrics(experiment, primary=False) == (OTHER, A.query)


def test_a_new_experiment_orders_saved_metrics_behind_its_own() -> None:
    experiment = made((asked(1), asked(2, "secondary")), metrics=(OWN,))
    assert experiment.primary_metrics_order == ("own", "saved-1")
    assert experiment.secondary_metrics_order == ("saved-2",)
    given = made((asked(1),), metrics=(OWN,), primary_metrics_order=("x", "saved-1"))
    assert given.primary_metrics_order == ("x", "saved-1", "own")
    assert given.secondary_metrics_order is None


DRAFT = an_experiment(
    flag=a_flag(filters=flag_filters("control", "test")),
    metrics=(OWN,),
    saved_metrics=(stored(8, 1),),
    primary_metrics_order=("saved-1", "own"),
)


def test_links_that_are_not_mentioned_stay() -> None:
    assert change(DRAFT, name="N").saved_metrics is DRAFT.saved_metrics


def test_the_order_follows_the_links() -> None:
    swapped = change(DRAFT, (asked(2),))
    assert swapped.primary_metrics_order == ("own", "saved-2")
    assert swapped.secondary_metrics_order is None
    moved = change(DRAFT, (asked(1, "secondary"),))
    assert moved.primary_metrics_order == ("own",)
    assert moved.secondary_metrics_order == ("saved-1",)
    assert change(DRAFT, ()).primary_metrics_order == ("own",)


def test_an_order_may_be_given_together_with_the_links() -> None:
    after = change(DRAFT, (asked(1), asked(2)), primary_metrics_order=("saved-2", "own"))
    assert after.primary_metrics_order == ("saved-2", "own", "saved-1")


def test_other_metrics_of_the_list_leave_saved_ones_where_they_are() -> None:
    after = change(DRAFT, metrics=(OTHER,))
    assert after.primary_metrics_order == ("saved-1", "other")


def test_a_metric_keeps_its_place_when_it_is_no_longer_shared_or_becomes_so() -> None:
    own_now = change(DRAFT, (), metrics=(OWN, a_mean_metric(uuid="saved-1")))
    assert own_now.primary_metrics_order == ("saved-1", "own")
    shared_now = change(own_now, (asked(1),), metrics=(OWN,))
    assert shared_now.primary_metrics_order == ("saved-1", "own")


@pytest.mark.parametrize(
    ("order", "message"), [(("own",), "is missing UUIDs: ['saved-1']"), (None, "is null but")]
)
def test_an_order_without_a_saved_metric_is_refused(order: Any, message: str) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInput) as refused:
        change(DRAFT, primary_metrics_order=order)
    assert refused.value.message.startswith(f"primary_metrics_ordered_uuids {message}")


def test_links_cannot_be_changed_while_metrics_are_legacy() -> None:
    legacy = ({"kind": "ExperimentTrendsQuery", "uuid": "own"},)
    with pytest.raises(InvalidInput, match=r"Cannot update: saved_metrics_ids$"):
        change(replace(DRAFT, metrics=legacy), ())


def test_a_new_flag_keeps_the_holdout_out() -> None:
    assert made(holdout_id=HoldoutId(1)).flag.filters["holdout"] == HELD_OUT
    missing = Shared(saved_metrics=METRICS)
    with pytest.raises(InvalidInput) as refused:
        change(DRAFT, shared=missing, holdout_id=HoldoutId(123456))
    assert refused.value.message == 'Invalid pk "123456" - object does not exist.'
    assert (refused.value.code, refused.value.attr) == ("does_not_exist", "holdout_id")


def test_the_flag_of_a_draft_follows_its_holdout() -> None:
    held = change(DRAFT, holdout_id=HoldoutId(1))
    assert held.holdout_id == 1
    assert held.flag.filters["holdout"] == HELD_OUT
    assert held.flag.filters["groups"] == DRAFT.flag.filters["groups"]
    freed = change(held, shared=Shared(), holdout_id=None)
    assert freed.holdout_id is None
    assert freed.flag.filters["holdout"] is None


def test_parameters_of_a_draft_bring_its_holdout_along() -> None:
    split = {"rollout_percentage": 50}
    held = change(replace(DRAFT, holdout_id=HoldoutId(1)), parameters=split)
    assert held.flag.filters["holdout"] == HELD_OUT
    foreign = {**DRAFT.flag.filters, "holdout": {"id": 9, "exclusion_percentage": 1}}
    on_shared_flag = replace(DRAFT, flag=replace(DRAFT.flag, filters=foreign))
    kept = change(on_shared_flag, shared=Shared(), parameters=split)
    assert kept.flag.filters["holdout"] == foreign["holdout"]


def test_the_same_holdout_may_be_named_after_the_launch_and_writes_nothing() -> None:
    running = replace(DRAFT, start_date=NOON, holdout_id=HoldoutId(1))
    assert change(running, holdout_id=HoldoutId(1)).flag is running.flag


def test_a_web_experiment_has_the_variants_of_its_flag() -> None:
    assert made(type=ExperimentType.WEB).web_variants == {
        "control": {"rollout_percentage": 50},
        "test": {"rollout_percentage": 50},
    }
    assert made().web_variants is None
