import json
from datetime import UTC, datetime, timedelta

import pytest

from splitplot.filters.model import Properties
from splitplot.ports.event_store import AppendBatch, ProjectEvent
from tests.api.management import Json, made, refusal
from tests.api.stack import Stack
from tests.factories import an_event

# Type, baseline, detectable effect in percent, variants, variance and what comes out.
SAMPLE_SIZES = {
    "Z1": ("mean_count", 4, 5, 2, None, 6400),
    "Z2": ("mean_sum_or_avg", 50, 5, 2, None, 3200),
    "Z3": ("funnel", 0.1, 50, 2, None, 1152),
    "Z4": ("ratio", 10, 10, 2, 32.0, 1024),
    "Z5": ("retention", 0.7, 10, 2, 0.21, 1372),
    "Z6": ("funnel", 0.04, 10, 3, None, 115200),
    "Z7": ("mean_count", 1.7, 3, 4, None, 83661),
    "Z8": ("funnel", 0.1, 0, 2, None, None),
    "Z9": ("funnel", 1.2, 10, 2, None, None),
}


def calculate(stack: Stack, **body: object) -> Json:
    answer = stack.client.post(stack.url("experiments/calculate_running_time/"), json=body)
    return made(answer)


@pytest.mark.parametrize("name", SAMPLE_SIZES)
def test_sample_sizes_are_those_of_the_reference(stack: Stack, name: str) -> None:
    metric, baseline, effect, variants, variance, units = SAMPLE_SIZES[name]
    answer = calculate(
        stack,
        metric_type=metric,
        baseline_value=baseline,
        minimum_detectable_effect=effect,
        number_of_variants=variants,
        variance=variance,
    )
    assert answer["recommended_sample_size"] == units
    assert answer["baseline_value"] == baseline
    assert answer["recommended_running_time_days"] is None


def test_a_rate_of_exposures_gives_the_days(stack: Stack) -> None:
    plan = {"metric_type": "mean_count", "baseline_value": 4, "minimum_detectable_effect": 5}
    assert calculate(stack, **plan, exposure_rate_per_day=100) == {
        "baseline_value": 4,
        "variance": 8,
        "recommended_sample_size": 6400,
        "recommended_running_time_days": 64,
    }
    assert (
        calculate(stack, **plan, exposure_rate_per_day=0)["recommended_running_time_days"] is None
    )


@pytest.mark.parametrize(
    ("metric", "stats", "baseline", "variance"),
    [
        ("mean_count", {"number_of_samples": 100, "sum": 400}, 4, 8),
        ("mean_count", {"number_of_samples": 0, "sum": 0}, None, None),
        ("funnel", {"number_of_samples": 100, "sum": 30, "step_counts": [40, 10]}, 0.1, 0.09),
        ("funnel", {"number_of_samples": 100, "sum": 10}, 0.1, 0.09),
        (
            "ratio",
            {
                "number_of_samples": 4,
                "sum": 2,
                "sum_squares": 2,
                "denominator_sum": 4,
                "denominator_sum_squares": 4,
                "numerator_denominator_sum_product": 2,
            },
            0.5,
            0.25,
        ),
        ("retention", {"number_of_samples": 4, "sum": 2, "denominator_sum": 4}, 0.5, None),
        ("ratio", {"number_of_samples": 4, "sum": 2, "denominator_sum": 0}, None, None),
    ],
)
def test_what_was_measured_gives_baseline_and_variance(
    stack: Stack, metric: str, stats: Json, *, baseline: float | None, variance: float | None
) -> None:
    answer = calculate(
        stack, metric_type=metric, minimum_detectable_effect=10, baseline_stats=stats
    )
    assert answer["baseline_value"] == pytest.approx(baseline)
    assert answer["variance"] == pytest.approx(variance)
    assert (answer["recommended_sample_size"] is None) is (variance is None)


def test_nothing_can_be_told_without_a_baseline(stack: Stack) -> None:
    answer = calculate(stack, metric_type="funnel", minimum_detectable_effect=10, variance=2)
    assert answer == {
        "baseline_value": None,
        "variance": 2,
        "recommended_sample_size": None,
        "recommended_running_time_days": None,
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"metric_type": None}, ("null", "This field may not be null.", "metric_type")),
        (
            {"metric_type": "mode"},
            ("invalid_choice", '"mode" is not a valid choice.', "metric_type"),
        ),
        (
            {"minimum_detectable_effect": "much"},
            ("invalid_input", "A valid number is required.", "minimum_detectable_effect"),
        ),
        (
            {"number_of_variants": 0},
            ("min_value", "Ensure this value is greater than or equal to 1.", "number_of_variants"),
        ),
        (
            {"exposure_rate_per_day": True},
            ("invalid_input", "A valid number is required.", "exposure_rate_per_day"),
        ),
        (
            {"baseline_value": []},
            ("invalid_input", "A valid number is required.", "baseline_value"),
        ),
        ({"variance": "1e400"}, ("invalid_input", "A valid number is required.", "variance")),
        (
            {"baseline_stats": [1]},
            ("not_a_dict", 'Expected a dictionary of items but got type "list".', "baseline_stats"),
        ),
        (
            {"baseline_stats": {"number_of_samples": 1}},
            ("required", "This field is required.", "baseline_stats__sum"),
        ),
        (
            {"baseline_stats": {"number_of_samples": -1, "sum": 1}},
            (
                "min_value",
                "Ensure this value is greater than or equal to 0.",
                "baseline_stats__number_of_samples",
            ),
        ),
        (
            {"baseline_stats": {"number_of_samples": 1, "sum": 1, "step_counts": ["x"]}},
            ("invalid_input", "A valid number is required.", "baseline_stats__step_counts__0"),
        ),
    ],
)
def test_a_plan_that_cannot_be_read_names_the_field(
    stack: Stack, changes: Json, expected: tuple[str, str, str]
) -> None:
    body = {"metric_type": "funnel", "minimum_detectable_effect": 10, **changes}
    answer = stack.client.post(stack.url("experiments/calculate_running_time/"), json=body)
    assert refusal(answer) == expected


