import json
from pathlib import Path
from typing import Any

import pytest

from tests.api.management import Experiments, Flags, refusal

pytestmark = pytest.mark.both_databases

CASES: list[dict[str, Any]] = json.loads(
    Path("tests/cases/api/experiment_fields.json").read_text("utf-8")
)["cases"]


def test_a_wrong_field_is_refused_alike_on_create_and_on_update(
    experiments: Experiments, flags: Flags
) -> None:
    draft = experiments.create()
    for case in CASES:
        said = (case["code"], case["detail"], case["attr"])
        created = experiments.post(**({"name": "x", "feature_flag_key": "x"} | case["fields"]))
        assert refusal(created) == said
        assert refusal(experiments.try_patch(draft, **case["fields"])) == said
    assert experiments.listed()["results"] == [draft]
    assert flags.keys() == [draft["feature_flag_key"]]


def test_links_that_name_nothing_are_no_links(experiments: Experiments) -> None:
    nothings: list[list[object] | None] = [[], None]
    for nothing in nothings:
        made = experiments.create(saved_metrics_ids=nothing, holdout_id=None)
        assert (made["saved_metrics"], made["saved_metrics_ids"]) == ([], [])
        assert (made["holdout"], made["holdout_id"]) == (None, None)
