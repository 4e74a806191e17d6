from dataclasses import replace
from datetime import timedelta

from splitplot.accounts.activity import changes_between
from splitplot.experiments.lifecycle.logged import flag_changes, logged_experiment, logged_flag
from splitplot.experiments.model import MetricLink, MetricLinkId, SavedMetric, SavedMetricId
from splitplot.flags.interchange.secret_payloads import REDACTED
from splitplot.flags.model import Flag
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


def test_that_a_secret_payload_changed_is_told_and_neither_of_the_two_is() -> None:
    def sealed(text: str, **more: object) -> Flag:
        filters = {"groups": [], "payloads": {"true": text}}
        return replace(a_flag(), filters=filters, has_encrypted_payloads=True, **more)  # type: ignore[arg-type]

    shown = {"groups": [], "payloads": {"true": REDACTED}}
    (change,) = flag_changes(sealed("one"), sealed("two"), scope="FeatureFlag")
    assert (change.action, change.field) == ("changed", "filters")
    assert (change.before, change.after) == (shown, shown)
    assert flag_changes(sealed("one"), sealed("one"), scope="FeatureFlag") == ()
    (renamed,) = flag_changes(sealed("one"), sealed("one", name="n"), scope="FeatureFlag")
    assert renamed.field == "name"


def test_a_new_flag_with_a_secret_payload_is_told_without_it() -> None:
    new = replace(a_flag(), filters={"payloads": {"a": "sealed"}}, has_encrypted_payloads=True)
    by_field = {change.field: change for change in flag_changes(None, new, scope="FeatureFlag")}
    assert by_field["filters"].before is None
    assert by_field["filters"].after == {"payloads": {"a": REDACTED}}
    assert by_field["key"].after == new.key


def test_what_was_readable_before_it_was_locked_stays_readable() -> None:
    before = replace(a_flag(), filters={"payloads": {"a": "open"}})
    after = replace(before, filters={"payloads": {"a": "sealed"}}, has_encrypted_payloads=True)
    changes = flag_changes(before, after, scope="FeatureFlag")
    (filters,) = [change for change in changes if change.field == "filters"]
    assert filters.before == {"payloads": {"a": "open"}}
    assert filters.after == {"payloads": {"a": REDACTED}}
