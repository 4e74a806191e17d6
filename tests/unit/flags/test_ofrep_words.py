from dataclasses import replace

import pytest

from splitplot.filters.model import JsonValue, Properties
from splitplot.flags import Flag
from splitplot.flags.interchange.ofrep import Resolution, Resolver
from tests.unit.flags.flag_cases import ask, condition, context, make_flag, variants

PRO = {"key": "plan", "value": "pro", "operator": "exact", "type": "person"}
SPLIT = variants(control=0, test=100)


def resolved(flag: Flag, properties: Properties | None = None) -> Resolution:
    return Resolver(flag).resolution(ask(flag, context(person_properties=properties)))


def told(resolution: Resolution) -> tuple[JsonValue, str, str]:
    return resolution.value, resolution.variant, resolution.reason


@pytest.mark.parametrize(
    ("group", "answer"),
    [
        (condition(), (True, "on", "STATIC")),
        (condition(PRO), (True, "on", "TARGETING_MATCH")),
        (condition(rollout=99.9999), (True, "on", "SPLIT")),
        (condition(PRO, rollout=99.9999), (True, "on", "SPLIT")),
        (condition(rollout=0), (False, "off", "UNKNOWN")),
    ],
)
def test_a_flag_without_variants_is_on_or_off(
    group: dict[str, JsonValue], answer: tuple[JsonValue, str, str]
) -> None:
    assert told(resolved(make_flag("a", group), {"plan": "pro"})) == answer


def test_a_variant_is_split_unless_the_condition_pins_it() -> None:
    flag = make_flag("a", condition(), filters={"multivariate": SPLIT})
    assert told(resolved(flag)) == ("test", "test", "SPLIT")
    pinned = make_flag("a", condition(variant="control"), filters={"multivariate": SPLIT})
    assert told(resolved(pinned)) == ("control", "control", "TARGETING_MATCH")
    wrong = make_flag("a", condition(variant="nobody"), filters={"multivariate": SPLIT})
    assert told(resolved(wrong)) == ("test", "test", "SPLIT")


def test_who_is_held_out_gets_the_holdout_as_variant() -> None:
    flag = make_flag("a", condition(), filters={"holdout": {"id": 4, "exclusion_percentage": 100}})
    assert told(resolved(flag)) == ("holdout-4", "holdout-4", "SPLIT")


def test_early_access_is_targeting() -> None:
    flag = make_flag("a", condition(rollout=0), filters={"feature_enrollment": True})
    chosen = {"$feature_enrollment/a": True}
    assert told(resolved(flag, chosen)) == (True, "on", "TARGETING_MATCH")


def test_an_inactive_flag_is_disabled() -> None:
    resolution = Resolver(replace(make_flag("a"), active=False)).disabled()
    assert told(resolution) == (False, "off", "DISABLED")
    assert resolution.metadata == {"reason_code": "flag_disabled", "flag_version": 1}


def test_our_own_reason_stands_in_the_metadata() -> None:
    resolution = resolved(make_flag("a", condition(PRO), condition()))
    assert resolution.key == "a"
    assert resolution.metadata == {
        "reason_code": "condition_match",
        "condition_index": 1,
        "flag_version": 1,
    }


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        ('{"size": 3}', {"size": 3}),
        ("1.0", 1.0),
        ("1", 1),
        ('"text"', "text"),
        ("text", "text"),
        ("NaN", "NaN"),
        ({"size": 3}, {"size": 3}),
        (None, "test"),
    ],
)
def test_the_payload_of_a_typed_flag_is_its_value(payload: JsonValue, value: JsonValue) -> None:
    filters: dict[str, JsonValue] = {
        "multivariate": SPLIT,
        "payloads": {"test": payload},
        "typed_payloads": True,
    }
    flag = make_flag("a", condition(), filters=filters)
    assert told(resolved(flag)) == (value, "test", "SPLIT")
    assert type(resolved(flag).value) is type(value)
    untyped = make_flag("a", condition(), filters={**filters, "typed_payloads": False})
    assert told(resolved(untyped)) == ("test", "test", "SPLIT")
