"""A metric's result on the wire, for the API's description; answers are checked by it."""

from typing import Literal

from splitplot.experiments.judgement import Approach, Direction, FamilyScope, Verdict
from splitplot.http.models import Document, ExactBody, Instant
from splitplot.stats import Correction

Bounds = tuple[float | None, float | None]


class ReasonBody(ExactBody):
    """Why something is not there."""

    code: str
    message: str


class EffectBody(ExactBody):
    """An estimate and its interval, in the metric's unit or as a share of the baseline."""

    effect: float | None
    interval: Bounds


class FamilyBody(ExactBody):
    """The comparisons that a p-value was adjusted for, those without a p-value included."""

    scope: FamilyScope
    correction: Correction
    comparisons: int


class AlwaysValidBody(ExactBody):
    """What holds at every look. The smallest p-value over all looks is valid as well."""

    absolute: EffectBody
    relative: EffectBody | None
    p_value: float


class StepBody(ExactBody):
    """One step of a funnel; the first one is the exposure."""

    count: int
    share_of_first: float | None
    share_of_previous: float | None


class AdjustmentBody(ExactBody):
    """What a covariate took out (CUPED): its slope, and the shares of the variances."""

    theta: float | None
    variance_reduction: float | None
    baseline_variance_reduction: float | None


class BaselineFigures(ExactBody):
    """What the baseline itself is. Steps are a funnel's only."""

    value: float | None
    steps: list[StepBody] | None


class VariantFigures(ExactBody):
    """Our own judgement of a variant: figures that cannot contradict its verdict.

    The false positive risk is there for a verdict of better only, steps for funnels only,
    and the adjustment where a covariate was taken out.
    """

    value: float | None
    steps: list[StepBody] | None
    adjustment: AdjustmentBody | None
    level: float
    approach: Approach | None
    absolute: EffectBody | None
    relative: EffectBody | None
    p_value: float | None
    adjusted_p_value: float | None
    family: FamilyBody | None
    always_valid: AlwaysValidBody | None
    chance_better: float | None
    false_positive_risk: float | None
    direction: Direction | None
    verdict: Verdict | None
    reason: ReasonBody | None
    relative_reason: ReasonBody | None
    failure_reason: ReasonBody | None


class SumsBody(ExactBody):
    """The sums of one variant.

    The step fields are a funnel's only, those of the denominator a ratio's and retention's,
    and those of the covariate are there where results are adjusted (CUPED).
    """

    key: str
    number_of_samples: int
    sum: float | None
    sum_squares: float | None
    step_counts: list[int] | None = None
    step_sessions: list[Document] | None = None
    denominator_sum: float | None = None
    denominator_sum_squares: float | None = None
    numerator_denominator_sum_product: float | None = None
    covariate_sum: float | None = None
    covariate_sum_squares: float | None = None
    covariate_sum_product: float | None = None
    validation_failures: list[str]


class BaselineBody(SumsBody):
    """The variant that the others are compared with."""

    method: Literal["bayesian", "frequentist"]
    splitplot: BaselineFigures


class BayesianVariant(SumsBody):
    """A treatment with the Bayesian figures; they are null where there are too few data."""

    method: Literal["bayesian"]
    chance_to_win: float | None
    credible_interval: Bounds | None
    significant: bool | None
    splitplot: VariantFigures


class FrequentistVariant(SumsBody):
    """A treatment with the frequentist figures."""

    method: Literal["frequentist"]
    p_value: float | None
    confidence_interval: Bounds | None
    significant: bool | None
    splitplot: VariantFigures


class PartBody(ExactBody):
    """The result among the units of one breakdown value: one text for each property."""

    breakdown_value: list[str]
    baseline: BaselineBody
    variants: list[BayesianVariant | FrequentistVariant]


class Provenance(ExactBody):
    """Where and when an answer was made."""

    cache_key: str
    is_cached: bool
    last_refresh: Instant
    next_allowed_client_refresh: Instant
    cache_target_age: Instant | None
    timezone: str
    calculation_trigger: str | None
    query_status: Document | None


class MetricAnswer(Provenance):
    """The answer to an `ExperimentQuery`. The last fields are for old clients, and empty."""

    kind: Literal["ExperimentQuery"]
    metric: Document
    baseline: BaselineBody
    variant_results: list[BayesianVariant | FrequentistVariant]
    breakdown_results: list[PartBody] | None
    clickhouse_sql: str
    hogql: str | None
    is_precomputed: bool
    warnings: list[ReasonBody]
    insight: list[Document] | None
    variants: list[Document] | None
    probability: dict[str, float] | None
    significant: bool | None
    significance_code: str | None
    stats_version: int | None
    p_value: float | None
    credible_intervals: dict[str, Bounds] | None
