"""Links by which people without an account see one experiment."""

from datetime import timedelta
from uuid import UUID

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.sharing.share_links import (
    DEFAULT_DAYS,
    MOST_LINKS,
    ShareLink,
    ShareLinkId,
    check_count,
    lifetime_of,
)
from tests.factories import EXPERIMENT_ID, NOON, PROJECT_ID


def test_a_link_expires_at_its_moment() -> None:
    link = ShareLink(
        id=ShareLinkId(UUID(int=1)),
        project_id=PROJECT_ID,
        experiment_id=EXPERIMENT_ID,
        hint="abcd...wxyz",
        created_at=NOON,
        expires_at=NOON + timedelta(days=1),
    )
    assert not link.is_expired(NOON + timedelta(hours=23))
    assert link.is_expired(NOON + timedelta(days=1))


def test_a_lifetime_is_a_day_to_a_year() -> None:
    assert lifetime_of(None) == timedelta(days=DEFAULT_DAYS)
    assert lifetime_of(1) == timedelta(days=1)
    assert lifetime_of(365) == timedelta(days=365)
    for days in (0, -1, 366):
        with pytest.raises(InvalidInput):
            lifetime_of(days)


def test_there_are_only_so_many_links() -> None:
    check_count(MOST_LINKS - 1)
    with pytest.raises(InvalidInput, match="take one back"):
        check_count(MOST_LINKS)
