"""What queries and answers look like, for the API's description; answers are checked by it."""

from typing import Literal

from splitplot.experiments.judgement import Direction, Verdict
from splitplot.http.models import Document, ExactBody, Instant
from splitplot.http.resources.query.schemas import MODES

Bounds = tuple[float | None, float | None]


class ReasonBody(ExactBody):
    """Why something is not there."""

    code: str
    message: str


class EffectBody(ExactBody):
    """An estimate and its interval, in the metric's unit or as a share of the baseline."""

    effect: float | None
    interval: Bounds


class BaselineFigures(ExactBody):
    """What the baseline itself is."""

    value: float | None


class VariantFigures(ExactBody):
    """Our own judgement of a variant: figures that cannot contradict its verdict."""

    value: float | None
    level: float
    absolute: EffectBody | None
    relative: EffectBody | None
    p_value: float | None
    chance_better: float | None
    direction: Direction | None
    verdict: Verdict | None
    reason: ReasonBody | None
    relative_reason: ReasonBody | None
    failure_reason: ReasonBody | None


class SumsBody(ExactBody):
    """The sums of one variant. The step fields are a funnel's only."""

    key: str
    number_of_samples: int
    sum: float | None
    sum_squares: float | None
    step_counts: list[int] | None = None
    step_sessions: list[Document] | None = None
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
    breakdown_results: list[Document] | None
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


class SeriesBody(ExactBody):
    """Units of one variant at the end of each day, cumulative."""

    variant: str
    days: list[str]
    exposure_counts: list[int]


class DateRange(ExactBody):
    """The window in which exposures count; empty for a draft."""

    date_from: Instant | None
    date_to: Instant | None


class SampleRatioFigures(ExactBody):
    """What the check of the split says."""

    is_mismatch: bool
    sequential_p_value: float | None


class SampleRatioBody(ExactBody):
    """The check of the split."""

    expected: dict[str, float]
    p_value: float | None
    splitplot: SampleRatioFigures


class BiasRiskBody(ExactBody):
    """Units left out of an uneven split, in percent of all."""

    multiple_variant_percentage: float


class ExposureAnswer(Provenance):
    """The answer to an `ExperimentExposureQuery`."""

    kind: Literal["ExperimentExposureQuery"]
    timeseries: list[SeriesBody]
    total_exposures: dict[str, int]
    date_range: DateRange
    sample_ratio_mismatch: SampleRatioBody | None
    bias_risk: BiasRiskBody | None
    exposure_coverage: Document | None
    warnings: list[ReasonBody]


class NothingKept(ExactBody):
    """Only a kept answer was wanted, and there is none."""

    cache_key: str
    query_status: Document | None


_OBJECT = {"type": "object", "additionalProperties": True}
_DATE = {"type": ["string", "null"], "format": "date-time"}
_METRIC_QUERY: dict[str, object] = {
    "type": "object",
    "title": "ExperimentQuery",
    "properties": {
        "kind": {"const": "ExperimentQuery"},
        "experiment_id": {"type": "integer"},
        "metric": _OBJECT,
    },
    "required": ["kind", "experiment_id", "metric"],
}
_EXPOSURE_QUERY: dict[str, object] = {
    "type": "object",
    "title": "ExperimentExposureQuery",
    "properties": {
        "kind": {"const": "ExperimentExposureQuery"},
        "experiment_id": {"type": ["integer", "null"]},
        "feature_flag": {
            "type": "object",
            "properties": {"key": {"type": "string", "minLength": 1}, "filters": _OBJECT},
            "required": ["key"],
        },
        "start_date": _DATE,
        "end_date": _DATE,
        "exposure_criteria": {"type": ["object", "null"], "additionalProperties": True},
        "holdout": {
            "type": ["object", "null"],
            "properties": {"id": {"type": "integer"}},
            "required": ["id"],
            "additionalProperties": True,
        },
    },
    "required": ["kind", "feature_flag"],
}
_TRENDS_QUERY: dict[str, object] = {
    "type": "object",
    "title": "ExperimentTrendsQuery",
    "properties": {
        "kind": {"const": "ExperimentTrendsQuery"},
        "experiment_id": {"type": "integer"},
        "count_query": _OBJECT,
        "exposure_query": {"type": ["object", "null"], "additionalProperties": True},
    },
    "required": ["kind", "experiment_id", "count_query"],
}
_FUNNELS_QUERY: dict[str, object] = {
    "type": "object",
    "title": "ExperimentFunnelsQuery",
    "properties": {
        "kind": {"const": "ExperimentFunnelsQuery"},
        "experiment_id": {"type": "integer"},
        "funnels_query": _OBJECT,
    },
    "required": ["kind", "experiment_id", "funnels_query"],
}
_QUERIES = [_METRIC_QUERY, _EXPOSURE_QUERY, _TRENDS_QUERY, _FUNNELS_QUERY]
QUERY_BODY: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "query": {"oneOf": _QUERIES},
                        "refresh": {"anyOf": [{"enum": [*MODES]}, {"type": ["boolean", "null"]}]},
                    },
                    "required": ["query"],
                }
            }
        },
    }
}
