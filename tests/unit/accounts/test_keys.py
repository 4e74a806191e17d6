import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splitplot.accounts.keys import (
    ENTROPY_BYTES,
    PERSONAL_KEY_PREFIX,
    PROJECT_SECRET_PREFIX,
    PROJECT_TOKEN_PREFIX,
    good_password,
    hash_of,
    is_project_secret,
    key_of,
    mask_of,
    normal_email,
)
from splitplot.errors import InvalidInput

ENTROPY = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)


@pytest.mark.parametrize(
    "prefix", [PROJECT_TOKEN_PREFIX, PROJECT_SECRET_PREFIX, PERSONAL_KEY_PREFIX]
)
@given(entropy=ENTROPY)
def test_a_key_is_its_prefix_and_43_letters_and_digits(prefix: str, entropy: bytes) -> None:
    assert re.fullmatch(rf"{prefix}[0-9A-Za-z]{{43}}", key_of(prefix, entropy))


@given(first=ENTROPY, second=ENTROPY)
def test_different_entropy_makes_different_keys(first: bytes, second: bytes) -> None:
    same = key_of(PERSONAL_KEY_PREFIX, first) == key_of(PERSONAL_KEY_PREFIX, second)
    assert same == (first == second)


def test_the_highest_entropy_still_fits() -> None:
    assert key_of("phx_", b"\xff" * 32) != key_of("phx_", b"\x00" * 32) == "phx_" + "0" * 43


@pytest.mark.parametrize("size", [0, ENTROPY_BYTES - 1, ENTROPY_BYTES + 1])
def test_a_key_is_not_made_from_less_or_more_entropy(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        key_of("phx_", b"x" * size)


def test_a_key_is_kept_as_its_sha_256() -> None:
    assert hash_of("phx_secret") == hashlib.sha256(b"phx_secret").hexdigest()


def test_a_key_that_is_no_proper_text_has_a_hash_too() -> None:
    assert len(hash_of("phx_\ud800")) == 64


def test_a_mask_shows_both_ends_and_nothing_between() -> None:
    assert mask_of("phx_abcdefghijkl") == "phx_...ijkl"


@pytest.mark.parametrize(("key", "is_one"), [("phs_x", True), ("phx_x", False), ("", False)])
def test_a_project_secret_is_known_by_its_prefix(key: str, *, is_one: bool) -> None:
    assert is_project_secret(key) is is_one


def test_an_address_loses_the_space_around_it() -> None:
    assert normal_email(" ada@example.com\n") == "ada@example.com"


@pytest.mark.parametrize(
    "text", ["", "ada", "@example.com", "ada@", "a b@example.com", "a" * 250 + "@b.io"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        normal_email(text)
    assert refused.value.attr == "email"


@pytest.mark.parametrize("password", ["12345678", " " * 8, "x" * 1024])
def test_a_password_of_eight_characters_will_do(password: str) -> None:
    assert good_password(password) == password


@pytest.mark.parametrize(
    ("password", "code"),
    [("", "password_too_short"), ("1234567", "password_too_short"), ("x" * 1025, "max_length")],
)
def test_a_password_is_neither_too_short_nor_absurdly_long(password: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        good_password(password)
    assert (refused.value.code, refused.value.attr) == (code, "password")


def test_an_address_that_is_none_is_refused_under_the_name_of_its_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        normal_email("nowhere", attr="target_email")
    assert refused.value.attr == "target_email"
