"""Whatever is sent to make or change what experiments share, the answer is an answer."""

from collections.abc import Mapping
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from splitplot.filters.model import JsonValue
from tests.api.management import Experiments, Json, mean_metric
from tests.api.sharing import Resource
from tests.api.stack import Stack
from tests.api.test_experiments_any_input import ANYTHING, check

# Each is tried many times on one stack: what they make is allowed to pile up.
BRIEFLY = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
VARIANTS: Json = {
    "control": {"rollout_percentage": 50},
    "test": {"rollout_percentage": 50, "transforms": [{"selector": "a"}], "conditions": None},
}
GROUP: Json = {"properties": [], "rollout_percentage": 10}
PLACES: dict[str, Json] = {
    "experiment_holdouts/": {"name": "H", "description": "", "filters": [GROUP]},
    "experiment_saved_metrics/": {"name": "M", "query": mean_metric(), "tags": ["a"]},
    "web_experiments/": {"name": "W", "variants": VARIANTS, "created_at": "2025-01-01T00:00:00Z"},
}


def spoiled(document: Mapping[str, JsonValue]) -> st.SearchStrategy[Json]:
    """The document with one member replaced by anything, here or further inside."""
    return st.sampled_from(sorted(document)).flatmap(
        lambda key: _spoiled_value(document[key]).map(lambda value: {**document, key: value})
    )


def _spoiled_value(value: JsonValue) -> st.SearchStrategy[object]:
    if isinstance(value, Mapping) and value:
        return ANYTHING | spoiled(value)
    if isinstance(value, list) and value:
        return ANYTHING | _spoiled_value(value[0]).map(lambda item: [item])
    return ANYTHING


@pytest.mark.parametrize("path", sorted(PLACES))
def test_any_body_is_answered(stack: Stack, path: str) -> None:
    resource = Resource(stack=stack, path=path, base=PLACES[path])
    item = resource.create()
    names = count()

    @BRIEFLY
    @given(body=spoiled(resource.base))
    def ask(body: Json) -> None:
        unique = {"name": f"N{next(names)}"} if body["name"] == resource.base["name"] else {}
        check(resource.try_create(**(body | unique)))
        check(resource.try_patch(item, **body))
        check(resource.try_put(item, **body))

    ask()
    assert resource.get(item)["id"] == item["id"]


def test_any_link_and_any_holdout_is_answered(stack: Stack, experiments: Experiments) -> None:
    path = "experiment_saved_metrics/"
    metric = Resource(stack=stack, path=path, base=PLACES[path]).create()
    draft = experiments.create()
    link: Json = {"id": metric["id"], "metadata": {"type": "primary", "breakdowns": []}}

    @BRIEFLY
    @given(body=spoiled({"saved_metrics_ids": [link], "holdout_id": 1}))
    def ask(body: Json) -> None:
        check(experiments.try_patch(draft, **body))
        check(experiments.try_patch(draft, saved_metrics_ids=body["saved_metrics_ids"]))

    ask()
    assert experiments.get(draft)["id"] == draft["id"]
