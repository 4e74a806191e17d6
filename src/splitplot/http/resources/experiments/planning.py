"""Before an experiment: how long it will take, and whether its flag is in the code."""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query

from splitplot.errors import InvalidInput
from splitplot.experiments.legacy.metrics import entities_of, names_of
from splitplot.experiments.running_time import BaselineSums, RunningTimeRequest, running_time
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.auth import PlatformOf
from splitplot.http.bodies import Body
from splitplot.http.fields import (
    Fields,
    choice,
    document,
    items,
    number_of,
    or_null,
    read_fields,
    whole,
)
from splitplot.http.fields import Reader as FieldReader
from splitplot.http.models import ExactBody
from splitplot.http.resources.experiments.callers import PREFIX, Reader, allow_only
from splitplot.http.resources.experiments.documentation import RUNNING_TIME_BODY
from splitplot.stats.running_time import PlannedMetric

router = APIRouter(prefix=PREFIX, tags=["experiments"])

_DEFAULT_SAMPLES, _MOST_SAMPLES = 20, 1000
_STATS = "baseline_stats"


class RunningTimeBody(ExactBody):
    """A plan; null stands for what cannot be computed from what was given."""

    baseline_value: float | None
    variance: float | None
    recommended_sample_size: int | None
    recommended_running_time_days: int | None


class ImplementationBody(ExactBody):
    """Whether the flag is still missing in the code."""

    result: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplementationQuery:
    """Which events are looked at."""

    events: Annotated[str | None, Query(description="A JSON list of `{id: name}`.")] = None
    actions: Annotated[str | None, Query(description="A JSON list of `{id: number}`.")] = None
    limit: Annotated[str | None, Query(description="Events of each name; 20 unless told.")] = None


@router.post(
    "/calculate_running_time/", response_model=RunningTimeBody, openapi_extra=RUNNING_TIME_BODY
)
def calculate_running_time(_caller: Reader, body: Body) -> Mapping[str, object]:
    """How many units a plan needs, and how many days these take to come. Nothing is stored."""
    plan = running_time(_plan(body))
    return {
        "baseline_value": plan.baseline,
        "variance": plan.variance,
        "recommended_sample_size": plan.units,
        "recommended_running_time_days": plan.days,
    }


@router.get("/requires_flag_implementation/", response_model=ImplementationBody)
def requires_flag_implementation(
    caller: Reader, platform: PlatformOf, query: Annotated[ImplementationQuery, Depends()]
) -> Mapping[str, object]:
    """Whether none of the latest events of the last seven days says what a flag has served."""
    filters = {"events": _entities(query.events, "events"), "actions": _entities(query.actions)}
    names = names_of(entities_of(filters))
    found = platform.actions.legacy_results.has_flag_in_events(
        caller.project, names, samples=_samples(query.limit)
    )
    return {"result": not found}


allow_only(router, "/calculate_running_time/", "POST")
allow_only(router, "/requires_flag_implementation/", "GET")


def _entities(sent: str | None, name: str = "actions") -> JsonValue:
    if not sent:
        return []
    try:
        read = json.loads(sent)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{name} must be a JSON list", attr=name) from error
    if not isinstance(read, list):
        raise InvalidInput(f"{name} must be a JSON list", attr=name)
    return cast("JsonValue", read)


def _samples(sent: str | None) -> int:
    samples = number_of(sent, "limit") if sent else _DEFAULT_SAMPLES
    return min(samples, _MOST_SAMPLES) if samples > 0 else _DEFAULT_SAMPLES


def _plan(body: Properties) -> RunningTimeRequest:
    read = read_fields(body, _FIELDS, required=("metric_type", "minimum_detectable_effect"))
    variants = cast("int | None", read.get("variants"))
    return RunningTimeRequest(
        metric=cast("PlannedMetric", read["metric"]),
        relative_effect=cast("float", read["effect_percentage"]) / 100,
        variants=2 if variants is None else variants,
        units_per_day=cast("float | None", read.get("units_per_day")),
        baseline=cast("float | None", read.get("baseline")),
        sums=cast("BaselineSums | None", read.get("sums")),
        variance=cast("float | None", read.get("variance")),
    )


def _sums(value: JsonValue, field: str) -> BaselineSums:
    # Under the names by which what is wrong is reported.
    stats = {f"{field}__{name}": item for name, item in document(value, field).items()}
    read = read_fields(stats, _SUMS, required=(f"{field}__number_of_samples", f"{field}__sum"))
    return BaselineSums(
        count=cast("int", read["count"]),
        sum=cast("float", read["sum"]),
        sum_squares=cast("float | None", read.get("sum_squares")),
        denominator_sum=cast("float | None", read.get("denominator_sum")),
        denominator_sum_squares=cast("float | None", read.get("denominator_sum_squares")),
        product_sum=cast("float | None", read.get("product_sum")),
        step_counts=cast("tuple[float, ...] | None", read.get("step_counts")) or (),
    )


def _number(value: JsonValue, field: str) -> float:
    number = math.nan
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        # A whole number may be too long for a double.
        with suppress(ValueError, OverflowError):
            number = float(value)
    if not math.isfinite(number):
        raise InvalidInput("A valid number is required.", attr=field)
    return number


def _at_least(least: int) -> FieldReader[int]:
    def read(value: JsonValue, field: str) -> int:
        number = whole(value, field)
        if number < least:
            message = f"Ensure this value is greater than or equal to {least}."
            raise InvalidInput(message, code="min_value", attr=field)
        return number

    return read


_SUMS: Fields = {
    f"{_STATS}__number_of_samples": ("count", _at_least(0)),
    f"{_STATS}__sum": ("sum", _number),
    f"{_STATS}__sum_squares": ("sum_squares", or_null(_number)),
    f"{_STATS}__denominator_sum": ("denominator_sum", or_null(_number)),
    f"{_STATS}__denominator_sum_squares": ("denominator_sum_squares", or_null(_number)),
    f"{_STATS}__numerator_denominator_sum_product": ("product_sum", or_null(_number)),
    f"{_STATS}__step_counts": ("step_counts", or_null(items(_number))),
}
_FIELDS: Fields = {
    "metric_type": ("metric", choice(PlannedMetric)),
    "minimum_detectable_effect": ("effect_percentage", _number),
    "number_of_variants": ("variants", or_null(_at_least(1))),
    "exposure_rate_per_day": ("units_per_day", or_null(_number)),
    "baseline_value": ("baseline", or_null(_number)),
    _STATS: ("sums", or_null(_sums)),
    "variance": ("variance", or_null(_number)),
}
