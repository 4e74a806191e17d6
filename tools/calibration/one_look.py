"""Claims about one look at the planned size: false alarms, coverage, families, splits."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy.special import ndtri

from splitplot.stats import (
    ConfidenceInterval,
    Contrast,
    Correction,
    CovariatesSummary,
    CovariateSummary,
    CredibleInterval,
    MeanSummary,
    NormalPrior,
    QuantileSummary,
    Scale,
    Summary,
    adjusted_p_values,
    cuped,
    cuped_by_several,
    dunnett_p_value,
    estimate_effect,
    fisher_p_value,
    newcombe_interval,
    non_inferiority_test,
    post_stratified_effect,
    posterior_effect,
    quantile_effect,
    relative_credible_interval,
    relative_interval,
    sample_ratio_test,
    t_critical_value,
    t_test,
    welch_test,
)
from tools.calibration.claims import Bound, Claim, Draw
from tools.calibration.trials import (
    CLICK_SHARE,
    Generator,
    Pairs,
    after_and_before,
    clicks,
    covariates,
    each,
    loads,
    means_of,
    normal,
    revenue,
    shares,
)

ALARMS = "False alarms without an effect"
COVERAGE = "Intervals that cover the effect"
_NORMAL_95 = -float(ndtri(0.025))


def claims() -> list[Claim]:
    """All of them."""
    return [*_alarms(), *_alarms_of_families(), *_coverage(), *_bayesian_coverage()]


def _alarms() -> list[Claim]:
    ten = shares((1500, 1500), (0.1, 0.1))
    return [
        _alarm("Welch, mean", "normal values, 500 a side", each(normal((500, 500)), _found)),
        _alarm(
            "Welch, mean, alpha 1 %",
            "normal values, 500 a side",
            each(normal((500, 500)), lambda t, c: welch_test(t, c, alpha=0.01).is_significant),
            promised=0.01,
        ),
        _alarm(
            "Welch, mean",
            "normal values, 12 against 60, deviations 4 and 1",
            each(normal((12, 60), deviations=(4, 1)), _found),
        ),
        _alarm(
            "Welch, mean",
            "revenue with a long tail, 2000 a side",
            each(revenue(2000), _found),
            repeats=6_000,
        ),
        _alarm("Welch, proportion", "10 %, 1500 a side", each(ten, _found), allowance=0.002),
        _alarm(
            "Fieller, relative",
            "10 %, 1500 a side",
            each(ten, lambda t, c: not _holds(relative_interval(t, c), 0)),
            allowance=0.002,
        ),
        _alarm(
            "Fisher's exact test",
            "5 %, 60 a side",
            each(shares((60, 60), (0.05, 0.05)), lambda t, c: fisher_p_value(t, c) < 0.05),
            bound=Bound.AT_MOST,
        ),
        _alarm("Welch, ratio", "clicks over views, 400 a side", each(clicks(400), _found)),
        _alarm("CUPED, absolute", "200 a side, 80 % explained", each(_before(), _adjusted)),
        _alarm(
            "CUPED, relative",
            "200 a side, 80 % explained",
            each(_before(), lambda t, c: not _within(cuped(t, c).contrast, 0)),
        ),
        _alarm("CUPED by two covariates", "200 a side", _by_two, repeats=6_000),
        _alarm(
            "Quantile, p90",
            "150 units a side, several times each",
            each(loads(150, probability=0.9), lambda t, c: not _quantile_holds(t, c, 0)),
            repeats=2_000,
            allowance=0.01,
        ),
        _alarm(
            "Credible interval, flat prior",
            "10 %, 1500 a side",
            each(ten, lambda t, c: not _holds(posterior_effect(t, c).interval(), 0)),
            allowance=0.002,
        ),
        _alarm(
            "Non-inferiority",
            "a loss of just the margin, 500 a side",
            each(normal((500, 500), effect=-0.1), _called_no_worse),
        ),
    ]


def _alarms_of_families() -> list[Claim]:
    return [
        _alarm("Holm, three treatments", "300 each", _family(_holm), bound=Bound.AT_MOST),
        _alarm(
            "Dunnett, three treatments",
            "300 each",
            _family(_dunnett),
            repeats=3_000,
        ),
        _alarm("Sample ratio, chi-square", "10,000 units, 50/30/20", _split, repeats=20_000),
    ]


def _coverage() -> list[Claim]:
    twelve = shares((2000, 2000), (0.12, 0.1))
    return [
        _cover(
            "Welch, mean",
            "normal values, 12 against 60, deviations 4 and 1",
            each(
                normal((12, 60), effect=1.0, deviations=(4, 1)),
                lambda t, c: _holds(welch_test(t, c).interval, 1.0),
            ),
        ),
        _cover(
            "Fieller, relative, mean",
            "revenue with a long tail, 10 % more, 2000 a side",
            each(revenue(2000, lift=0.1), lambda t, c: _holds(relative_interval(t, c), 0.1)),
            repeats=6_000,
            allowance=0.005,
        ),
        _cover(
            "Welch, proportion",
            "12 % against 10 %, 2000 a side",
            each(twelve, lambda t, c: _holds(welch_test(t, c).interval, 0.02)),
            allowance=0.002,
        ),
        _cover(
            "Fieller, relative, proportion",
            "12 % against 10 %, 2000 a side",
            each(twelve, lambda t, c: _holds(relative_interval(t, c), 0.2)),
            allowance=0.002,
        ),
        _cover(
            "Newcombe, few successes",
            "8 % of 40 against 3 % of 35",
            each(
                shares((40, 35), (0.08, 0.03)), lambda t, c: _holds(newcombe_interval(t, c), 0.05)
            ),
            bound=Bound.AT_LEAST,
            allowance=0.005,
        ),
        _cover(
            "Welch, ratio",
            "clicks over views, 15 % more, 400 a side",
            each(
                clicks(400, lift=0.15),
                lambda t, c: _holds(welch_test(t, c).interval, 0.15 * CLICK_SHARE),
            ),
        ),
        _cover(
            "CUPED, absolute",
            "5 % more, 150 against 250, 80 % explained",
            each(
                covariates((150, 250), lift=0.05),
                lambda t, c: _holds(_welch(cuped(t, c).contrast), 0.5),
            ),
        ),
        _cover(
            "CUPED, relative",
            "5 % more, 150 against 250, 80 % explained",
            each(
                covariates((150, 250), lift=0.05), lambda t, c: _within(cuped(t, c).contrast, 0.05)
            ),
        ),
        _cover("Post-stratification", "two strata of 300 and 100 a side", _strata, repeats=6_000),
        _cover(
            "Quantile, p90",
            "150 units a side, several times each",
            each(loads(150, probability=0.9, shift=0.5), lambda t, c: _quantile_holds(t, c, 0.5)),
            repeats=2_000,
            allowance=0.01,
        ),
    ]


def _bayesian_coverage() -> list[Claim]:
    return [
        _cover(
            "Credible interval, flat prior",
            "normal values, 500 a side",
            each(
                normal((500, 500), effect=0.1),
                lambda t, c: _holds(posterior_effect(t, c).interval(), 0.1),
            ),
        ),
        _cover(
            "Credible interval, flat prior, relative",
            "12 % against 10 %, 2000 a side",
            each(
                shares((2000, 2000), (0.12, 0.1)),
                lambda t, c: _holds(relative_credible_interval(t, c), 0.2),
            ),
            allowance=0.002,
        ),
        _cover(
            "Credible interval, true prior",
            "effects drawn from the prior, 300 a side",
            _from_the_prior,
        ),
    ]


def _alarm(
    method: str,
    setting: str,
    draw: Draw,
    *,
    bound: Bound = Bound.ABOUT,
    promised: float = 0.05,
    repeats: int = 10_000,
    allowance: float = 0.0,
) -> Claim:
    return Claim(
        section=ALARMS,
        method=method,
        setting=setting,
        bound=bound,
        promised=promised,
        draw=draw,
        repeats=repeats,
        allowance=allowance,
    )


def _cover(
    method: str,
    setting: str,
    draw: Draw,
    *,
    bound: Bound = Bound.ABOUT,
    repeats: int = 10_000,
    allowance: float = 0.0,
) -> Claim:
    return Claim(
        section=COVERAGE,
        method=method,
        setting=setting,
        bound=bound,
        promised=0.95,
        draw=draw,
        repeats=repeats,
        allowance=allowance,
    )


def _found(treatment: Summary, control: Summary) -> bool:
    return welch_test(treatment, control).is_significant


def _holds(interval: ConfidenceInterval | CredibleInterval, truth: float) -> bool:
    return interval.lower <= truth <= interval.upper


def _welch(contrast: Contrast) -> ConfidenceInterval:
    return t_test(contrast.estimate(Scale.ABSOLUTE), df=contrast.df).interval


def _within(contrast: Contrast, truth: float) -> bool:
    """Whether the relative interval holds the truth."""
    lower, upper = contrast.relative_bounds(t_critical_value(contrast.df, alpha=0.05))
    return lower <= truth <= upper


def _before() -> Pairs[CovariateSummary]:
    return covariates((200, 200))


def _adjusted(treatment: CovariateSummary, control: CovariateSummary) -> bool:
    return not _holds(_welch(cuped(treatment, control).contrast), 0)


def _by_two(generator: Generator, count: int) -> list[bool]:
    # The second covariate is a noisy copy of the first: what both say counts once.
    def variant() -> CovariatesSummary:
        after, before = after_and_before(generator, (200,))
        copy = before + generator.normal(0, 1, 200)
        return CovariatesSummary.of(np.column_stack([after, before, copy]).tolist())

    return [
        not _holds(_welch(cuped_by_several(variant(), variant()).contrast), 0) for _ in range(count)
    ]


def _quantile_holds(treatment: QuantileSummary, control: QuantileSummary, truth: float) -> bool:
    estimate = quantile_effect(treatment, control)
    return abs(estimate.effect - truth) <= _NORMAL_95 * math.sqrt(estimate.variance)


def _called_no_worse(treatment: MeanSummary, control: MeanSummary) -> bool:
    gain = estimate_effect(treatment, control, scale=Scale.ABSOLUTE)
    return non_inferiority_test(gain, margin=0.1).is_non_inferior


def _family(any_found: Callable[[Sequence[MeanSummary], MeanSummary], bool]) -> Draw:
    """Whether any of three treatments without an effect is found to have one."""

    def draw(generator: Generator, count: int) -> list[bool]:
        groups = [means_of(generator.normal(2, 1, (count, 300))) for _ in range(4)]
        return [
            any_found(treatments, control) for control, *treatments in zip(*groups, strict=True)
        ]

    return draw


def _holm(treatments: Sequence[MeanSummary], control: MeanSummary) -> bool:
    p_values = [welch_test(treatment, control).p_value for treatment in treatments]
    return min(adjusted_p_values(p_values, Correction.HOLM)) < 0.05


def _dunnett(treatments: Sequence[MeanSummary], control: MeanSummary) -> bool:
    statistics = [welch_test(treatment, control).statistic for treatment in treatments]
    largest = max(statistics, key=abs)
    counts = [treatment.count for treatment in treatments]
    p_value = dunnett_p_value(largest, treatment_counts=counts, control_count=control.count)
    return p_value < 0.05


def _split(generator: Generator, count: int) -> list[bool]:
    design = (0.5, 0.3, 0.2)
    counts = generator.multinomial(10_000, design, size=count).tolist()
    return [sample_ratio_test(each_count, design).p_value < 0.05 for each_count in counts]


def _strata(generator: Generator, count: int) -> list[bool]:
    # Levels 1 and 5; the effect is 0.2 in both.
    strata = [
        zip(
            means_of(generator.normal(level + 0.2, 1, (count, units))),
            means_of(generator.normal(level, 1, (count, units))),
            strict=True,
        )
        for level, units in ((1, 300), (5, 100))
    ]
    covered = []
    for pairs in zip(*strata, strict=True):
        estimate = post_stratified_effect(pairs)
        covered.append(abs(estimate.effect - 0.2) <= _NORMAL_95 * math.sqrt(estimate.variance))
    return covered


def _from_the_prior(generator: Generator, count: int) -> list[bool]:
    prior = NormalPrior(mean=0.05, variance=0.01)
    effects = generator.normal(prior.mean, math.sqrt(prior.variance), count)
    treatments = means_of(generator.normal(2, 1, (count, 300)) + effects[:, None])
    controls = means_of(generator.normal(2, 1, (count, 300)))
    return [
        _holds(posterior_effect(treatment, control, prior=prior).interval(), effect)
        for treatment, control, effect in zip(treatments, controls, effects.tolist(), strict=True)
    ]
