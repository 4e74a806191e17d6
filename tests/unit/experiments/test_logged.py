from dataclasses import replace
from datetime import timedelta

from splitplot.accounts.activity import changes_between
from splitplot.experiments.lifecycle.logged import logged_experiment, logged_flag
from splitplot.experiments.model import MetricLink, MetricLinkId, SavedMetric, SavedMetricId
from tests.factories import NOON, PROJECT_ID, a_flag, an_experiment

LATER = NOON + timedelta(days=1)


def test_what_every_write_changes_is_no_change_of_its_own() -> None:
    flag = a_flag()
    written = replace(flag, version=9, updated_at=LATER, last_modified_by_id=4, has_experiment=True)
    assert logged_flag(written) == logged_flag(flag)
    experiment = an_experiment(flag=flag)
    touched = replace(experiment, flag=written, updated_at=LATER)
    assert logged_experiment(touched) == logged_experiment(experiment)


def test_fields_have_their_names_on_the_wire() -> None:
    before = logged_experiment(an_experiment())
    after = logged_experiment(
        an_experiment(folder="f", primary_metrics_order=("a",), exposure_cohort_id=3)
    )
    changes = changes_between(before, after, scope="Experiment")
    assert {change.field: change.after for change in changes} == {
        "_create_in_folder": "f",
        "primary_metrics_ordered_uuids": ["a"],
        "exposure_cohort": 3,
    }


def test_a_shared_metric_is_named_not_copied() -> None:
    metric = SavedMetric(
        id=SavedMetricId(5),
        project_id=PROJECT_ID,
        name="m",
        query={"kind": "x"},
        created_at=NOON,
        updated_at=NOON,
    )
    link = MetricLink(
        id=MetricLinkId(1), metric=metric, metadata={"type": "primary"}, created_at=NOON
    )
    fields = logged_experiment(replace(an_experiment(), saved_metrics=(link,)))
    assert fields["saved_metrics_ids"] == [{"id": 5, "metadata": {"type": "primary"}}]
    assert "saved_metrics" not in fields
    assert fields["feature_flag_id"] == 1
