from dataclasses import replace

import pytest

from splitplot.errors import InvalidInput
from splitplot.filters.model import JsonValue
from splitplot.flags import Flag
from splitplot.flags.interchange.secret_payloads import (
    REDACTED,
    remote_payload,
    shown_filters,
    with_sealed_payloads,
)
from tests.unit.flags.flag_cases import condition, make_flag


def seal(text: str) -> str:
    return f"sealed:{text[::-1]}"


def unseal(sealed: str) -> str:
    return sealed.removeprefix("sealed:")[::-1]


def flag_with(payloads: JsonValue, *, is_secret: bool = True) -> Flag:
    filters: dict[str, JsonValue] = {} if payloads is None else {"payloads": payloads}
    return replace(make_flag("a", condition(), filters=filters), has_encrypted_payloads=is_secret)


def sealed(flag: Flag, before: Flag | None = None) -> Flag:
    return with_sealed_payloads(flag, before, seal)


def payloads(flag: Flag) -> JsonValue:
    return flag.filters.get("payloads")


@pytest.mark.parametrize("payload", ['{"a": 1}', {"a": 1}, 3, None, "ü"])
def test_a_sealed_payload_comes_out_as_it_went_in(payload: JsonValue) -> None:
    kept = sealed(flag_with({"true": payload}))
    assert str(payloads(kept)).startswith("{'true': 'sealed:")
    assert remote_payload(kept, unseal) == payload


def test_payloads_that_are_no_secret_stay_as_they_are() -> None:
    flag = flag_with({"true": "1"}, is_secret=False)
    assert sealed(flag) is flag
    assert shown_filters(flag) is flag.filters
    assert remote_payload(flag, unseal) == "1"


@pytest.mark.parametrize("none", [None, {}, "text"])
def test_a_secret_flag_without_payloads_has_nothing_to_hide(none: JsonValue) -> None:
    flag = flag_with(none)
    assert sealed(flag) is flag
    assert sealed(flag, flag) is flag
    assert shown_filters(flag) is flag.filters
    assert remote_payload(flag, unseal) is None


def test_people_see_that_there_is_a_payload_and_not_which() -> None:
    kept = sealed(flag_with({"true": "1", "test": "2"}))
    assert shown_filters(kept) == {
        "groups": [condition()],
        "payloads": {"true": REDACTED, "test": REDACTED},
    }


def test_a_change_of_something_else_seals_nothing_twice() -> None:
    kept = sealed(flag_with({"true": "1"}))
    assert sealed(replace(kept, name="New"), kept).filters is kept.filters
    copied = replace(kept, filters={**kept.filters, "extra": 1})
    assert payloads(sealed(copied, kept)) == payloads(kept)


def test_a_payload_that_is_sent_back_as_it_was_shown_stays() -> None:
    kept = sealed(flag_with({"true": "1", "test": "2"}))
    edited = flag_with({"true": REDACTED, "test": "3"})
    after = sealed(edited, kept)
    assert remote_payload(after, unseal) == "1"
    assert payloads(after) == {"true": seal('"1"'), "test": seal('"3"')}


@pytest.mark.parametrize("before", [None, flag_with({"test": "1"}), flag_with(None)])
def test_a_payload_that_is_not_there_cannot_be_kept(before: Flag | None) -> None:
    with pytest.raises(InvalidInput, match="no encrypted payload for 'true'"):
        sealed(flag_with({"true": REDACTED}), before)


def test_payloads_become_secret_with_the_flag() -> None:
    open_flag = flag_with({"true": "1"}, is_secret=False)
    after = sealed(replace(open_flag, has_encrypted_payloads=True), open_flag)
    assert payloads(after) == {"true": seal('"1"')}


def test_secret_payloads_do_not_come_to_light_with_the_flag() -> None:
    kept = sealed(flag_with({"true": "1"}))
    for filters in (kept.filters, shown_filters(kept)):
        with pytest.raises(InvalidInput, match="cannot be made readable again"):
            sealed(replace(kept, has_encrypted_payloads=False, filters=filters), kept)
    fresh = flag_with({"true": "2"}, is_secret=False)
    assert sealed(fresh, kept) is fresh
