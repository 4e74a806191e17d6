"""Simulated trials: pairs of summaries, treatment first, drawn many at a time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from splitplot.stats import (
    CovariateSummary,
    MeanSummary,
    ProportionSummary,
    QuantileSummary,
    RatioSummary,
    quantile_summary,
)
from tools.calibration.claims import Draw

Array: TypeAlias = NDArray[np.float64]
Generator: TypeAlias = np.random.Generator
T = TypeVar("T")
Pairs: TypeAlias = Callable[[Generator, int], Iterable[tuple[T, T]]]

# Ratios: a unit views some pages and clicks on a share of its own.
CLICK_SHARE = 0.1
# Covariates: metric = covariate + noise, so that the squared correlation is 0.8.
EXPLAINED = 0.8


def each(pairs: Pairs[T], happened: Callable[[T, T], bool]) -> Draw:
    """The draw of a claim about single pairs."""

    def draw(generator: Generator, count: int) -> Sequence[bool]:
        return [happened(treatment, control) for treatment, control in pairs(generator, count)]

    return draw


def normal(
    counts: tuple[int, int], *, effect: float = 0.0, deviations: tuple[float, float] = (1.0, 1.0)
) -> Pairs[MeanSummary]:
    """Normal values, 2 on average under control."""

    def pairs(generator: Generator, count: int) -> Iterator[tuple[MeanSummary, MeanSummary]]:
        return zip(
            means_of(generator.normal(2 + effect, deviations[0], (count, counts[0]))),
            means_of(generator.normal(2, deviations[1], (count, counts[1]))),
            strict=True,
        )

    return pairs


def revenue(units: int, *, lift: float = 0.0) -> Pairs[MeanSummary]:
    """Four in five spend nothing, the others amounts with a long tail."""

    def spent(generator: Generator, count: int) -> Array:
        buys = generator.random((count, units)) < 0.2
        return np.where(buys, generator.lognormal(3, 1, (count, units)), 0)

    def pairs(generator: Generator, count: int) -> Iterator[tuple[MeanSummary, MeanSummary]]:
        treatment = (1 + lift) * spent(generator, count)
        return zip(means_of(treatment), means_of(spent(generator, count)), strict=True)

    return pairs


def shares(counts: tuple[int, int], chances: tuple[float, float]) -> Pairs[ProportionSummary]:
    """Units that did or did not."""

    def pairs(
        generator: Generator, count: int
    ) -> Iterator[tuple[ProportionSummary, ProportionSummary]]:
        drawn = [
            generator.binomial(units, chance, count).tolist()
            for units, chance in zip(counts, chances, strict=True)
        ]
        for did, did_control in zip(*drawn, strict=True):
            yield (
                ProportionSummary(count=counts[0], successes=did),
                ProportionSummary(count=counts[1], successes=did_control),
            )

    return pairs


def clicks(units: int, *, lift: float = 0.0) -> Pairs[RatioSummary]:
    """Clicks over page views, where every unit has its own number of views and own share."""

    def pairs(generator: Generator, count: int) -> Iterator[tuple[RatioSummary, RatioSummary]]:
        return zip(
            ratios_of(*clicks_and_views(generator, (count, units), lift=lift)),
            ratios_of(*clicks_and_views(generator, (count, units))),
            strict=True,
        )

    return pairs


def clicks_and_views(
    generator: Generator, shape: tuple[int, ...], *, lift: float = 0.0
) -> tuple[Array, Array]:
    """Clicks and views of each unit; the share of a unit follows a beta distribution."""
    views = 1 + generator.poisson(9, shape)
    own = generator.beta(40 * CLICK_SHARE, 40 * (1 - CLICK_SHARE), shape)
    clicked = generator.binomial(views, own * (1 + lift))
    return clicked.astype(np.float64), views.astype(np.float64)


def covariates(units: tuple[int, int], *, lift: float = 0.0) -> Pairs[CovariateSummary]:
    """A metric that is mostly what it was before, 10 on average."""

    def pairs(
        generator: Generator, count: int
    ) -> Iterator[tuple[CovariateSummary, CovariateSummary]]:
        return zip(
            covariates_of(*after_and_before(generator, (count, units[0]), lift=lift)),
            covariates_of(*after_and_before(generator, (count, units[1]))),
            strict=True,
        )

    return pairs


def after_and_before(
    generator: Generator, shape: tuple[int, ...], *, lift: float = 0.0
) -> tuple[Array, Array]:
    """Metric and covariate of each unit."""
    before = generator.normal(10, 2, shape)
    return (1 + lift) * before + generator.normal(0, 1, shape), before


def loads(units: int, *, probability: float, shift: float = 0.0) -> Pairs[QuantileSummary]:
    """Quantiles of times, of which every unit has one to eight that resemble each other."""

    def variant(generator: Generator, level: float) -> QuantileSummary:
        own = generator.normal(level, 1, units)
        sizes = generator.integers(1, 9, units)
        values = np.repeat(own, sizes) + generator.normal(0, 1, int(sizes.sum()))
        parts = np.split(values, np.cumsum(sizes)[:-1])
        return quantile_summary([part.tolist() for part in parts], probability=probability)

    def pairs(
        generator: Generator, count: int
    ) -> Iterator[tuple[QuantileSummary, QuantileSummary]]:
        for _ in range(count):
            yield variant(generator, shift), variant(generator, 0.0)

    return pairs


def means_of(values: Array) -> list[MeanSummary]:
    """A summary for each row."""
    units = values.shape[1]
    return [
        MeanSummary(count=units, sum=total, sum_squares=squares)
        for total, squares in zip(_sums(values), _sums(values * values), strict=True)
    ]


def ratios_of(over: Array, under: Array) -> list[RatioSummary]:
    """A summary for each row."""
    units = over.shape[1]
    columns = [over, over * over, under, under * under, over * under]
    return [
        RatioSummary(
            count=units,
            sum=a,
            sum_squares=aa,
            denominator_sum=b,
            denominator_sum_squares=bb,
            product_sum=ab,
        )
        for a, aa, b, bb, ab in zip(*map(_sums, columns), strict=True)
    ]


def covariates_of(metric: Array, covariate: Array) -> list[CovariateSummary]:
    """A summary for each row."""
    return [
        CovariateSummary(
            metric=mean, covariate_sum=x.sum, covariate_sum_squares=x.sum_squares, product_sum=both
        )
        for mean, x, both in zip(
            means_of(metric), means_of(covariate), _sums(metric * covariate), strict=True
        )
    ]


def _sums(values: Array) -> list[float]:
    sums: list[float] = values.sum(axis=1).tolist()
    return sums
