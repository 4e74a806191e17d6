"""What queries and answers look like, for the API's description; answers are checked by it."""

from typing import Literal

from splitplot.http.models import Document, ExactBody, Instant
from splitplot.http.resources.query.schemas import MODES
from splitplot.http.results.bodies import Provenance, ReasonBody


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


class QueryStatusBody(ExactBody):
    """How far a query is whose answer is fetched later.

    `results` is its answer once it is complete without an error. `id` is what was sent as
    `client_query_id`, or made up.
    """

    id: str
    team_id: int
    query_async: Literal[True]
    complete: bool
    error: bool
    error_message: str | None
    results: Document | None
    start_time: Instant
    pickup_time: Instant | None
    end_time: Instant | None
    expiration_time: Instant


class LaterAnswer(ExactBody):
    """The answer is being computed: ask for it by the status' id."""

    query_status: QueryStatusBody


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
        "precomputation_mode": {"enum": ["precomputed", "direct", None]},
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
_FUNNEL_ACTORS: dict[str, object] = {
    "type": "object",
    "title": "ExperimentActorsQuery",
    "properties": {
        "kind": {"const": "ExperimentActorsQuery"},
        "source": _METRIC_QUERY,
        "funnelStep": {"type": "integer"},
        "funnelStepBreakdown": {"type": ["string", "null"]},
        "includeRecordings": {"type": ["boolean", "null"]},
    },
    "required": ["kind", "source", "funnelStep"],
}
_ACTORS_QUERY: dict[str, object] = {
    "type": "object",
    "title": "ActorsQuery",
    "properties": {
        "kind": {"const": "ActorsQuery"},
        "source": _FUNNEL_ACTORS,
        "select": {"type": ["array", "null"], "items": {"type": "string"}},
        "limit": {"type": ["integer", "null"], "minimum": 1, "maximum": 1000},
        "offset": {"type": ["integer", "null"], "minimum": 0},
    },
    "required": ["kind", "source"],
}
_QUERIES = [
    *(_METRIC_QUERY, _EXPOSURE_QUERY, _TRENDS_QUERY, _FUNNELS_QUERY),
    *(_ACTORS_QUERY, _FUNNEL_ACTORS),
]
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
                        "client_query_id": {
                            "type": ["string", "null"],
                            "minLength": 1,
                            "maxLength": 128,
                        },
                    },
                    "required": ["query"],
                }
            }
        },
    }
}
