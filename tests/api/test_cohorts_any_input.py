"""Whatever is sent about a cohort, the answer is an answer: accepted, or refused."""

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.cohorts import Cohorts, behaviour, either
from tests.api.management import Json
from tests.api.stack import Stack

pytestmark = pytest.mark.both_databases

NAMES = st.sampled_from(
    [
        "properties", "values", "type", "key", "value", "operator", "negation", "event_type",
        "event_filters", "explicit_datetime", "explicit_datetime_to", "time_value",
        "time_interval", "event_id", "days",
    ]
)  # fmt: skip
WORDS = st.sampled_from(
    [
        "", "AND", "or", "person", "cohort", "behavioral", "performed_event", "events", "actions",
        "regex", "(", "is_date_before", "-9999y", "0001-01-01", "9999-12-31", "day", "year",
        "in", "1", "\0", "😀", "x" * 5000,
    ]
)  # fmt: skip
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | WORDS, inner, max_size=5),
    max_leaves=12,
)
LEAVES = st.dictionaries(NAMES, ANYTHING, max_size=4).map(lambda said: behaviour("buy", **said))
GROUPS = st.lists(LEAVES | ANYTHING, max_size=3).map(
    lambda leaves: {"properties": {"type": "OR", "values": leaves}}
)
BODIES = st.fixed_dictionaries(
    {"name": st.just("n") | SCALARS},
    optional={
        "description": ANYTHING,
        "filters": GROUPS | ANYTHING,
        "groups": st.lists(ANYTHING, max_size=2) | ANYTHING,
        "is_static": st.booleans() | ANYTHING,
        "deleted": ANYTHING,
        "_create_static_person_ids": st.lists(WORDS | st.uuids().map(str), max_size=3) | ANYTHING,
    },
)
BRIEFLY = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def check(answer: httpx.Response) -> Json | None:
    """The cohort, or None where it was refused."""
    assert answer.status_code < 500, answer.text
    body: Json = answer.json()
    if answer.status_code < 400:
        return body
    assert body.keys() == {"type", "code", "detail", "attr"}
    assert body["detail"]
    return None


def test_any_cohort_is_made_and_asked_or_refused(stack: Stack) -> None:
    cohorts = Cohorts(stack=stack)
    cohorts.capture("buy", "ann")
    kept = cohorts.create(filters={"properties": either(behaviour("buy"))})
    listed = cohorts.create(is_static=True)

    @BRIEFLY
    @given(BODIES)
    def send(body: Json) -> None:
        made = check(cohorts.post(**body))
        check(cohorts.try_patch(kept, **body))
        check(cohorts.try_patch(listed, **body))
        if made is None:
            return
        cohorts.follow()
        assert cohorts.get(made)["is_calculating"] is False
        check(stack.client.get(cohorts.url(made) + "persons/"))

    send()
