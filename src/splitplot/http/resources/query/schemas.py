"""Queries on the wire: what is asked."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from splitplot.errors import InvalidInput
from splitplot.experiments.planning import ExposureRequest
from splitplot.filters.model import JsonValue, Properties
from splitplot.services.answers import Refresh

# The ordinary words of every query. One that asks for an answer later gets it at once.
MODES: dict[str, Refresh] = {
    "blocking": Refresh.REUSE,
    "async": Refresh.REUSE,
    "lazy_async": Refresh.REUSE,
    "async_except_on_cache_miss": Refresh.REUSE,
    "force_blocking": Refresh.FORCE,
    "force_async": Refresh.FORCE,
    "force_cache": Refresh.KEPT_ONLY,
}


def _in_utc(moment: datetime) -> datetime:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC)
    except OverflowError as error:
        raise PydanticCustomError("out_of_range", "This date is out of range.") from error


def _mode(refresh: bool | str | None) -> bool | str | None:  # noqa: FBT001 - JSON's true and false
    if isinstance(refresh, str) and refresh not in MODES:
        raise PydanticCustomError("enum", "not a refresh mode")
    return refresh


Instant: TypeAlias = Annotated[datetime, AfterValidator(_in_utc)]


class _Wire(BaseModel):
    # Clients send what other servers need as well.
    model_config = ConfigDict(extra="ignore", frozen=True)


class QueryRequest(_Wire):
    """What is posted beside the query: whether a kept answer will do."""

    refresh: Annotated[bool | str | None, AfterValidator(_mode)] = None

    @property
    def mode(self) -> Refresh:
        """The same for the result service."""
        if isinstance(self.refresh, str):
            return MODES[self.refresh]
        return Refresh.FORCE if self.refresh else Refresh.REUSE


class ExperimentQuery(_Wire):
    """What one metric says about an experiment's variants."""

    kind: Literal["ExperimentQuery"]
    experiment_id: int
    metric: dict[str, Any]


class FeatureFlag(_Wire):
    """As much of a flag as says who gets what."""

    key: Annotated[str, Field(min_length=1)]
    filters: dict[str, Any] = {}


class Holdout(_Wire):
    """As much of a holdout as says what its units are answered."""

    id: int


class ExperimentExposureQuery(_Wire):
    """Who was exposed, day by day. The window comes with the query."""

    kind: Literal["ExperimentExposureQuery"]
    experiment_id: int | None = None
    feature_flag: FeatureFlag
    start_date: Instant | None = None
    end_date: Instant | None = None
    exposure_criteria: dict[str, Any] | None = None
    holdout: Holdout | None = None

    def request(self) -> ExposureRequest:
        """The same for the result service."""
        return ExposureRequest(
            experiment_id=self.experiment_id,
            flag_key=self.feature_flag.key,
            flag_filters=self.feature_flag.filters,
            criteria=self.exposure_criteria or {},
            start=self.start_date,
            end=self.end_date,
            holdout=None if self.holdout is None else f"holdout-{self.holdout.id}",
        )


class LegacyQuery(_Wire):
    """What a metric of the first years says about an experiment's variants."""

    kind: Literal["ExperimentTrendsQuery", "ExperimentFunnelsQuery"]
    experiment_id: int
    count_query: dict[str, Any] | None = None
    exposure_query: dict[str, Any] | None = None
    funnels_query: dict[str, Any] | None = None


Query: TypeAlias = ExperimentQuery | ExperimentExposureQuery | LegacyQuery

_KINDS: dict[str, type[Query]] = {
    "ExperimentQuery": ExperimentQuery,
    "ExperimentExposureQuery": ExperimentExposureQuery,
    "ExperimentTrendsQuery": LegacyQuery,
    "ExperimentFunnelsQuery": LegacyQuery,
}


def query_of(body: dict[str, JsonValue]) -> Query:
    """The query that was posted.

    Raises:
        InvalidInput: There is none, or its kind is not one that is answered here.
    """
    document = _member(body, "query", attr="query")
    if not isinstance(document, Mapping):
        raise InvalidInput(
            f'Expected a dictionary of items but got type "{type(document).__name__}".',
            code="not_a_dict",
            attr="query",
        )
    kind = _member(document, "kind", attr="query__kind")
    known = _KINDS.get(kind) if isinstance(kind, str) else None
    if known is None:
        raise InvalidInput(
            f"Unsupported query kind: {kind!r}. Answered are {', '.join(_KINDS)}.",
            code="unsupported_query",
            attr="query__kind",
        )
    return known.model_validate(document)


def _member(document: Properties, key: str, *, attr: str) -> JsonValue:
    if key not in document:
        raise InvalidInput("This field is required.", code="required", attr=attr)
    if document[key] is None:
        raise InvalidInput("This field may not be null.", code="null", attr=attr)
    return document[key]
