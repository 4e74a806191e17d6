from itertools import pairwise

import pytest

from splitplot.filters.semver import caret_range, parse_version, tilde_range, wildcard_range


def test_versions_stand_in_the_order_of_the_specification() -> None:
    # semver.org, section 11, and build parts after the plain release.
    texts = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.0+1",
        "1.0.1",
        "1.2",
        "2",
        "10.0.0",
    ]
    versions = [parse_version(text) for text in texts]
    for lower, higher in pairwise(versions):
        assert lower is not None
        assert higher is not None
        assert lower < higher


@pytest.mark.parametrize(
    "text", ["", "v", "V1.2", "1.2.3.4", "a.b", "1.2.3-", "1.2.3-a..b", "1" * 30]
)
def test_what_is_no_version_is_none(text: str) -> None:
    assert parse_version(text) is None
    assert tilde_range(text) is None
    assert caret_range(text) is None
    assert wildcard_range(text) is None


@pytest.mark.parametrize("text", ["1.2.*.*", "1.*.3", "1.2.x", "**"])
def test_stars_elsewhere_make_no_range(text: str) -> None:
    assert wildcard_range(text) is None


@pytest.mark.parametrize(("star", "inside"), [("v1.*", True), ("1.*.*", True), ("2.*", False)])
def test_a_star_stands_for_every_release_below(star: str, *, inside: bool) -> None:
    versions, version = wildcard_range(star), parse_version("1.9.0+build")
    assert versions is not None
    assert version is not None
    assert versions.holds(version) is inside


def test_a_build_of_the_lower_bound_does_not_shut_the_bound_out() -> None:
    versions, version = caret_range("1.2.3+b7"), parse_version("1.2.3")
    assert versions is not None
    assert version is not None
    assert versions.holds(version)
