"""Reading an experiment's `stats_config`."""

from datetime import timedelta

import pytest

from splitplot.experiments.stats_config import (
    BayesianSettings,
    Engine,
    FrequentistSettings,
    Method,
    SequentialSettings,
    StatsConfig,
    read_stats_config,
)
from splitplot.filters.model import JsonValue, Properties
from splitplot.stats import Correction, Scale


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, BayesianSettings(level=0.95, scale=Scale.RELATIVE)),
        ({"method": "bayesian"}, BayesianSettings()),
        (
            {"method": "bayesian", "bayesian": {"ci_level": 0.9, "difference_type": "ABSOLUTE"}},
            BayesianSettings(level=0.9, scale=Scale.ABSOLUTE),
        ),
        ({"method": "frequentist"}, FrequentistSettings(alpha=0.05, scale=Scale.RELATIVE)),
        (
            {
                "method": "frequentist",
                "frequentist": {"alpha": 0.01, "difference_type": "absolute"},
            },
            FrequentistSettings(alpha=0.01, scale=Scale.ABSOLUTE),
        ),
        (
            {"method": "frequentist", "frequentist": {"sequential_testing_enabled": True}},
            SequentialSettings(alpha=0.05, tuning=5000),
        ),
        (
            {
                "method": "frequentist",
                "frequentist": {
                    "sequential_testing_enabled": True,
                    "sequential_tuning_parameter": 20_000,
                },
            },
            SequentialSettings(tuning=20_000),
        ),
    ],
)
def test_a_document_names_a_method_and_its_settings(document: Properties, expected: object) -> None:
    assert read_stats_config(document).settings == expected


@pytest.mark.parametrize("method", [None, "", "garbage", 42, [], {"a": 1}])
def test_an_unknown_method_is_bayesian(method: JsonValue) -> None:
    config = read_stats_config({"method": method})
    assert (config.method, config.settings) == (Method.BAYESIAN, BayesianSettings())


@pytest.mark.parametrize(
    "value", [None, "0.9", True, 0, 1, -0.1, 7, float("nan"), float("inf"), 10**400, [0.9], {}]
)
def test_a_level_that_is_none_falls_back(value: JsonValue) -> None:
    assert read_stats_config({"bayesian": {"ci_level": value}}).settings == BayesianSettings()
    frequentist = read_stats_config({"method": "frequentist", "frequentist": {"alpha": value}})
    assert frequentist.settings == FrequentistSettings()


@pytest.mark.parametrize("value", [None, "5000", False, 0.5, 1e10, float("nan"), 10**400])
def test_a_tuning_out_of_range_falls_back(value: JsonValue) -> None:
    part: Properties = {"sequential_testing_enabled": True, "sequential_tuning_parameter": value}
    config = read_stats_config({"method": "frequentist", "frequentist": part})
    assert config.settings == SequentialSettings(tuning=5000)


@pytest.mark.parametrize("value", [None, False, "true", 1, {}])
def test_only_a_plain_true_turns_sequential_testing_on(value: JsonValue) -> None:
    config = read_stats_config(
        {"method": "frequentist", "frequentist": {"sequential_testing_enabled": value}}
    )
    assert config.settings == FrequentistSettings()


@pytest.mark.parametrize("part", [None, [], "x", 3])
def test_a_part_that_is_no_object_falls_back(part: JsonValue) -> None:
    assert read_stats_config({"bayesian": part}).settings == BayesianSettings()


@pytest.mark.parametrize("word", [None, "RELATIVE", "relative", "?", 1])
def test_the_difference_is_relative_unless_absolute(word: JsonValue) -> None:
    config = read_stats_config({"bayesian": {"difference_type": word}})
    assert config.settings.scale is Scale.RELATIVE


@pytest.mark.parametrize(
    ("document", "variants", "expected"),
    [
        ({}, ("a", "control", "b"), "control"),
        ({}, ("a", "b"), "a"),
        ({"baseline_variant_key": "b"}, ("a", "control", "b"), "b"),
        ({"baseline_variant_key": "gone"}, ("a", "control"), "gone"),
        ({"baseline_variant_key": ""}, ("a", "control"), "control"),
        ({"baseline_variant_key": 3}, ("a", "control"), "control"),
    ],
)
def test_the_baseline_is_the_one_asked_for_or_control_or_the_first(
    document: Properties, variants: tuple[str, ...], expected: str
) -> None:
    assert read_stats_config(document).baseline_of(variants) == expected


@pytest.mark.parametrize(
    ("part", "days"),
    [
        ({"enabled": True}, 14),
        ({"enabled": True, "lookback_days": 7}, 7),
        ({"enabled": True, "lookback_days": 0}, 1),
        ({"enabled": True, "lookback_days": 365}, 30),
        ({"enabled": True, "lookback_days": None}, 14),
        ({"enabled": True, "lookback_days": "7"}, 14),
        ({"enabled": False, "lookback_days": 7}, None),
        ({"enabled": 1}, None),
        ({}, None),
        (None, None),
    ],
)
def test_results_are_adjusted_by_so_many_days_before_exposure(
    part: JsonValue, days: int | None
) -> None:
    lookback = read_stats_config({"cuped": part}).lookback
    assert lookback == (None if days is None else timedelta(days=days))


def test_the_method_follows_from_the_settings() -> None:
    assert StatsConfig(settings=FrequentistSettings()).method is Method.FREQUENTIST
    assert StatsConfig(settings=SequentialSettings()).method is Method.FREQUENTIST


@pytest.mark.parametrize(
    ("word", "engine"),
    [("posthog", Engine.POSTHOG), ("splitplot", Engine.SPLITPLOT), ("?", Engine.SPLITPLOT),
     (None, Engine.SPLITPLOT), (3, Engine.SPLITPLOT)],
)  # fmt: skip
def test_the_engine_is_ours_unless_the_other_is_asked_for(word: JsonValue, engine: Engine) -> None:
    assert read_stats_config({"engine": word}).engine is engine


@pytest.mark.parametrize(
    ("word", "correction"),
    [("none", None), ("bh", Correction.BENJAMINI_HOCHBERG), ("bonferroni", Correction.BONFERRONI),
     ("?", Correction.HOLM), (None, Correction.HOLM), (True, Correction.HOLM)],
)  # fmt: skip
def test_several_comparisons_are_corrected_by_holm_unless_told(
    word: JsonValue, correction: Correction | None
) -> None:
    assert read_stats_config({"correction": word}).correction is correction


@pytest.mark.parametrize(("share", "expected"), [(0.3, 0.3), (0, 0.1), (1, 0.1), ("x", 0.1)])
def test_the_share_of_ideas_that_work_is_a_setting(share: JsonValue, expected: float) -> None:
    assert read_stats_config({"success_share": share}).success_share == expected
