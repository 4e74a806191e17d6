"""Who was exposed to an experiment, as cohorts and as events to look for."""

from collections.abc import Mapping

from splitplot.errors import InvalidInput
from splitplot.experiments.criteria import ExposureAction, parse_exposure_criteria
from splitplot.experiments.legacy.metrics import custom_exposure_of, entities_of
from splitplot.experiments.model import Experiment
from splitplot.experiments.plan import DEFAULT_EXPOSURE_EVENT, EventSource
from splitplot.experiments.support import checked_filters
from splitplot.filters.model import FilterKind, JsonValue, Properties, PropertyFilter
from splitplot.flags.wire import parse_rules

# Of persons and cohorts a behaviour says nothing.
_OF_EVENTS = frozenset({"event", "feature", "element", "hogql"})


def exposure_cohort_name(experiment: Experiment) -> str:
    """What the cohort of an experiment's exposed persons is called."""
    return f'Users exposed to experiment "{experiment.name}"'


def frozen_cohort_name(experiment: Experiment) -> str:
    """What the list of those is called whom freezing lets in."""
    return f'Users frozen into experiment "{experiment.name}"'


def exposure_cohort_filters(experiment: Experiment) -> Properties:
    """The filters of the cohort of everybody whom the experiment exposes.

    Raises:
        InvalidInput: It is a draft, has such a cohort already, its flag is deleted, or its
            own exposure filter names no action.
    """
    if experiment.flag.deleted:
        raise InvalidInput("Experiment does not have a feature flag")
    if experiment.start_date is None:
        raise InvalidInput("Experiment does not have a start date")
    if experiment.exposure_cohort_id is not None:
        raise InvalidInput("Experiment already has an exposure cohort")
    behaviour: Properties = {
        "type": "behavioral",
        "value": "performed_event",
        **_exposing(experiment),
        "negation": False,
        "explicit_datetime": experiment.start_date.isoformat(),
    }
    inner: Properties = {"type": "OR", "values": [behaviour]}
    return {"properties": {"type": "OR", "values": [inner]}}


def exposing_events(experiment: Experiment) -> EventSource:
    """The events that show who was served one of the flag's variants.

    Internal users count here, and so do variants that are not analysed: all of them have
    seen something.

    Raises:
        InvalidInput: The experiment's own exposure cannot be computed.
    """
    exposure = parse_exposure_criteria(experiment.exposure_criteria).exposure
    key = experiment.flag.key
    variants = [share.key for share in parse_rules(experiment.flag.filters).variants]
    own = () if exposure is None else exposure.filters
    told = [_is(f"$feature/{key}", variants)]
    if isinstance(exposure, ExposureAction):
        filters = checked_filters((*told, *own), attr="exposure_criteria")
        return EventSource(event=None, filters=filters, action_id=exposure.action_id)
    event = DEFAULT_EXPOSURE_EVENT if exposure is None else exposure.event
    if event == DEFAULT_EXPOSURE_EVENT:
        told = [_is("$feature_flag", key), _is("$feature_flag_response", variants)]
    filters = checked_filters((*told, *own), attr="exposure_criteria")
    return EventSource(event=event, filters=filters)


def _is(key: str, value: JsonValue) -> PropertyFilter:
    return PropertyFilter(key=key, value=value, kind=FilterKind.EVENT)


def _exposing(experiment: Experiment) -> Properties:
    entities = entities_of(custom_exposure_of(experiment) or {})
    if not entities:
        called: Properties = {
            "key": "$feature_flag",
            "value": [experiment.flag.key],
            "operator": "exact",
            "type": "event",
        }
        return {
            "key": DEFAULT_EXPOSURE_EVENT,
            "event_type": "events",
            "event_filters": [called],
        }
    entity = entities[0]
    is_action = entity.get("type") == "actions"
    return {
        "key": _action_id(entity.get("id")) if is_action else entity.get("id"),
        "event_type": "actions" if is_action else "events",
        "event_filters": _event_filters(entity.get("properties")),
    }


def _action_id(value: JsonValue) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if not isinstance(value, str) or not value.isascii() or not value.isdigit():
        raise InvalidInput("Invalid action ID")
    if len(value) > 10:
        raise InvalidInput("Invalid action ID")
    return int(value)


def _event_filters(value: JsonValue) -> list[Properties]:
    if isinstance(value, Mapping):
        value = value.get("values")
    found = value if isinstance(value, list | tuple) else ()
    return [
        {"type": "event", **each}
        for each in found
        if isinstance(each, Mapping) and each.get("type", "event") in _OF_EVENTS
    ]
