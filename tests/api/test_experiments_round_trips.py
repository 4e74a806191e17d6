"""What clients write into an experiment is what they read, by every way to write it."""

import pytest

from tests.api.management import Experiments, Json, made, mean_metric, refusal

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


@pytest.mark.parametrize("field", WRITTEN)
def test_a_field_reads_as_it_was_written(experiments: Experiments, field: str) -> None:
    value = WRITTEN[field]
    created = experiments.create(**{field: value})
    patched = experiments.create(name="Other")
    assert patched[field] != value
    replaced = experiments.create(name="Other")
    needed = {key: replaced[key] for key in ("name", "feature_flag_key")}
    answers = [
        created,
        experiments.patch(patched, **{field: value}),
        made(
            experiments.stack.client.put(experiments.url(replaced), json={**needed, field: value})
        ),
    ]
    for answer in answers:
        assert answer[field] == value
        assert experiments.get(answer)[field] == value
    for query in ({}, {"archived": "true"}):
        for listed in experiments.listed(**query)["results"]:
            assert listed == experiments.get(listed)


def test_all_fields_are_written_at_once(experiments: Experiments) -> None:
    created = experiments.create(**WRITTEN)
    assert {field: created[field] for field in WRITTEN} == WRITTEN
    assert created["status"] == "stopped"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2021-12-01T10:23", "2021-12-01T10:23:00Z"),
        ("2021-12-01", "2021-12-01T00:00:00Z"),
        ("2021-12-01T10:23+02:00", "2021-12-01T08:23:00Z"),
        ("20211201T102300Z", "2021-12-01T10:23:00Z"),
        ("2021-12-01T10:23:01.5Z", "2021-12-01T10:23:01.500000Z"),
    ],
)
def test_any_form_of_a_moment_is_read(experiments: Experiments, sent: str, read: str) -> None:
    assert experiments.create(start_date=sent)["start_date"] == read
    assert experiments.patch(experiments.create(), start_date=sent)["start_date"] == read


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


@pytest.mark.parametrize("field", ["metrics", "metrics_secondary"])
def test_no_two_metrics_have_one_uuid(experiments: Experiments, field: str) -> None:
    detail = "Duplicate metric UUID: 'x'. Each metric must have a unique UUID."
    twice = [mean_metric(event, uuid="x") for event in "ab"]
    other = {"metrics": "metrics_secondary", "metrics_secondary": "metrics"}[field]
    for fields in ({field: twice}, {field: twice[:1], other: twice[1:]}):
        answer = experiments.post(name="n", feature_flag_key="k", **fields)
        assert refusal(answer) == ("invalid_input", detail, None)
        answer = experiments.try_patch(experiments.create(), **fields)
        assert refusal(answer) == ("invalid_input", detail, None)
