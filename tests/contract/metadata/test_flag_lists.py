from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from splitplot.accounts.model import Project, User
from splitplot.adapters.metadata.database import SqlMetadata
from splitplot.errors import InvalidInput
from splitplot.flags.model import Flag
from splitplot.flags.selection import FlagKind, FlagListing
from splitplot.ports.repositories import Page
from tests.factories import NOON, a_flag, an_experiment, flag_filters

Statements = Callable[[], AbstractContextManager[list[str]]]
LONG = timedelta(days=30)


def page_of(metadata: SqlMetadata, project: Project, **asked: Any) -> Page[Flag]:  # noqa: ANN401 - as given
    with metadata.reading() as repositories:
        return repositories.flags.page(project.id, FlagListing(**asked), now=NOON)


def add(metadata: SqlMetadata, project: Project, *flags: Flag) -> None:
    with metadata.transaction() as repositories:
        for flag in flags:
            repositories.flags.add(project.id, flag)


@pytest.fixture
def keys(metadata: SqlMetadata, project: Project) -> Callable[..., list[str]]:
    """The keys of the flags that are asked for."""

    def found(**asked: Any) -> list[str]:  # noqa: ANN401 - as given
        page = page_of(metadata, project, **({"order": "key"} | asked))
        assert page.count == len(page.items)
        return [flag.key for flag in page.items]

    return found


def test_flags_are_found_by_what_they_are(
    metadata: SqlMetadata, project: Project, user: User, keys: Callable[..., list[str]]
) -> None:
    split = flag_filters("control", "test")
    add(
        metadata,
        project,
        a_flag(key="a", name="ÄRGER 100%", filters=flag_filters(), tags=("x", "y z")),
        a_flag(key="b", active=False, filters=split, created_by_id=user.id),
        a_flag(key="c_d", filters=flag_filters("test", "control"), evaluation_runtime="server"),
        a_flag(key="e", filters=flag_filters(), evaluation_contexts=("web",), tags=("y",)),
        a_flag(key="f", filters=flag_filters(), is_remote_configuration=True),
        a_flag(key="gone", deleted=True),
    )
    with metadata.transaction() as repositories:
        used = repositories.flags.find_by_key(project.id, "b")
        assert used is not None
        repositories.experiments.add(an_experiment(flag=used))
    for asked, found in (
        ({}, ["a", "b", "c_d", "e", "f"]),
        ({"search": "ärger"}, ["a"]),
        ({"search": "0%"}, ["a"]),
        ({"search": "_"}, ["c_d"]),
        ({"active": True}, ["a", "c_d", "e", "f"]),
        ({"active": False}, ["b"]),
        ({"kind": FlagKind.EXPERIMENT}, ["b"]),
        ({"kind": FlagKind.MULTIVARIANT}, ["c_d"]),
        ({"kind": FlagKind.BOOLEAN}, ["a", "e"]),
        ({"kind": FlagKind.REMOTE_CONFIG}, ["f"]),
        ({"created_by_ids": (user.id, 99)}, ["b"]),
        ({"created_by_ids": ()}, []),
        ({"runtime": "server"}, ["c_d"]),
        ({"contexts": True}, ["e"]),
        ({"contexts": False}, ["a", "b", "c_d", "f"]),
        ({"tags": ("y",)}, ["e"]),
        ({"tags": ("Y Z", "y")}, ["a", "e"]),
        ({"tags": ("z",)}, []),
        ({"fits_experiments": True}, ["b"]),
    ):
        assert keys(**asked) == found, asked


def test_what_is_asked_about_the_rules_follows_them(
    metadata: SqlMetadata, project: Project, keys: Callable[..., list[str]]
) -> None:
    add(metadata, project, a_flag(key="a", filters=flag_filters(), updated_at=NOON - LONG))
    assert keys(is_stale=True) == ["a"]
    with metadata.transaction() as repositories:
        flag = repositories.flags.find_by_key(project.id, "a")
        assert flag is not None
        split = flag_filters("control", "test")
        repositories.flags.save(project.id, replace(flag, filters=split, tags=("n",)))
    assert keys(is_stale=True) == []
    assert keys(fits_experiments=True, kind=FlagKind.MULTIVARIANT, tags=("n",)) == ["a"]


def test_a_stale_flag_was_left_alone_for_long(
    metadata: SqlMetadata, project: Project, keys: Callable[..., list[str]]
) -> None:
    old = a_flag(filters=flag_filters(), updated_at=NOON - LONG)
    add(
        metadata,
        project,
        replace(old, key="stale"),
        replace(old, key="off", active=False),
        replace(old, key="young", updated_at=NOON - LONG + timedelta(microseconds=1)),
        replace(old, key="some", filters=flag_filters(rollout_percentage=99)),
    )
    assert keys(is_stale=True) == ["stale"]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("created_at", "abc"),
        ("updated_at", "cab"),
        ("key", "abc"),
        ("name", "cab"),
        ("id", "abc"),
    ],
)
def test_every_order_can_be_turned_round(
    metadata: SqlMetadata, project: Project, order: str, found: str
) -> None:
    day = timedelta(days=1)
    add(
        metadata,
        project,
        a_flag(key="a", name="X", updated_at=NOON + day),
        a_flag(key="b", name="x", updated_at=NOON + 2 * day),
        a_flag(key="c", name="A", updated_at=NOON),
    )
    ways = (order, found), (f"-{order}", found[::-1])
    for asked, keys in ways:
        page = page_of(metadata, project, order=asked)
        assert "".join(flag.key for flag in page.items) == keys
    with pytest.raises(InvalidInput, match="Invalid order field: 'moon'"):
        page_of(metadata, project, order="moon")


def test_a_page_is_a_part_and_takes_few_queries(
    metadata: SqlMetadata, project: Project, statements: Statements
) -> None:
    add(metadata, project, *(a_flag(key=f"f{number}") for number in range(9)))
    with statements() as sent:
        page = page_of(metadata, project, order="key", limit=2, offset=3)
    assert ([flag.key for flag in page.items], page.count) == (["f3", "f4"], 9)
    assert len(sent) <= 3


def test_a_flag_is_referenced_by_deleted_experiments_too(
    metadata: SqlMetadata, project: Project
) -> None:
    with metadata.transaction() as repositories:
        used = repositories.flags.add(project.id, a_flag(key="used"))
        idle = repositories.flags.add(project.id, a_flag(key="idle"))
        repositories.experiments.add(an_experiment(flag=used, deleted=True))
        assert repositories.flags.is_referenced(used.id)
        assert not repositories.flags.is_referenced(idle.id)
