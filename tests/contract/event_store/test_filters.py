"""Filters on events and persons answer on every engine as they do for flags."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from splitplot.accounts.model import ProjectId
from splitplot.errors import InvalidInput
from splitplot.events.model import Event
from splitplot.experiments.plan import EventSource, ExposurePlan
from splitplot.filters.match import matches
from splitplot.filters.model import FilterKind, JsonValue, Operator, Properties, PropertyFilter
from splitplot.people.identity import derived_person_id
from splitplot.ports.event_store import AppendBatch, PersonProperties, ProjectEvent
from tests.contract.event_store.conftest import AnyStore

PROJECT = ProjectId(1)
START = datetime(2025, 3, 2, 12, tzinfo=UTC)
END = datetime(2025, 3, 9, 12, tzinfo=UTC)

# One value of every kind, with near misses.
TEXTS = [
    *("pro", "Pro", "PRO plan", "", "true", "False", "null", "5", "5.0", "1e2", " 5", "nan", "inf"),
    *("Ärger", "ärger", "İzmir", "izmir", "ODOS", "ΟΔΟΣ", "a.b", "a\nb", "x$", '["true"]', "[]"),
    *("v1.2.3", "1.2.3-rc.1", "2.0", "2025-03-01", "2025-03-05T10:00:00Z", "1741000000"),
    *("a\\b'c\"d", "a/b~c", "5.", "+5", "-Infinity", "1e400", "1_000", "٥"),
]
SCALARS: list[JsonValue] = [5, 5.0, -1, 0, 0.1, 1741000000, 2**63, True, False, None]
LISTS: list[JsonValue] = [[], [True], ["true", True], [True, False], ["pro"], [1, 2.5], [[True]]]
OBJECTS: list[JsonValue] = [{}, {"b": 1, "a": 2}]
VALUES = [*TEXTS, *SCALARS, *LISTS, *OBJECTS]
MISSING = len(VALUES)
EXPECTED_TEXTS = [
    *("p", "-3d", "2w", "2025-03-04", "^p", "p(?=r)", "(", "(?i)PRO", "1.2.*", "~", "$", "^.*$"),
    *("σ", "ς", "οδος", "ı", "A.B", "\\d+", "a.b", "%", "_"),
]
EXPECTED_LISTS: list[JsonValue] = [
    ["pro", "Pro"],
    ["5", 5],
    ["p", "x"],
    ["true", "false"],
    [1, 5],
    [0.1, "10"],
    ["nan", 1],
]
EXPECTED = [*VALUES, *EXPECTED_TEXTS, *EXPECTED_LISTS]
COMPARISONS = [
    operator
    for operator in Operator
    if operator not in (Operator.IN, Operator.NOT_IN, Operator.FLAG_EVALUATES_TO)
]


@pytest.fixture(params=[FilterKind.EVENT, FilterKind.PERSON])
def kind(request: pytest.FixtureRequest) -> FilterKind:
    return FilterKind(request.param)


@pytest.fixture
def filled(store: AnyStore, kind: FilterKind) -> AnyStore:
    """One unit for each value, with a variant of its own; the last one has no value."""
    documents: list[Properties] = [{"p": value} for value in VALUES]
    documents.append({"q": "p"})
    is_of_event = kind is FilterKind.EVENT
    store.append(
        AppendBatch(
            events=tuple(
                _seen(number, document if is_of_event else {})
                for number, document in enumerate(documents)
            ),
            person_properties=tuple(
                PersonProperties(
                    project_id=PROJECT,
                    person_id=derived_person_id(PROJECT, str(number)),
                    properties=document,
                    revision=number + 1,
                )
                for number, document in enumerate(documents)
                if not is_of_event
            ),
        )
    )
    return store


def _seen(number: int, properties: Properties) -> ProjectEvent:
    event = Event(
        uuid=UUID(int=number),
        name="seen",
        distinct_id=str(number),
        person_id=derived_person_id(PROJECT, str(number)),
        timestamp=START,
        properties={**properties, "$feature/exp": f"v{number}"},
    )
    return ProjectEvent(project_id=PROJECT, event=event)


def _plan(condition: PropertyFilter) -> ExposurePlan:
    return ExposurePlan(
        project_id=PROJECT,
        start=START,
        end=END,
        flag_key="exp",
        source=EventSource(event="seen", filters=(condition,)),
        variants=tuple(f"v{number}" for number in range(len(VALUES) + 1)),
    )


def _satisfied(store: AnyStore, condition: PropertyFilter) -> list[JsonValue]:
    """The values that satisfy the filter on the engine; the last place is no value."""
    numbers = sorted(int(row.variant[1:]) for row in store.count_exposures(_plan(condition)))
    return [number if number == MISSING else VALUES[number] for number in numbers]


def _expected(condition: PropertyFilter) -> list[JsonValue]:
    values = [value for value in VALUES if matches(condition, {"p": value}, now=END)]
    return [*values, *([MISSING] if matches(condition, {}, now=END) else [])]


def _examples(number: int) -> settings:
    return settings(
        max_examples=number,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


expectations = st.one_of(
    st.sampled_from(EXPECTED),
    st.text(alphabet="aPr. *%_\\'\"$^ÄİΣ5-é\n", max_size=3),
    st.lists(st.sampled_from(EXPECTED), max_size=3),
)


@_examples(60)
@given(operator=st.sampled_from(COMPARISONS), value=expectations)
@example(operator=Operator.EXACT, value=[])
@example(operator=Operator.IS_NOT, value="false")
@example(operator=Operator.NOT_BETWEEN, value=[1, 5])
@example(operator=Operator.IS_DATE_AFTER, value="-5d")
@example(operator=Operator.SEMVER_CARET, value="1.2.0")
@example(operator=Operator.NOT_REGEX, value="p(?=r)")
def test_a_filter_keeps_the_values_that_it_keeps_for_flags(
    filled: AnyStore, kind: FilterKind, operator: Operator, value: JsonValue
) -> None:
    condition = PropertyFilter(key="p", operator=operator, value=value, kind=kind)

    assert _satisfied(filled, condition) == _expected(condition)


@pytest.mark.slow
@_examples(2000)
@given(operator=st.sampled_from(COMPARISONS), value=expectations)
def test_a_filter_keeps_the_values_that_it_keeps_for_flags_for_many_more_examples(
    filled: AnyStore, kind: FilterKind, operator: Operator, value: JsonValue
) -> None:
    condition = PropertyFilter(key="p", operator=operator, value=value, kind=kind)

    assert _satisfied(filled, condition) == _expected(condition)


@pytest.mark.parametrize(
    "condition",
    [
        PropertyFilter(key="p", has_value=False, kind=FilterKind.EVENT),
        PropertyFilter(key="p", operator=None, value="pro", kind=FilterKind.EVENT),
        PropertyFilter(key="p", operator=Operator.IN, value=["pro"], kind=FilterKind.EVENT),
        PropertyFilter(key="p", operator=Operator.NOT_IN, value=["x"], kind=FilterKind.EVENT),
    ],
)
def test_a_filter_that_cannot_hold_keeps_nothing(
    store: AnyStore, condition: PropertyFilter
) -> None:
    store.append(AppendBatch(events=(_seen(0, {"p": "pro"}),)))

    assert store.count_exposures(_plan(condition)) == ()


@pytest.mark.parametrize("key", ["$p", "a.b", "a/b", "~0", "a b", '"', "'", "\\", "0", "", "é"])
def test_a_property_may_have_any_name(store: AnyStore, key: str) -> None:
    store.append(AppendBatch(events=(_seen(0, {key: "x", "other": "y"}), _seen(1, {key: "y"}))))
    condition = PropertyFilter(key=key, value="x", kind=FilterKind.EVENT)

    assert [row.variant for row in store.count_exposures(_plan(condition))] == ["v0"]


def test_dates_without_an_offset_are_read_in_the_project_s_zone(store: AnyStore) -> None:
    store.append(AppendBatch(events=(_seen(0, {"p": "2025-03-01T20:00"}),)))
    condition = PropertyFilter(
        key="p", operator=Operator.IS_DATE_EXACT, value="2025-03-02T01:00Z", kind=FilterKind.EVENT
    )
    plan = _plan(condition)
    in_new_york = ExposurePlan(
        **{name: getattr(plan, name) for name in plan.__slots__} | {"timezone": "America/New_York"}
    )

    assert store.count_exposures(plan) == ()
    assert [row.variant for row in store.count_exposures(in_new_york)] == ["v0"]


@pytest.mark.parametrize("kind_of_other", [FilterKind.COHORT, FilterKind.GROUP, FilterKind.HOGQL])
def test_a_filter_on_what_no_store_holds_is_refused(
    store: AnyStore, kind_of_other: FilterKind
) -> None:
    with pytest.raises(InvalidInput, match=f"'{kind_of_other}'") as refused:
        store.count_exposures(_plan(PropertyFilter(key="p", value="x", kind=kind_of_other)))

    assert refused.value.code == "unsupported_filter"


def test_an_operator_that_engines_lack_is_refused_on_too_many_different_values(
    store: AnyStore,
) -> None:
    most = store.capabilities.most_texts
    if most is None:
        pytest.skip("this store computes every operator itself")
    moments = [START + timedelta(microseconds=number) for number in range(most + 1)]
    events = [_seen(number, {"p": moment.isoformat()}) for number, moment in enumerate(moments)]
    store.append(AppendBatch(events=tuple(events)))
    condition = PropertyFilter(
        key="p", operator=Operator.IS_DATE_AFTER, value="2025-03-01", kind=FilterKind.EVENT
    )

    with pytest.raises(InvalidInput, match="'is_date_after' cannot be used on 'p'") as refused:
        store.count_exposures(_plan(condition))

    assert refused.value.code == "unsupported_operator"
