"""A thousand comparisons from sums: ours against another library on the same ones.

GrowthBook's `gbstats` asks for a pandas that is older than ours, so it cannot be among the
requirements. It is put into a folder of its own for the time of the measurement, without
its dependencies; the parts used here need only NumPy, SciPy and pydantic.
"""

import importlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import Measurement, alternating
from splitplot.stats import (
    CovariateSummary,
    MeanSummary,
    RatioSummary,
    Scale,
    cuped,
    posterior_effect,
    t_test,
    welch_test,
)
from splitplot.stats.batches import (
    covariate_columns,
    cuped_columns,
    mean_columns,
    ratio_columns,
    welch_tests,
)

COMPARISONS = 1000
UNITS = 500
PEER = "gbstats==0.8.0"
# Sums of a variant: y, y squared, x, x squared, x times y; x is a covariate or a denominator.
Sums: TypeAlias = tuple[float, float, float, float, float]
Pair: TypeAlias = tuple[Sums, Sums]
Work: TypeAlias = Callable[[], Any]


def run() -> list[Measurement]:
    with peer() as found:
        if found:
            return _against_peer(drawn())
        print(f"-- not measured: {PEER} cannot be had here", file=sys.stderr)
        return []


def drawn() -> list[Pair]:
    generator = np.random.default_rng(1)
    x = 1 + generator.poisson(5, (COMPARISONS, 2, UNITS))
    y = x * generator.lognormal(0, 0.5, x.shape)
    columns = [column.sum(axis=2) for column in (y, y * y, x, x * x, x * y)]
    rows = np.stack(columns, axis=2).astype(float).tolist()
    return [(tuple(treatment), tuple(control)) for treatment, control in rows]


