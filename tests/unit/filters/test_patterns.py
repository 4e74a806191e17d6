import time

import pytest

from splitplot.filters.patterns import search_of


def _found(pattern: str, text: str) -> bool | None:
    search = search_of(pattern)
    assert search is not None
    return search(text)


def test_a_plain_pattern_is_searched_anywhere_and_minds_case() -> None:
    assert _found("b+c", "abbc") is True
    assert _found("b+c", "ABBC") is False


@pytest.mark.parametrize("pattern", ["[", "(", "a{2,1}", "(?P<n>a)(?P=m)", "\ud800"])
def test_an_invalid_pattern_has_no_search(pattern: str) -> None:
    assert search_of(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"foo(?=bar)", "foobar", True),
        (r"foo(?!bar)", "foobar", False),
        (r"(?<=a)b$", "ab", True),
        (r"(?<=a)b$", "ab\n", False),
        (r"(?=.)[$]\$x$", "$$x", True),
        (r"(.)\1", "hello", True),
        (r"(.)\1", "helo", False),
    ],
)
def test_look_around_and_back_references_work(pattern: str, text: str, *, expected: bool) -> None:
    assert _found(pattern, text) is expected


def test_a_pattern_that_backtracks_without_end_is_stopped() -> None:
    begun = time.perf_counter()
    assert _found(r"(?=.)^(\w|\w\w)*?$(?!x)", "a" * 60 + "!") is None
    assert time.perf_counter() - begun < 2


def test_text_that_is_not_unicode_cannot_be_searched() -> None:
    assert _found("a", "a\ud800") is None
