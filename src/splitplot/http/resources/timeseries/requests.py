"""What is asked of results by day."""

from typing import Annotated

from fastapi import Depends, Path, Query

from splitplot.errors import InvalidInput
from splitplot.experiments.history.series import SeriesKey
from splitplot.experiments.model import ExperimentId
from splitplot.filters.model import JsonValue, Properties
from splitplot.http.fields import document, text

_LONGEST = 400
_MAX_ID = 2**31 - 1
_TEXT = text(max_length=_LONGEST)


def series_request(body: Properties, experiment_id: int) -> tuple[SeriesKey, Properties]:
    """Whose days are to be computed, and the metric's document.

    Raises:
        InvalidInput: Metric or fingerprint are missing or of another form.
    """
    metric = document(_member(body, "metric"), "metric")
    fingerprint = _TEXT(_member(body, "fingerprint"), "fingerprint")
    uuid = metric.get("uuid")
    if not uuid:
        raise InvalidInput("metric uuid is required", code="required", attr="metric__uuid")
    key = SeriesKey(
        experiment_id=ExperimentId(experiment_id),
        metric_uuid=_TEXT(uuid, "metric__uuid"),
        fingerprint=fingerprint,
    )
    return key, metric


def trigger_of(body: Properties) -> str:
    """Who or what asks for a run; people do unless it says otherwise.

    Raises:
        InvalidInput: It is no text.
    """
    return _TEXT(body.get("trigger", "manual"), "trigger")


def _series_key(
    experiment_id: Annotated[int, Path(ge=0, le=_MAX_ID)],
    metric_uuid: Annotated[str, Query(max_length=_LONGEST)] = "",
    fingerprint: Annotated[str, Query(max_length=_LONGEST)] = "",
) -> SeriesKey:
    for name, sent in (("metric_uuid", metric_uuid), ("fingerprint", fingerprint)):
        if not sent:
            raise InvalidInput(f"{name} query parameter is required")
    return SeriesKey(
        experiment_id=ExperimentId(experiment_id),
        metric_uuid=metric_uuid,
        fingerprint=fingerprint,
    )


Asked = Annotated[SeriesKey, Depends(_series_key)]


def _member(body: Properties, name: str) -> JsonValue:
    value = body.get(name)
    if not value:
        raise InvalidInput(f"{name} is required")
    return value


_OBJECT = {"type": "object", "additionalProperties": True}


def _body(properties: dict[str, object], *required: str) -> dict[str, object]:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": bool(required), "content": content}}


SERIES_BODY = _body(
    {"metric": _OBJECT, "fingerprint": {"type": "string", "maxLength": _LONGEST}},
    "metric",
    "fingerprint",
)
RUN_BODY = _body({"trigger": {"type": "string", "maxLength": _LONGEST}})
