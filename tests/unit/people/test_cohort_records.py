from datetime import UTC, datetime

from splitplot.filters.model import Properties
from splitplot.people.cohort_records import StoredCohort

NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
BOUGHT: Properties = {"type": "behavioral", "key": "buy", "value": "performed_event"}


def cohort(filters: Properties) -> StoredCohort:
    return StoredCohort(name="Buyers", created_at=NOON, filters=filters)


def test_a_cohorts_filters_hold_its_groups() -> None:
    group: Properties = {"type": "OR", "values": []}
    assert cohort({"properties": group}).group == group
    assert cohort({}).group == {}
    assert cohort({"properties": "all"}).group == {}


def test_a_cohort_is_behavioural_by_any_of_its_parts() -> None:
    nested: Properties = {"type": "AND", "values": [{"key": "a"}, {"values": [BOUGHT]}]}
    assert cohort({"properties": nested}).is_behavioural
    assert not cohort({"properties": {"type": "AND", "values": [{"key": "a"}]}}).is_behavioural
    assert not cohort({}).is_behavioural
