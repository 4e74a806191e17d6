"""Outcomes of the engine as documents."""

import math

from splitplot.stats.bayesian import Posterior
from splitplot.stats.calculator.documents import Answer
from splitplot.stats.effects import ConfidenceInterval, CredibleInterval, Estimate
from splitplot.stats.frequentist import WelchTest
from splitplot.stats.sequential import SequentialTest


def estimate_answer(effect: float, variance: float) -> Answer:
    """An effect and its error.

    Examples:
        >>> estimate_answer(0.5, 0.25)
        {'effect': 0.5, 'variance': 0.25, 'standard_error': 0.5}
    """
    return {"effect": effect, "variance": variance, "standard_error": math.sqrt(variance)}


def interval_answer(interval: ConfidenceInterval | CredibleInterval) -> Answer:
    """Bounds."""
    return {"interval": [interval.lower, interval.upper]}


def welch_answer(test: WelchTest) -> Answer:
    """A test for one look."""
    return {
        **estimate_answer(test.effect, test.variance),
        "statistic": test.statistic,
        "degrees_of_freedom": test.df,
        "p_value": test.p_value,
        **interval_answer(test.interval),
        "significant": test.is_significant,
    }


def sequential_answer(look: SequentialTest) -> Answer:
    """One look of an always-valid test, which has no statistic and no degrees of freedom."""
    return {
        **estimate_answer(look.effect, look.variance),
        "p_value": look.p_value,
        **interval_answer(look.interval),
        "log_e_value": look.log_e_value,
        "significant": look.is_significant,
    }


def posterior_answer(
    posterior: Posterior, interval: CredibleInterval, *, is_significant: bool, base: float = 1.0
) -> Answer:
    """What is believed after the data.

    Args:
        posterior: Of the effect.
        interval: Bounds, on whatever scale.
        is_significant: By the engine's own rule.
        base: What losses are shares of.
    """
    return {
        **estimate_answer(posterior.mean, posterior.variance),
        **interval_answer(interval),
        "chance_to_win": posterior.chance_above_zero,
        "risk": {
            "ship": posterior.loss_if_shipped / base,
            "keep": posterior.loss_if_kept / base,
        },
        "significant": is_significant,
    }


def relative_answer(estimate: Estimate, bounds: tuple[float, float]) -> Answer:
    """An effect as a share of the control's value, to be laid over an absolute answer."""
    return {**estimate_answer(estimate.effect, estimate.variance), "interval": [*bounds]}
