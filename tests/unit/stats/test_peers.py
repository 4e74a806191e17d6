"""The same figures as other libraries give, where the method is the same."""

import json
from typing import Any

import pytest

from splitplot.stats import (
    NormalPrior,
    Scale,
    posterior_effect,
    sample_ratio_test,
    sequential_test,
    welch_test,
)
from tests.unit.stats.stats_cases import FOLDER, cases, summary_of

PEERS: dict[str, Any] = json.loads((FOLDER / "peers.json").read_text("utf-8"))


def inputs(name: str, case_id: str) -> dict[str, Any]:
    return next(case for case in cases(name) if case["id"] == case_id)


def named(peer: dict[str, Any]) -> str:
    return "-".join([peer["id"], peer.get("scale", ""), *peer["libraries"]])


@pytest.mark.parametrize("peer", PEERS["welch"], ids=named)
def test_welch_agrees_with_its_peers(peer: dict[str, Any]) -> None:
    case = inputs("frequentist", peer["id"])
    test = welch_test(
        summary_of(case["treatment"]), summary_of(case["control"]), scale=Scale(peer["scale"])
    )
    assert test.p_value == pytest.approx(peer["p_value"], rel=2e-8)
    if peer["interval"] is not None:
        bounds = [test.interval.lower, test.interval.upper]
        assert bounds == pytest.approx(peer["interval"], rel=3e-8)


@pytest.mark.parametrize("peer", PEERS["posterior"], ids=named)
def test_posteriors_agree_with_their_peers(peer: dict[str, Any]) -> None:
    case = inputs("bayesian", peer["id"])
    posterior = posterior_effect(
        summary_of(case["treatment"]),
        summary_of(case["control"]),
        scale=Scale(case["scale"]),
        prior=case["prior"] and NormalPrior(**case["prior"]),
    )
    assert posterior.chance_above_zero == pytest.approx(peer["chance"], rel=1e-8)
    if peer["mean"] is not None:
        interval = posterior.interval(0.95)
        found = [posterior.mean, interval.lower, interval.upper]
        assert found == pytest.approx([peer["mean"], *peer["interval"]], rel=1e-8)


@pytest.mark.parametrize("peer", PEERS["sequential"], ids=named)
def test_confidence_sequences_agree_with_their_peers(peer: dict[str, Any]) -> None:
    case = inputs("sequential", peer["id"])
    test = sequential_test(
        summary_of(case["treatment"]), summary_of(case["control"]), scale=Scale(case["scale"])
    )
    assert test.p_value == pytest.approx(peer["p_value"], rel=1e-8)
    bounds = [test.interval.lower, test.interval.upper]
    assert bounds == pytest.approx(peer["interval"], rel=1e-7)


@pytest.mark.parametrize("peer", PEERS["sample_ratio"], ids=named)
def test_sample_ratios_agree_with_their_peers(peer: dict[str, Any]) -> None:
    case = inputs("sample_ratio", peer["id"])
    test = sample_ratio_test(list(case["observed"].values()), list(case["percentages"].values()))
    assert test.p_value == pytest.approx(peer["p_value"], rel=1e-8)
