"""Taking out of a comparison what was known of the units before exposure (CUPED)."""

from splitplot.errors import Undefined
from splitplot.experiments.judgement import (
    Goal,
    Judgement,
    judge,
    judge_contrast,
    reason_of,
    unjudged,
)
from splitplot.experiments.plan import VariantSummary
from splitplot.experiments.stats_config import (
    BayesianSettings,
    FrequentistSettings,
    StatsConfig,
    StatsSettings,
)
from splitplot.stats import (
    CovariateSummary,
    MeanSummary,
    Posterior,
    ProportionSummary,
    Scale,
    SequentialTest,
    Summary,
    WelchTest,
    always_valid_test,
    combine,
    compatible_cuped,
    compatible_estimate,
    cuped,
    t_test,
)
from splitplot.stats.bayesian import check_counts

# The treatment's and the control's.
Covariates = tuple[CovariateSummary, CovariateSummary]


def covariates_of(
    treatment: VariantSummary, control: VariantSummary, *, summaries: tuple[Summary, Summary]
) -> Covariates | None:
    """The covariates of a pair of variants; None where there are none.

    Args:
        treatment: The treatment's sums.
        control: The control's.
        summaries: The same two in the terms of the statistics engine.
    """
    one, other = (
        _covariate_summary(sums, summary)
        for sums, summary in zip((treatment, control), summaries, strict=True)
    )
    return None if one is None or other is None else (one, other)


def compatible_figures(
    covariates: Covariates, settings: StatsSettings
) -> Posterior | WelchTest | SequentialTest:
    """What clients of the compatible API expect of adjusted variants.

    Raises:
        Undefined: The data cannot answer.
    """
    adjustment = compatible_cuped(*covariates)
    contrast = adjustment.contrast
    estimate = compatible_estimate(adjustment, scale=settings.scale)
    match settings:
        case BayesianSettings(scale=scale):
            if scale is Scale.RELATIVE and contrast.base <= 0:
                raise Undefined(
                    "The control's value is not above zero.", code="baseline_not_positive"
                )
            return combine(estimate, None)
        case FrequentistSettings(alpha=alpha):
            return t_test(estimate, df=contrast.df, alpha=alpha)
        case _:
            return always_valid_test(
                estimate, units=contrast.units, alpha=settings.alpha, tuning=settings.tuning
            )


def judge_adjusted(covariates: Covariates, *, config: StatsConfig, goal: Goal) -> Judgement:
    """Judge a treatment by its adjusted difference; the base of shares is the control's own value.

    Shares with few successes or failures are judged as they are: the methods for small
    counts know no covariate.
    """
    treatment, control = (covariate.metric for covariate in covariates)
    settings, success_share = config.settings, config.success_share
    try:
        for metric in (treatment, control):
            check_counts(metric)
    except Undefined:
        return judge(treatment, control, settings=settings, goal=goal, success_share=success_share)
    try:
        contrast = cuped(*covariates).contrast
    except Undefined as undefined:
        return unjudged(reason_of(undefined), settings=settings)
    return judge_contrast(contrast, settings=settings, goal=goal, success_share=success_share)


def _covariate_summary(sums: VariantSummary, summary: Summary) -> CovariateSummary | None:
    total, squares, product = (
        sums.covariate_sum,
        sums.covariate_sum_squares,
        sums.covariate_sum_product,
    )
    if total is None or squares is None or product is None:
        return None
    if not isinstance(summary, MeanSummary | ProportionSummary):
        return None
    return CovariateSummary(
        metric=summary, covariate_sum=total, covariate_sum_squares=squares, product_sum=product
    )
