from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from splitplot.accounts.model import UserId
from splitplot.errors import InvalidInput
from splitplot.experiments.model import SavedMetricId
from splitplot.experiments.sharing.saved_metrics import (
    changed_saved_metric,
    check_name,
    check_query_actions,
    checked_query,
    made_saved_metric,
    normal_tags,
)
from tests.factories import NOON, PROJECT_ID, a_mean_metric, a_saved_metric

LATER = NOON + timedelta(days=1)
NODE: dict[str, Any] = {"kind": "EventsNode", "event": "paid"}
MEAN: dict[str, Any] = {"kind": "ExperimentMetric", "metric_type": "mean", "source": NODE}
LEGACY = (
    "Legacy metric kind '{}' is no longer supported for new saved metrics. "
    "Use 'ExperimentMetric' instead."
)


def test_a_metric_is_kept_as_it_was_sent() -> None:
    assert checked_query(MEAN) is MEAN


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "Query is required to create a saved metric"),
        ({"kind": "ExperimentTrendsQuery"}, LEGACY.format("ExperimentTrendsQuery")),
        ({"kind": "ExperimentFunnelsQuery"}, LEGACY.format("ExperimentFunnelsQuery")),
        ({"kind": "TrendsQuery"}, "Metric query kind must be 'ExperimentMetric'"),
        ({"metric_type": "mean"}, "Metric query kind must be 'ExperimentMetric'"),
        ({"kind": ["ExperimentMetric"]}, "Metric query kind must be 'ExperimentMetric'"),
        ({"kind": "ExperimentMetric"}, "ExperimentMetric requires a metric_type"),
        (
            {"kind": "ExperimentMetric", "metric_type": None},
            "ExperimentMetric requires a metric_type",
        ),
        (
            {"kind": "ExperimentMetric", "metric_type": "median"},
            "ExperimentMetric metric_type must be 'mean', 'funnel', 'ratio', or 'retention'",
        ),
        (
            {"kind": "ExperimentMetric", "metric_type": ["mean"]},
            "ExperimentMetric metric_type must be 'mean', 'funnel', 'ratio', or 'retention'",
        ),
    ],
)
def test_a_query_that_is_no_metric_is_refused(query: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_query(query)
    assert (refused.value.message, refused.value.attr) == (message, "query")


def test_a_refusal_lists_what_is_wrong_with_the_shape() -> None:
    ratio: dict[str, Any] = {
        "kind": "ExperimentMetric",
        "metric_type": "ratio",
        "denominator": NODE,
    }
    with pytest.raises(InvalidInput) as refused:
        checked_query(ratio)
    assert "'loc': ('numerator',), 'msg': 'Field required'" in refused.value.message
    assert refused.value.attr == "query"


def test_an_action_has_to_exist_to_be_measured() -> None:
    action = {**MEAN, "source": {"kind": "ActionsNode", "id": 5}}
    check_query_actions(checked_query(action), known={5})
    with pytest.raises(InvalidInput, match=r"Action\(s\) with ID 5 not found") as refused:
        check_query_actions(action, known={4})
    assert refused.value.attr == "query"


def test_tags_are_trimmed_lowered_and_told_once() -> None:
    assert normal_tags([" Growth", "ÄRGER", "growth", "", "  "]) == ("growth", "ärger")


@pytest.mark.parametrize(
    ("sent", "uuid"), [({}, "new"), ({"uuid": ""}, "new"), ({"uuid": "own"}, "own")]
)
def test_a_new_metric_has_a_uuid(sent: dict[str, Any], uuid: str) -> None:
    query = {**MEAN, **sent}
    made = made_saved_metric(
        {"name": "M", "query": query},
        project_id=PROJECT_ID,
        author=UserId(7),
        new_uuid=lambda: "new",
        now=NOON,
    )
    assert made == a_saved_metric(
        id=SavedMetricId(0), name="M", query={**query, "uuid": uuid}, created_by_id=UserId(7)
    )


def test_a_metric_is_known_by_its_uuid_for_ever() -> None:
    metric = a_saved_metric(query=a_mean_metric(uuid="u"), description="d", tags=("a",))
    changed = changed_saved_metric(metric, {"query": MEAN}, now=LATER)
    assert changed == replace(metric, query={**MEAN, "uuid": "u"}, updated_at=LATER)
    again = changed_saved_metric(metric, {"query": {**MEAN, "uuid": "u"}}, now=LATER)
    assert again == changed
    with pytest.raises(InvalidInput, match="Saved metric UUID cannot be changed") as refused:
        changed_saved_metric(metric, {"query": {**MEAN, "uuid": "v"}}, now=LATER)
    assert refused.value.attr == "query"


def test_what_is_not_named_stays() -> None:
    metric = a_saved_metric(description="d", tags=("a",))
    changed = changed_saved_metric(metric, {"description": None, "tags": ()}, now=LATER)
    assert changed == replace(metric, description=None, tags=(), updated_at=LATER)


def test_a_name_belongs_to_one_metric() -> None:
    metric, other = a_saved_metric(), a_saved_metric(id=SavedMetricId(2))
    check_name(None, None)
    check_name(metric, metric)
    for wanting in (None, other):
        with pytest.raises(InvalidInput) as refused:
            check_name(metric, wanting)
        assert refused.value.message == "A shared metric with this name already exists."
        assert refused.value.attr == "name"