@contextmanager
def peer() -> Iterator[bool]:
    """Whether the other library can be imported; only within the block."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        done = subprocess.run(  # noqa: S603 - our own command
            [*command, "--disable-pip-version-check", "--target", folder, PEER],
            capture_output=True,
            check=False,
        )
        sys.path.insert(0, folder)
        try:
            yield done.returncode == 0
        finally:
            sys.path.remove(folder)


def _against_peer(pairs: Sequence[Pair]) -> list[Measurement]:
    frequentist = importlib.import_module("gbstats.frequentist.tests")
    bayesian = importlib.import_module("gbstats.bayesian.tests")
    statistics = importlib.import_module("gbstats.models.statistics")
    absolute = frequentist.FrequentistConfig(difference_type="absolute")

    def tested(statistic: Callable[[Sums], Any]) -> list[float]:
        return [
            frequentist.TwoSidedTTest(statistic(control), statistic(treatment), absolute)
            .compute_result()
            .p_value
            for treatment, control in pairs
        ]

    def mean(sums: Sums) -> Any:  # noqa: ANN401 - theirs
        return statistics.SampleMeanStatistic(n=UNITS, sum=sums[0], sum_squares=sums[1])

    def other(sums: Sums) -> Any:  # noqa: ANN401 - theirs
        return statistics.SampleMeanStatistic(n=UNITS, sum=sums[2], sum_squares=sums[3])

    def ratio(sums: Sums) -> Any:  # noqa: ANN401 - theirs
        return statistics.RatioStatistic(
            n=UNITS, m_statistic=mean(sums), d_statistic=other(sums), m_d_sum_of_products=sums[4]
        )

    def adjusted(sums: Sums) -> Any:  # noqa: ANN401 - theirs
        return statistics.RegressionAdjustedStatistic(
            n=UNITS,
            post_statistic=mean(sums),
            pre_statistic=other(sums),
            post_pre_sum_of_products=sums[4],
            theta=0,
        )

    def chances() -> list[float]:
        return [
            bayesian.EffectBayesianABTest(
                mean(control), mean(treatment), bayesian.EffectBayesianConfig()
            )
            .compute_result()
            .chance_to_win
            for treatment, control in pairs
        ]

    means, ratios = partial(tested, mean), partial(tested, ratio)
    covariates = partial(tested, adjusted)
    # One by one, a comparison is a dozen small objects on both sides.
    return [
        _measure("means, all at once", lambda: _at_once(pairs), means, goal=">= 20"),
        _measure("ratios, all at once", lambda: _ratios_at_once(pairs), ratios, goal=">= 20"),
        _measure("CUPED, all at once", lambda: _adjusted_at_once(pairs), covariates, goal=">= 20"),
        _measure("posteriors, one by one", lambda: _chances(pairs), chances, goal=">= 20"),
        _measure("means, one by one", lambda: _one_by_one(pairs), means, goal=">= 3"),
        _measure("ratios, one by one", lambda: _ratios(pairs), ratios, goal=">= 3"),
        _measure("CUPED, one by one", lambda: _adjusted(pairs), covariates, goal=">= 3"),
    ]


def _measure(claim: str, ours: Work, theirs: Work, *, goal: str) -> Measurement:
    np.testing.assert_allclose(ours(), theirs(), rtol=1e-6, atol=1e-12)
    ours_rate, their_rate = alternating(partial(_rate, ours), partial(_rate, theirs), repeats=9)
    return Measurement(
        claim=f"{COMPARISONS} {claim}, against gbstats",
        ours=ours_rate,
        reference=their_rate,
        unit="comparisons/s",
        goal=goal,
    )


def _rate(work: Work) -> float:
    started = time.perf_counter()
    work()
    return COMPARISONS / (time.perf_counter() - started)


def _mean(sums: Sums) -> MeanSummary:
    return MeanSummary(count=UNITS, sum=sums[0], sum_squares=sums[1])


def _one_by_one(pairs: Sequence[Pair]) -> list[float]:
    return [welch_test(_mean(treatment), _mean(control)).p_value for treatment, control in pairs]


def _at_once(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    columns = np.array(pairs)
    counts = np.full(len(pairs), UNITS)
    arms = (mean_columns(counts, columns[:, arm, 0], columns[:, arm, 1]) for arm in (0, 1))
    return welch_tests(*arms).p_values


def _ratios_at_once(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    columns = np.array(pairs)
    counts = np.full(len(pairs), UNITS)
    arms = (
        ratio_columns(
            counts,
            sums=columns[:, arm, 0],
            sums_squares=columns[:, arm, 1],
            denominator_sums=columns[:, arm, 2],
            denominator_sums_squares=columns[:, arm, 3],
            product_sums=columns[:, arm, 4],
        )
        for arm in (0, 1)
    )
    return welch_tests(*arms).p_values


def _ratios(pairs: Sequence[Pair]) -> list[float]:
    def ratio(sums: Sums) -> RatioSummary:
        return RatioSummary(
            count=UNITS,
            sum=sums[0],
            sum_squares=sums[1],
            denominator_sum=sums[2],
            denominator_sum_squares=sums[3],
            product_sum=sums[4],
        )

    return [welch_test(ratio(treatment), ratio(control)).p_value for treatment, control in pairs]


def _adjusted_at_once(pairs: Sequence[Pair]) -> NDArray[np.float64]:
    columns = np.array(pairs)
    counts = np.full(len(pairs), UNITS)
    arms = (
        covariate_columns(
            counts,
            sums=columns[:, arm, 0],
            sums_squares=columns[:, arm, 1],
            covariate_sums=columns[:, arm, 2],
            covariate_sums_squares=columns[:, arm, 3],
            product_sums=columns[:, arm, 4],
        )
        for arm in (0, 1)
    )
    return welch_tests(*cuped_columns(*arms)).p_values


def _adjusted(pairs: Sequence[Pair]) -> list[float]:
    def summary(sums: Sums) -> CovariateSummary:
        return CovariateSummary(
            metric=_mean(sums),
            covariate_sum=sums[2],
            covariate_sum_squares=sums[3],
            product_sum=sums[4],
        )

    found = []
    for treatment, control in pairs:
        contrast = cuped(summary(treatment), summary(control)).contrast
        found.append(t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df).p_value)
    return found


def _chances(pairs: Sequence[Pair]) -> list[float]:
    """With what theirs has beside the chance: interval and both expected losses."""
    found = []
    for treatment, control in pairs:
        posterior = posterior_effect(_mean(treatment), _mean(control), scale=Scale.RELATIVE)
        posterior.interval()
        assert posterior.loss_if_kept + posterior.loss_if_shipped > 0
        found.append(posterior.chance_above_zero)
    return found
