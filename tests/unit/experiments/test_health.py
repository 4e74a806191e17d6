"""What is wrong with an experiment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from splitplot.accounts.model import ProjectId
from splitplot.experiments.exposures import BiasRisk, SampleRatio
from splitplot.experiments.health import (
    Finding,
    FindingCode,
    FlagFacts,
    HealthFacts,
    Severity,
    find_problems,
    flag_facts,
    health_facts,
)
from splitplot.experiments.model import Experiment, ExperimentId
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import Flag, FlagId

NOW = datetime(2025, 3, 10, tzinfo=UTC)
SPLITTING = FlagFacts(
    is_active=True, rollout=1.0, largest_share=0.5, conditions=1, pinned_conditions=0
)
FINE = HealthFacts(
    now=NOW,
    start_date=NOW - timedelta(days=5),
    end_date=None,
    flag=SPLITTING,
    metrics=1,
    exposed=1000,
    sample_ratio=SampleRatio(expected=(), p_value=0.4, sequential_p_value=1.0),
    bias_risk=None,
)
DRAFT = replace(FINE, start_date=None, exposed=0, flag=replace(SPLITTING, is_active=False))
ENDED = replace(FINE, end_date=NOW - timedelta(days=1), flag=replace(SPLITTING, is_active=False))


def codes(facts: HealthFacts) -> list[tuple[FindingCode, str | None]]:
    return [(finding.code, finding.detail) for finding in find_problems(facts)]


@pytest.mark.parametrize("facts", [FINE, DRAFT, ENDED], ids=["running", "draft", "ended"])
def test_a_sound_experiment_has_no_findings(facts: HealthFacts) -> None:
    assert find_problems(facts) == ()


@pytest.mark.parametrize(("p_value", "fires"), [(0.00099, True), (0.001, False)])
def test_a_sample_ratio_mismatch_is_found_below_one_in_a_thousand(
    *, p_value: float, fires: bool
) -> None:
    ratio = SampleRatio(expected=(), p_value=p_value, sequential_p_value=1.0)
    for facts in (FINE, ENDED):
        found = codes(replace(facts, sample_ratio=ratio))
        assert found == ([(FindingCode.SRM, None)] if fires else [])
    assert find_problems(replace(FINE, sample_ratio=None)) == ()


def test_nobody_exposed_is_found_a_day_after_launch() -> None:
    silent = replace(FINE, exposed=0)
    assert codes(silent) == [(FindingCode.ZERO_EXPOSURES, None)]
    young = replace(silent, start_date=NOW - timedelta(hours=23, minutes=59))
    assert codes(young) == []
    assert codes(replace(silent, start_date=NOW - timedelta(hours=24))) != []
    assert codes(replace(ENDED, exposed=0)) == []


def test_a_bias_risk_is_found_while_it_runs() -> None:
    risk = BiasRisk(multiple_share=0.01)
    assert codes(replace(FINE, bias_risk=risk)) == [(FindingCode.BIAS_RISK_MULTIPLE_EXCLUDED, None)]
    assert codes(replace(ENDED, bias_risk=risk)) == []


def test_pinned_conditions_are_found_worse_when_all_are() -> None:
    some = replace(FINE, flag=replace(SPLITTING, conditions=2, pinned_conditions=1))
    every = replace(FINE, flag=replace(SPLITTING, conditions=2, pinned_conditions=2))
    (partly,), (fully,) = find_problems(some), find_problems(every)
    assert (partly.code, partly.detail, partly.severity) == (
        FindingCode.FORCED_VARIANT_RELEASE_CONDITION,
        "some_conditions_pinned",
        Severity.INFO,
    )
    assert (fully.code, fully.detail, fully.severity) == (
        FindingCode.FORCED_VARIANT_RELEASE_CONDITION,
        "all_conditions_pinned",
        Severity.WARNING,
    )
    assert find_problems(replace(ENDED, flag=every.flag)) != (fully,)


def test_a_flag_that_serves_nobody_is_found_while_running() -> None:
    off = replace(FINE, flag=replace(SPLITTING, is_active=False))
    empty = replace(FINE, flag=replace(SPLITTING, rollout=0.0))
    assert codes(off) == [(FindingCode.FLAG_OFF_WHILE_RUNNING, "running_but_flag_disabled")]
    assert codes(empty) == [(FindingCode.FLAG_OFF_WHILE_RUNNING, "running_but_no_rollout")]


def test_a_variant_for_everybody_is_found_before_the_end_only() -> None:
    shipped = replace(SPLITTING, largest_share=1.0)
    assert codes(replace(FINE, flag=shipped)) == [(FindingCode.VARIANT_SHIPPED_WHILE_RUNNING, None)]
    assert codes(replace(ENDED, flag=shipped)) == []


def test_a_flag_that_splits_outside_the_window_is_found() -> None:
    assert codes(replace(ENDED, flag=SPLITTING)) == [(FindingCode.FLAG_LIVE_AFTER_END, None)]
    assert codes(replace(DRAFT, flag=SPLITTING)) == [(FindingCode.FLAG_LIVE_BEFORE_LAUNCH, None)]
    boolean = replace(SPLITTING, largest_share=0.0)
    assert codes(replace(DRAFT, flag=boolean)) == []


def test_a_launch_without_metrics_is_found() -> None:
    assert find_problems(replace(FINE, metrics=0)) == (
        Finding(
            code=FindingCode.NO_METRIC,
            severity=Severity.INFO,
            message="The experiment was launched without a metric.",
        ),
    )
    assert codes(replace(DRAFT, metrics=0)) == []


def flag_of(filters: Properties) -> Flag:
    return Flag(
        id=FlagId(1),
        key="exp",
        name="",
        filters=filters,
        active=True,
        created_at=NOW,
        updated_at=NOW,
    )


VARIANTS: JsonValue = {
    "variants": [
        {"key": "control", "rollout_percentage": 80},
        {"key": "test", "rollout_percentage": 20},
    ]
}


def test_what_a_flag_serves_is_read_from_its_document() -> None:
    flag = flag_of(
        {
            "groups": [
                {"properties": [], "rollout_percentage": 10},
                {"properties": [], "rollout_percentage": 40, "variant": "test"},
                {"properties": [], "rollout_percentage": 5, "variant": "unknown"},
                "no object",
            ],
            "multivariate": VARIANTS,
        }
    )
    assert flag_facts(flag) == FlagFacts(
        is_active=True, rollout=0.4, largest_share=0.8, conditions=3, pinned_conditions=1
    )


def test_a_condition_without_a_percentage_lets_everybody_in() -> None:
    facts = flag_facts(flag_of({"groups": [{"rollout_percentage": None}]}))
    assert (facts.rollout, facts.largest_share) == (1.0, 0.0)


def test_a_flag_without_conditions_lets_nobody_in() -> None:
    facts = flag_facts(flag_of({}))
    assert (facts.conditions, facts.rollout) == (0, 0.0)


def test_facts_are_taken_from_the_experiment_as_it_is() -> None:
    experiment = Experiment(
        id=ExperimentId(1),
        project_id=ProjectId(1),
        name="Checkout",
        flag=flag_of({"groups": [{"rollout_percentage": 100}], "multivariate": VARIANTS}),
        created_at=NOW,
        updated_at=NOW,
        start_date=FINE.start_date,
        filters={},
        stats_config={},
    )
    facts = health_facts(
        experiment, now=NOW, metrics=2, exposed=7, sample_ratio=None, bias_risk=None
    )
    assert facts == HealthFacts(
        now=NOW,
        start_date=FINE.start_date,
        end_date=None,
        flag=FlagFacts(
            is_active=True, rollout=1.0, largest_share=0.8, conditions=1, pinned_conditions=0
        ),
        metrics=2,
        exposed=7,
        sample_ratio=None,
        bias_risk=None,
    )
