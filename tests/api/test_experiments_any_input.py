"""Whatever is sent, the answer is an answer: accepted, or refused with a reason."""

from collections.abc import Mapping

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from splitplot.filters.model import JsonValue
from tests.api.management import SPLIT, Experiments, Flags, Json, mean_metric, variants

NAMES = st.sampled_from(
    [
        "key", "value", "type", "operator", "id", "kind", "event", "metric_type", "source",
        "series",
        "properties", "rollout_percentage", "variants", "multivariate", "groups", "payloads",
        "method", "bayesian", "uuid", "feature_flag_variants", "split_percent", "holdout",
        "aggregation_group_type_index", "conversion_window", "conversion_window_unit", "math",
        "exposure_config", "filterTestAccounts", "breakdownFilter", "lower_bound_percentile",
    ]
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "", "control", "test", "a b", "ExperimentMetric", "EventsNode", "ActionsNode", "mean",
        "funnel", "ratio", "retention", "frequentist", "person", "cohort", "flag", "regex", "(",
        "is_date_before", "-7d", "2024-01-01", "9999-12-31T23:59:59.999999+00:00", "😀",
        "1e400", "true", "draft", "won", "x" * 5000,
    ]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | WORDS, inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    "name", "description", "start_date", "end_date", "feature_flag_key", "holdout_id", "parameters",
    "secondary_metrics", "saved_metrics_ids", "filters", "archived", "deleted", "type",
    "exposure_criteria", "metrics", "metrics_secondary", "stats_config", "scheduling_config",
    "_create_in_folder", "conclusion", "conclusion_comment", "primary_metrics_ordered_uuids",
    "secondary_metrics_ordered_uuids", "exposure_preaggregation_enabled",
    "only_count_matured_users", "excluded_variants", "allow_unknown_events",
    "update_feature_flag_params", "variant_key", "release_to_everyone",
]  # fmt: skip
FLAG_FIELDS = [
    "name", "key", "filters", "deleted", "active", "ensure_experience_continuity",
    "evaluation_contexts", "evaluation_runtime", "bucketing_identifier", "creation_context",
    "version", "original_flag",
]  # fmt: skip
ACTIONS = ["launch", "pause", "resume", "end", "ship_variant", "archive", "unarchive", "reset"]
PARAMETERS = ["limit", "offset", "status", "archived", "created_by_id", "feature_flag_id", "search"]
QUERY = st.dictionaries(st.sampled_from([*PARAMETERS, "order", "active", "tags", "type"]), WORDS)
BRIEFLY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def bodies(fields: list[str], valid: Mapping[str, JsonValue]) -> st.SearchStrategy[Json]:
    """A valid body of which a few fields are anything."""
    changes = st.dictionaries(st.sampled_from(fields), ANYTHING, max_size=3)
    return changes.map(lambda changed: {**valid, **changed})


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        body = answer.json()
        assert body.keys() == {"type", "code", "detail", "attr"}
        assert body["detail"]


VALID: Json = {"name": "n", "feature_flag_key": "k", "metrics": [mean_metric()]}
SENSIBLE: Json = {
    "key": "k",
    "filters": {"groups": [{"properties": []}], "multivariate": {"variants": SPLIT}},
}


@pytest.mark.parametrize("state", ["create", "launched", "stopped"])
def test_any_experiment_is_made_or_refused(experiments: Experiments, state: str) -> None:
    make = getattr(experiments, state)
    known = make(parameters={"feature_flag_variants": variants(control=50, test=50)})

    @BRIEFLY
    @given(body=bodies(FIELDS, {}), created=bodies(FIELDS, VALID), action=st.sampled_from(ACTIONS))
    def ask(body: Json, created: Json, action: str) -> None:
        check(experiments.post(**created))
        check(experiments.try_patch(known, **body))
        check(experiments.try_act(known, action, **body))
        experiments.try_patch(known, deleted=False)

    ask()


def test_any_flag_is_made_or_refused(flags: Flags) -> None:
    known = flags.create("known", SPLIT)

    @BRIEFLY
    @given(body=bodies(FLAG_FIELDS, {}), created=bodies(FLAG_FIELDS, SENSIBLE))
    def ask(body: Json, created: Json) -> None:
        check(flags.try_create(**created))
        check(flags.try_patch(known, **body))

    ask()


def test_any_list_is_shown_or_refused(experiments: Experiments, flags: Flags) -> None:
    experiments.create()

    @BRIEFLY
    @given(query=QUERY)
    def ask(query: dict[str, str]) -> None:
        check(experiments.try_list(**query))
        check(flags.try_list(**query))

    ask()
