"""Copies of experiments."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.copies import (
    CopyRequest,
    copied_elsewhere,
    duplicated,
    name_of_copy,
    uses_legacy_metrics,
)
from splitplot.experiments.lifecycle.creation import Circumstances
from splitplot.experiments.model import (
    Conclusion,
    Experiment,
    HoldoutId,
    MetricLink,
    MetricLinkId,
    SavedMetric,
    SavedMetricId,
)
from splitplot.filters.model import Properties
from splitplot.flags.model import FlagId
from tests.factories import (
    NOON,
    PROJECT_ID,
    USER_ID,
    a_flag,
    a_mean_metric,
    a_project,
    an_experiment,
    flag_filters,
)

LATER = NOON + timedelta(days=9)
AROUND = Circumstances(
    project=a_project(), author=USER_ID, now=LATER, new_uuid=lambda: "never asked for"
)
LEGACY: Properties = {"kind": "ExperimentFunnelsQuery"}


def a_link(uuid: str = "shared", *, kind: str = "ExperimentMetric") -> MetricLink:
    metric = SavedMetric(
        id=SavedMetricId(5),
        project_id=PROJECT_ID,
        name="Shared",
        query={**a_mean_metric(uuid=uuid), "kind": kind},
        created_at=NOON,
        updated_at=NOON,
    )
    return MetricLink(
        id=MetricLinkId(8), metric=metric, metadata={"type": "secondary"}, created_at=NOON
    )


def a_source(**changes: object) -> Experiment:
    return replace(
        an_experiment(
            name="A",
            start_date=NOON,
            end_date=NOON,
            conclusion=Conclusion.WON,
            conclusion_comment="at last",
            holdout_id=HoldoutId(3),
            exposure_cohort_id=4,
            frozen_cohort_id=5,
            archived=True,
            metrics=(a_mean_metric(uuid="own"),),
            primary_metrics_order=("own",),
            secondary_metrics_order=("shared",),
            folder="checkout",
        ),
        saved_metrics=(a_link(),),
        **changes,  # type: ignore[arg-type]
    )


def test_a_copy_keeps_the_question_and_nothing_of_the_answer() -> None:
    source = a_source(excluded_variants=("test",))
    copy = duplicated(source, CopyRequest(), None, AROUND, name="B")
    assert (copy.id, copy.name, copy.created_by_id) == (0, "B", USER_ID)
    assert (copy.created_at, copy.updated_at) == (LATER, LATER)
    for field in ("start_date", "end_date", "conclusion", "conclusion_comment", "holdout_id"):
        assert getattr(copy, field) is None
    assert (copy.exposure_cohort_id, copy.frozen_cohort_id, copy.archived) == (None, None, False)
    for field in ("flag", "parameters", "primary_metrics_order", "secondary_metrics_order"):
        assert getattr(copy, field) == getattr(source, field)
    assert (copy.folder, copy.excluded_variants) == ("checkout", ("test",))
    (link,) = copy.saved_metrics
    assert link == replace(source.saved_metrics[0], id=MetricLinkId(0), created_at=LATER)
    (metric,) = copy.metrics
    assert metric["uuid"] == "own"
    assert metric["fingerprint"] != source.metrics[0].get("fingerprint")


def test_the_key_of_the_sources_flag_is_that_flag() -> None:
    source = a_source()
    request = CopyRequest(flag_key=source.flag.key)
    assert duplicated(source, request, source.flag, AROUND, name="B").flag is source.flag


def test_a_deleted_flag_is_not_shared() -> None:
    source = a_source(flag=a_flag(deleted=True))
    with pytest.raises(InvalidInput) as refused:
        duplicated(source, CopyRequest(), None, AROUND, name="B")
    assert refused.value.attr == "feature_flag_key"
    made = duplicated(source, CopyRequest(flag_key="new"), None, AROUND, name="B").flag
    assert (made.key, made.deleted) == ("new", False)


def test_another_flag_brings_its_variants() -> None:
    source = a_source(
        parameters={"minimum_detectable_effect": 5}, excluded_variants=("a", "unknown")
    )
    other = a_flag(id=FlagId(9), key="other", filters=flag_filters("control", "a"))
    copy = duplicated(source, CopyRequest(flag_key="other"), other, AROUND, name="B")
    assert copy.flag is other
    assert copy.excluded_variants == ("a",)
    assert copy.parameters is not None
    assert copy.parameters["minimum_detectable_effect"] == 5
    split: Any = other.filters["multivariate"]
    assert copy.parameters["feature_flag_variants"] == split["variants"]


@pytest.mark.parametrize("variants", [("control",), ("a", "b")])
def test_another_flag_has_to_fit(variants: tuple[str, ...]) -> None:
    other = a_flag(key="other", filters=flag_filters(*variants))
    with pytest.raises(InvalidInput):
        duplicated(a_source(), CopyRequest(flag_key="other"), other, AROUND, name="B")


def test_a_new_flag_has_the_variants_of_the_parameters_or_else_of_the_old_flag() -> None:
    split = [
        {"key": "control", "rollout_percentage": 30},
        {"key": "x", "rollout_percentage": 70},
    ]
    request = CopyRequest(flag_key="new")
    said = a_source(parameters={"feature_flag_variants": split})
    told = duplicated(said, request, None, AROUND, name="B").flag
    assert told.filters["multivariate"] == {"variants": split}
    assert (told.id, told.active, told.name) == (0, False, "Feature Flag for Experiment B")
    silent = a_source(flag=a_flag(filters=flag_filters("control", "a", "b", "c")))
    taken = duplicated(silent, request, None, AROUND, name="B").flag
    assert taken.filters["multivariate"] == silent.flag.filters["multivariate"]


def test_what_is_shared_in_one_project_stays_there() -> None:
    source = a_source(
        primary_metrics_order=("own", "shared"), secondary_metrics_order=None, flag=a_flag()
    )
    target = replace(AROUND, project=a_project(api_token="phc_other"))
    copy = copied_elsewhere(source, "new", target, name="B")
    assert copy.saved_metrics == ()
    assert (copy.primary_metrics_order, copy.secondary_metrics_order) == (("own",), None)
    assert (copy.flag.key, copy.flag.id, copy.folder) == ("new", 0, None)


def test_names_are_counted_up_until_one_is_free() -> None:
    source = a_source()
    taken = {"A (Copy)", "A (Copy) 1", "A (Copy) 3"}
    assert name_of_copy(source, CopyRequest(), taken=()) == "A (Copy)"
    assert name_of_copy(source, CopyRequest(), taken=taken) == "A (Copy) 2"
    assert name_of_copy(source, CopyRequest(name="A (Copy)"), taken=taken) == "A (Copy)"


def test_old_kinds_of_metrics_are_found_in_every_list() -> None:
    assert not uses_legacy_metrics(a_source())
    assert uses_legacy_metrics(a_source(metrics=(LEGACY,)))
    assert uses_legacy_metrics(a_source(metrics_secondary=(LEGACY,)))
    shared = replace(a_source(), saved_metrics=(a_link(kind="ExperimentTrendsQuery"),))
    assert uses_legacy_metrics(shared)
