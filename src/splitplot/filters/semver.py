"""Semantic versions: their order, and the ranges that filters know."""

import re
from dataclasses import dataclass, replace
from typing import TypeAlias

# A number sorts before a word, as semver.org section 11 orders identifiers.
# Numbers compare by their count of digits and then digit by digit.
_Identifier: TypeAlias = tuple[int, int, str]

_VERSION = re.compile(
    r"v?(\d{1,18})(?:\.(\d{1,18})(?:\.(\d{1,18}))?)?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?",
    re.ASCII,
)
_WILDCARD = re.compile(r"v?(?:(\d{1,18})\.)?(?:(\d{1,18})\.)?\*(?:\.\*){0,2}", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version; comparing two follows the precedence of semantic versions.

    A pre-release comes before its release. Build parts take part, so that two versions
    are equal only when all of their text is.
    """

    core: tuple[int, int, int]
    is_release: bool
    prerelease: tuple[_Identifier, ...]
    build: tuple[_Identifier, ...]


def parse_version(text: str) -> Version | None:
    """Read `1.2.3-rc.1+build`; None when the text is no version.

    One leading `v` is dropped, missing parts are 0, and leading zeros mean nothing.
    """
    match = _VERSION.fullmatch(text)
    if match is None:
        return None
    major, minor, patch, prerelease, build = match.groups()
    prerelease_parts, build_parts = _identifiers(prerelease), _identifiers(build)
    if prerelease_parts is None or build_parts is None:
        return None
    return Version(
        core=(int(major), int(minor or 0), int(patch or 0)),
        is_release=not prerelease_parts,
        prerelease=prerelease_parts,
        build=build_parts,
    )


def _identifiers(text: str | None) -> tuple[_Identifier, ...] | None:
    if text is None:
        return ()
    parts = text.split(".")
    if "" in parts:
        return None
    return tuple(_identifier(part) for part in parts)


def _identifier(part: str) -> _Identifier:
    if not part.isdigit():
        return (1, 0, part)
    digits = part.lstrip("0")
    return (0, len(digits), digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRange:
    """Releases from `lower` on, up to but without `upper`; None: no bound on that side.

    Build parts do not count.
    """

    lower: Version | None
    upper: tuple[int, int, int] | None

    def holds(self, version: Version) -> bool:
        """Whether the version is inside; a pre-release never is."""
        if not version.is_release:
            return False
        if self.lower is not None and replace(version, build=()) < self.lower:
            return False
        return self.upper is None or version.core < self.upper


def tilde_range(text: str) -> VersionRange | None:
    """From the version to the next minor one: `1.2.3` reaches up to 1.3.0."""
    version = parse_version(text)
    if version is None:
        return None
    major, minor, _ = version.core
    return VersionRange(lower=replace(version, build=()), upper=(major, minor + 1, 0))


def caret_range(text: str) -> VersionRange | None:
    """From the version to the next change of its first part that is not zero."""
    version = parse_version(text)
    if version is None:
        return None
    major, minor, patch = version.core
    if major:
        upper = (major + 1, 0, 0)
    elif minor:
        upper = (0, minor + 1, 0)
    else:
        upper = (0, 0, patch + 1)
    return VersionRange(lower=replace(version, build=()), upper=upper)


def wildcard_range(text: str) -> VersionRange | None:
    """`1.2.*`, `1.*` or `*`; without a star it is the caret range of the version."""
    match = _WILDCARD.fullmatch(text)
    if match is None or text.count(".") > 2:
        return caret_range(text)
    if match[1] is None:
        return VersionRange(lower=None, upper=None)
    major = int(match[1])
    if match[2] is None:
        lower, upper = (major, 0, 0), (major + 1, 0, 0)
    else:
        minor = int(match[2])
        lower, upper = (major, minor, 0), (major, minor + 1, 0)
    floor = Version(core=lower, is_release=True, prerelease=(), build=())
    return VersionRange(lower=floor, upper=upper)
