"""Queries on the wire: what is asked."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from splitplot.experiments.planning import ExposureRequest
from splitplot.services.answers import Refresh

# The ordinary words of every query.
MODES: dict[str, Refresh] = {
    "blocking": Refresh.REUSE,
    "async": Refresh.REUSE,
    "lazy_async": Refresh.REUSE,
    "async_except_on_cache_miss": Refresh.REUSE,
    "force_blocking": Refresh.FORCE,
    "force_async": Refresh.FORCE,
    "force_cache": Refresh.KEPT_ONLY,
}
# With these an answer that has to be computed is fetched later.
LATER = frozenset({"async", "lazy_async", "force_async"})


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


class FromWire(BaseModel):
    """A part of a query."""

    # Clients send what other servers need as well.
    model_config = ConfigDict(extra="ignore", frozen=True)


class QueryRequest(FromWire):
    """What is posted beside the query: whether a kept answer will do, and a name for it."""

    refresh: Annotated[bool | str | None, AfterValidator(_mode)] = None
    client_query_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None

    @property
    def is_later(self) -> bool:
        """Whether the answer may be fetched later."""
        return isinstance(self.refresh, str) and self.refresh in LATER

    @property
    def mode(self) -> Refresh:
        """The same for the result service."""
        if isinstance(self.refresh, str):
            return MODES[self.refresh]
        return Refresh.FORCE if self.refresh else Refresh.REUSE


class ExperimentQuery(FromWire):
    """What one metric says about an experiment's variants."""

    kind: Literal["ExperimentQuery"]
    experiment_id: int
    metric: dict[str, Any]
    precomputation_mode: Literal["precomputed", "direct"] | None = None


class FeatureFlag(FromWire):
    """As much of a flag as says who gets what."""

    key: Annotated[str, Field(min_length=1)]
    filters: dict[str, Any] = {}


class Holdout(FromWire):
    """As much of a holdout as says what its units are answered."""

    id: int


class ExperimentExposureQuery(FromWire):
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


class LegacyQuery(FromWire):
    """What a metric of the first years says about an experiment's variants."""

    kind: Literal["ExperimentTrendsQuery", "ExperimentFunnelsQuery"]
    experiment_id: int
    count_query: dict[str, Any] | None = None
    exposure_query: dict[str, Any] | None = None
    funnels_query: dict[str, Any] | None = None
