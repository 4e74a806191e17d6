"""What clients write into an experiment is what they read, by every way to write it."""

import pytest

from tests.api.management import Experiments, Json, broken_rule, made, mean_metric

pytestmark = pytest.mark.both_databases

# Each differs from what an experiment has without being told.
WRITTEN: Json = {
    "name": "Checkout button \N{ROCKET}",
    "description": "Why:\nbecause",
    "start_date": "2024-02-10T00:00:00.123456Z",
    "end_date": "2024-03-10T00:00:00Z",
    "parameters": {
        "minimum_detectable_effect": 20,
        "recommended_running_time": 14.5,
        "recommended_sample_size": 3000,
        "own": [1, {"deep": None}],
    },
    "secondary_metrics": [{"name": "n", "filters": {"events": [{"id": "a"}]}}],
    "filters": {"insight": "TRENDS", "events": [{"id": "$pageview"}]},
    "archived": True,
    "exposure_criteria": {
        "filterTestAccounts": False,
        "exposure_config": {"event": "seen", "properties": []},
        "multiple_variant_handling": "first_seen",
        "own": {"kept": True},
    },
    "stats_config": {"method": "frequentist", "frequentist": {"alpha": 0.1}, "own": 1},
    "scheduling_config": {"timeseries": True, "own": 2},
    "conclusion": "stopped_early",
    "conclusion_comment": "",
    "primary_metrics_ordered_uuids": ["a", "b"],
    "secondary_metrics_ordered_uuids": ["c"],
    "exposure_preaggregation_enabled": False,
    "only_count_matured_users": True,
    "excluded_variants": ["test"],
}


def test_all_fields_read_as_they_were_written(experiments: Experiments) -> None:
    created = experiments.create(**WRITTEN)
    patched, replaced = experiments.create(name="Other"), experiments.create(name="Other")
    assert all(patched[field] != value for field, value in WRITTEN.items())
    body = {"feature_flag_key": replaced["feature_flag_key"], **WRITTEN}
    answers = [
        created,
        experiments.patch(patched, **WRITTEN),
        made(experiments.stack.client.put(experiments.url(replaced), json=body)),
    ]
    for answer in answers:
        assert {field: answer[field] for field in WRITTEN} == WRITTEN
        assert experiments.get(answer) == answer
        assert answer["status"] == "stopped"
    listed = experiments.listed(archived="true", order="created_at")["results"]
    assert listed == answers


def test_a_field_is_written_alone(experiments: Experiments) -> None:
    for field, value in WRITTEN.items():
        before = experiments.create(name="Other")
        after = experiments.patch(before, **{field: value})
        assert after[field] == value
        # What follows from dates, and the time of the change, are not written.
        follows = {field, "status", "feature_flag", "updated_at"}
        assert {key: after[key] for key in after.keys() - follows} == {
            key: before[key] for key in before.keys() - follows
        }


def test_any_form_of_a_moment_is_read(experiments: Experiments) -> None:
    for sent, read in (
        ("2021-12-01T10:23", "2021-12-01T10:23:00Z"),
        ("2021-12-01", "2021-12-01T00:00:00Z"),
        ("2021-12-01T10:23+02:00", "2021-12-01T08:23:00Z"),
        ("20211201T102300Z", "2021-12-01T10:23:00Z"),
        ("2021-12-01T10:23:01.5Z", "2021-12-01T10:23:01.500000Z"),
    ):
        created = experiments.create(start_date=sent)
        assert created["start_date"] == read
        assert experiments.patch(created, end_date=sent)["end_date"] == read


def test_what_a_change_may_not_write_is_ignored(experiments: Experiments) -> None:
    before = experiments.create(_create_in_folder="Growth")
    after = experiments.patch(
        before,
        id=99,
        created_by=5,
        created_at="2001-01-01",
        updated_at="2001-01-01",
        feature_flag={"key": "other"},
        exposure_cohort=7,
        holdout=4,
        saved_metrics=[1],
        status="running",
        user_access_level="none",
        _create_in_folder="Elsewhere",
        unheard_of=1,
    )
    assert after | {"updated_at": before["updated_at"]} == before


def test_no_two_metrics_have_one_uuid(experiments: Experiments) -> None:
    detail = "Duplicate metric UUID: 'x'. Each metric must have a unique UUID."
    one, other = (mean_metric(event, uuid="x") for event in "ab")
    draft = experiments.create()
    twice: list[Json] = [
        {"metrics": [one, other]},
        {"metrics_secondary": [one, other]},
        {"metrics": [one], "metrics_secondary": [other]},
    ]
    for fields in twice:
        answer = experiments.post(name="n", feature_flag_key="k", **fields)
        assert broken_rule(answer) == detail
        assert broken_rule(experiments.try_patch(draft, **fields)) == detail
    assert experiments.get(draft) == draft