@pytest.mark.parametrize("field", ["metric_type", "minimum_detectable_effect"])
def test_a_plan_needs_a_metric_and_an_effect(stack: Stack, field: str) -> None:
    body = {"metric_type": "funnel", "minimum_detectable_effect": 10}
    del body[field]
    answer = stack.client.post(stack.url("experiments/calculate_running_time/"), json=body)
    assert refusal(answer) == ("required", "This field is required.", field)


def test_a_plan_is_posted_by_readers(stack: Stack) -> None:
    url = stack.url("experiments/calculate_running_time/")
    key = {"Authorization": f"Bearer {stack.key(scopes=('experiment:read',))}"}
    body = {"metric_type": "funnel", "minimum_detectable_effect": 10}
    assert stack.anonymous.post(url, json=body, headers=key).status_code == 200
    assert refusal(stack.anonymous.post(url, json=body), status=401)[0] == "not_authenticated"
    assert refusal(stack.client.put(url, json=body), status=405)[1] == 'Method "PUT" not allowed.'
    key = {"Authorization": f"Bearer {stack.key(scopes=('cohort:read',))}"}
    refused = stack.anonymous.post(url, json=body, headers=key)
    assert refusal(refused, status=403)[1] == "API key missing required scope 'experiment:read'"


# Whether the flag is in the code


def happen(stack: Stack, name: str, said: Properties | None = None, *, days_ago: float = 1) -> None:
    event = an_event(
        name=name,
        timestamp=datetime.now(UTC) - timedelta(days=days_ago),
        properties=said or {},
        project_id=stack.project.id,
    )
    stack.platform.stores.events.append(
        AppendBatch(events=(ProjectEvent(project_id=stack.project.id, event=event),))
    )


def is_required(stack: Stack, **query: str) -> bool:
    url = stack.url("experiments/requires_flag_implementation/")
    answer = made(stack.client.get(url, params=query))
    assert answer.keys() == {"result"}
    required: bool = answer["result"]
    return required


PAID = json.dumps([{"id": "paid", "type": "events", "order": 0}])


def test_a_flag_is_missing_until_an_event_says_what_it_served(stack: Stack) -> None:
    assert is_required(stack, events=PAID)
    happen(stack, "paid", {"amount": 3, "feature": "$feature/"})
    happen(stack, "paid", {"$feature/checkout": "test"}, days_ago=8)
    happen(stack, "viewed", {"$feature/checkout": "test"})
    assert is_required(stack, events=PAID)
    assert is_required(stack)
    happen(stack, "paid", {"$feature/checkout": "test"}, days_ago=6)
    assert not is_required(stack, events=PAID)
    # Any event at all, and the one that has it among several.
    assert not is_required(stack, events=json.dumps([{"id": None}]))
    assert not is_required(stack, events=json.dumps([{"id": "opened"}, {"id": "paid"}]))


def test_only_the_latest_events_of_a_name_are_looked_at(stack: Stack) -> None:
    happen(stack, "paid", {"$feature/checkout": "test"}, days_ago=3)
    for days in (1, 2):
        happen(stack, "paid", days_ago=days)
    assert is_required(stack, events=PAID, limit="2")
    assert not is_required(stack, events=PAID, limit="3")
    assert not is_required(stack, events=PAID, limit="0")


def test_actions_that_are_not_there_have_no_events(stack: Stack) -> None:
    happen(stack, "paid", {"$feature/checkout": "test"})
    assert is_required(stack, actions=json.dumps([{"id": 4}]))


@pytest.mark.parametrize(
    ("query", "detail", "attr"),
    [
        ({"events": "paid"}, "events must be a JSON list", "events"),
        ({"events": '{"id": "paid"}'}, "events must be a JSON list", "events"),
        ({"actions": "[1"}, "actions must be a JSON list", "actions"),
        ({"limit": "few"}, "limit must be an integer", None),
    ],
)
def test_filters_that_cannot_be_read_are_refused(
    stack: Stack, query: dict[str, str], detail: str, attr: str | None
) -> None:
    url = stack.url("experiments/requires_flag_implementation/")
    assert refusal(stack.client.get(url, params=query)) == ("invalid_input", detail, attr)


def test_whether_a_flag_is_missing_is_read_by_readers(stack: Stack) -> None:
    url = stack.url("experiments/requires_flag_implementation/")
    key = {"Authorization": f"Bearer {stack.key(scopes=('cohort:read',))}"}
    refused = stack.anonymous.get(url, headers=key)
    assert refusal(refused, status=403)[1] == "API key missing required scope 'experiment:read'"
    assert refusal(stack.anonymous.get(url), status=401)[0] == "not_authenticated"
    assert refusal(stack.client.post(url), status=405)[1] == 'Method "POST" not allowed.'
