"""Who counts as exposed: an experiment's `exposure_criteria` document as values."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from splitplot.errors import InvalidInput
from splitplot.experiments.plan import DEFAULT_EXPOSURE_EVENT, MultipleVariants
from splitplot.filters.model import FilterKind, JsonValue, Properties, PropertyFilter
from splitplot.filters.wire import parse_filter

_FIELD = "exposure_criteria"
_ACTION = "ActionsNode"
_EVENT = "ExperimentEventExposureConfig"
_LARGEST_ID = 2**31 - 1
# What other servers write beside each call of a flag, about the same. Counting that one as
# well would count everything twice, and without them there is none.
_OTHER_EXPOSURE_EVENT = "$experiment_exposure"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureEvent:
    """Exposed by events of this name that satisfy all filters."""

    event: str
    filters: tuple[PropertyFilter, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureAction:
    """Exposed by events that are this action and satisfy all filters."""

    action_id: int
    filters: tuple[PropertyFilter, ...] = ()


ExposureConfig = ExposureEvent | ExposureAction


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureCriteria:
    """What exposes a unit to an experiment.

    Attributes:
        exposure: None for the default event.
        activation: What has to follow the default exposure and then takes its place.
        filters_test_accounts: Leave out the project's internal users.
        multiple_variants: What becomes of a unit that saw several variants.
        exclusions: Persons who satisfy one of them, as they are today, are no units.
    """

    exposure: ExposureConfig | None = None
    activation: ExposureConfig | None = None
    filters_test_accounts: bool = True
    multiple_variants: MultipleVariants = MultipleVariants.EXCLUDE
    exclusions: tuple[PropertyFilter, ...] = ()


def parse_exposure_criteria(document: Properties | None) -> ExposureCriteria:
    """Read an `exposure_criteria` document; unknown members are ignored.

    Raises:
        InvalidInput: It is not shaped like exposure criteria; for the field of that name.

    Examples:
        >>> criteria = parse_exposure_criteria(
        ...     {"exposure_config": {"event": "$pageview", "properties": []}})
        >>> criteria.exposure, criteria.filters_test_accounts
        (ExposureEvent(event='$pageview', filters=()), True)
    """
    if document is None:
        return ExposureCriteria()
    filters_test_accounts = document.get("filterTestAccounts", True)
    if not isinstance(filters_test_accounts, bool):
        raise InvalidInput("filterTestAccounts must be a boolean", attr=_FIELD)
    return ExposureCriteria(
        exposure=_exposure(document.get("exposure_config")),
        activation=_config(document.get("activation_config")),
        filters_test_accounts=filters_test_accounts,
        multiple_variants=_multiple_variants(document.get("multiple_variant_handling")),
        exclusions=_filters(document.get("exclusions") or [], default_kind=FilterKind.PERSON),
    )


def _exposure(value: JsonValue) -> ExposureConfig | None:
    config = _config(value)
    if isinstance(config, ExposureEvent) and config.event == _OTHER_EXPOSURE_EVENT:
        return replace(config, event=DEFAULT_EXPOSURE_EVENT)
    return config


def _config(value: JsonValue) -> ExposureConfig | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise _invalid()
    kind = value.get("kind", _EVENT)
    if kind == _ACTION:
        return _action(value)
    event = value.get("event")
    if kind != _EVENT or not isinstance(event, str) or "properties" not in value:
        raise _invalid()
    return ExposureEvent(event=event, filters=_filters(value["properties"]))


def _action(document: Properties) -> ExposureAction:
    number = document.get("id")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= _LARGEST_ID:
        raise _invalid()
    return ExposureAction(action_id=number, filters=_filters(document.get("properties") or []))


def _filters(
    value: JsonValue, *, default_kind: FilterKind = FilterKind.EVENT
) -> tuple[PropertyFilter, ...]:
    if not isinstance(value, list | tuple):
        raise _invalid()
    filters = []
    for document in value:
        if not isinstance(document, Mapping):
            raise _invalid()
        filters.append(parse_filter(document, default_kind=default_kind))
    return tuple(filters)


def _multiple_variants(value: JsonValue) -> MultipleVariants:
    if value is None:
        return MultipleVariants.EXCLUDE
    if isinstance(value, str) and value in list(MultipleVariants):
        return MultipleVariants(value)
    raise _invalid()


def _invalid() -> InvalidInput:
    return InvalidInput("Invalid exposure criteria", attr=_FIELD)
