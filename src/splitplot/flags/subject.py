"""A context made ready for being asked by many flags."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.bucketing import encode_id
from splitplot.flags.model import Evaluation, EvaluationContext, FlagId

_BROWSER = (
    "app_build app_name app_namespace app_version browser browser_version current_url "
    "device_type host os os_name os_version pathname raw_user_agent referrer "
    "referring_domain screen_height screen_width viewport_height viewport_width"
)
_CAMPAIGN = (
    "utm_source utm_medium utm_campaign utm_content utm_term utm_name "
    "gclid gad_source gclsrc dclid gbraid wbraid fbclid msclkid twclid li_fat_id mc_cid "
    "igshid ttclid rdt_cid epik qclid sccid irclid _kx"
)
# The first value of a property, and the present one that stands in while it is unknown.
PRESENT_OF_INITIAL: Mapping[str, str] = {
    **{f"$initial_{name}": f"${name}" for name in _BROWSER.split()},
    **{f"$initial_{name}": name for name in _CAMPAIGN.split()},
}

_NO_PROPERTIES: Properties = {}


@dataclass(slots=True)
class Subject:
    """One unit of every kind: a person, the device, and a group per type.

    Attributes:
        distinct_id: As hashed.
        person_id: The same, or the anonymous id for flags that outlast a login.
        device_id: None when unknown.
        hash_ids: Flag key to the id kept for it.
        person: Properties, all sources merged.
        groups: Group type index to what is hashed and the merged properties.
        performed: Cohort and number of a behaviour to when the person last showed it;
            None: nobody knows.
        answers: Of the flags evaluated so far, for those that depend on them.
    """

    distinct_id: bytes
    person_id: bytes
    device_id: bytes | None
    hash_ids: Mapping[str, str]
    now: datetime
    static_cohorts: Mapping[int, bool]
    person: Properties
    groups: Mapping[int, tuple[bytes, Properties]]
    performed: Mapping[tuple[int, int], datetime] | None
    answers: dict[FlagId, Evaluation]


def subject_of(
    context: EvaluationContext, *, person_keys: frozenset[str], group_types: tuple[str, ...]
) -> Subject:
    """Prepare a context.

    Args:
        context: Whom the flags are evaluated for.
        person_keys: The person properties that will be asked for; others may be left out.
        group_types: Names by index; empty when no flag asks for groups.
    """
    distinct_id = encode_id(context.distinct_id)
    anon_id, device_id, stored = context.anon_distinct_id, context.device_id, context.stored
    groups = _groups(context, group_types) if group_types else {}
    return Subject(
        distinct_id,
        distinct_id if anon_id is None else encode_id(anon_id),
        None if device_id is None else encode_id(device_id),
        stored.hash_ids,
        context.now,
        stored.static_cohorts,
        _person_properties(context, person_keys) if person_keys else _NO_PROPERTIES,
        groups,
        stored.performed,
        {},
    )


def _groups(
    context: EvaluationContext, group_types: tuple[str, ...]
) -> dict[int, tuple[bytes, Properties]]:
    keys = ((index, name, context.groups.get(name)) for index, name in enumerate(group_types))
    return {
        index: (encode_id(key), _group_properties(context, name, key))
        for index, name, key in keys
        if key
    }


def _person_properties(context: EvaluationContext, keys: frozenset[str]) -> Properties:
    merged: dict[str, JsonValue] = {
        **context.stored.properties,
        "distinct_id": context.distinct_id,
        **context.person_properties,
    }
    for key in keys:
        present = PRESENT_OF_INITIAL.get(key)
        if present in merged and key not in merged:
            merged[key] = merged[present]
    return merged


def _group_properties(context: EvaluationContext, group_type: str, key: str) -> Properties:
    return {
        **context.stored.group_properties.get(group_type, {}),
        **context.group_properties.get(group_type, {}),
        "$group_key": key,
    }
