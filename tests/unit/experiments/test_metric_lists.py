import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from splitplot.errors import InvalidInput
from splitplot.experiments.judgement import Goal
from splitplot.experiments.metrics import (
    ActionsNode,
    EventsNode,
    ExposureNode,
    FunnelMetric,
    Math,
    MeanMetric,
    Measure,
    RatioMetric,
    RetentionMetric,
    StartHandling,
    StepOrder,
    TimeUnit,
    WarehouseNode,
    parse_metric,
)
from splitplot.experiments.metrics.fingerprint import fingerprint
from splitplot.experiments.metrics.lists import (
    check_actions,
    check_distinct,
    check_events,
    check_order,
    checked_metrics,
    initial_order,
    order_after,
    with_uuids,
)
from splitplot.experiments.plan import Winsorization
from splitplot.filters.model import FilterKind, Operator, PropertyFilter

FOLDER = Path("tests/cases/api")
METRICS: dict[str, list[Any]] = json.loads((FOLDER / "metrics.json").read_text("utf-8"))
FINGERPRINTS: list[dict[str, Any]] = json.loads((FOLDER / "fingerprints.json").read_text("utf-8"))[
    "cases"
]
PAID = {"kind": "EventsNode", "event": "paid"}
SEEN = {"kind": "EventsNode", "event": "seen"}


def metric(metric_type: str, **members: object) -> dict[str, Any]:
    return {"kind": "ExperimentMetric", "metric_type": metric_type, **members}


@pytest.mark.parametrize("case", METRICS["refused"], ids=lambda case: case["detail"][:60])
def test_what_is_no_list_of_metrics_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_metrics(case["metrics"], attr="metrics")
    assert (refused.value.message, refused.value.attr) == (case["detail"], "metrics")


@pytest.mark.parametrize("document", METRICS["accepted"], ids=json.dumps)
def test_every_kind_of_metric_is_accepted_as_it_is(document: dict[str, Any]) -> None:
    assert checked_metrics([document], attr="metrics") == (document,)


def test_null_is_an_empty_list() -> None:
    assert checked_metrics(None, attr="metrics_secondary") == ()


def test_a_mean_metric_is_read() -> None:
    read = parse_metric(
        metric(
            "mean",
            uuid="u",
            name="Revenue",
            goal="decrease",
            conversion_window=2,
            conversion_window_unit="month",
            upper_bound_percentile=0.99,
            ignore_zeros=True,
            source={
                **PAID,
                "math": "sum",
                "math_property": "amount",
                "math_property_type": "event_properties",
                "properties": [{"key": "plan", "value": "pro"}],
            },
        )
    )
    assert read == MeanMetric(
        uuid="u",
        name="Revenue",
        goal=Goal.DECREASE,
        conversion_window=timedelta(days=60),
        winsorization=Winsorization(upper=0.99, ignore_zeros=True),
        source=EventsNode(
            event="paid",
            filters=(
                PropertyFilter(
                    key="plan", value="pro", operator=Operator.EXACT, kind=FilterKind.EVENT
                ),
            ),
            measure=Measure(
                math=Math.SUM, value_property="amount", property_type="event_properties"
            ),
        ),
    )


def test_a_funnel_metric_is_read() -> None:
    read = parse_metric(metric("funnel", series=[SEEN, {"kind": "ActionsNode", "id": 4}]))
    steps = (EventsNode(event="seen"), ActionsNode(action_id=4))
    assert read == FunnelMetric(steps=steps, order=StepOrder.ORDERED)


def test_a_ratio_metric_is_read() -> None:
    table = {
        "kind": "ExperimentDataWarehouseNode",
        "table_name": "orders",
        "timestamp_field": "at",
        "events_join_key": "properties.user",
        "data_warehouse_join_key": "user",
    }
    read = parse_metric(
        metric(
            "ratio",
            numerator=table,
            denominator=SEEN,
            numerator_outlier_handling={"lower_bound_percentile": 0},
            denominator_outlier_handling={},
        )
    )
    assert read == RatioMetric(
        numerator=WarehouseNode(
            table="orders",
            timestamp_field="at",
            events_join_key="properties.user",
            table_join_key="user",
        ),
        denominator=EventsNode(event="seen"),
        numerator_winsorization=Winsorization(lower=0.0),
    )


RETENTION = {
    "start_event": SEEN,
    "completion_event": PAID,
    "retention_window_start": 1,
    "retention_window_end": 7,
    "retention_window_unit": "day",
    "start_handling": "first_seen",
}
EXPOSURE = {"kind": "ExperimentExposureNode"}


def test_retention_may_start_with_the_exposure_and_count_everybody() -> None:
    read = parse_metric(
        metric("retention", **{**RETENTION, "start_event": EXPOSURE, "count_all_exposed": True})
    )
    assert isinstance(read, RetentionMetric)
    assert read.start == ExposureNode()
    assert read.counts_all_exposed
    check_events((metric("retention", **{**RETENTION, "start_event": EXPOSURE}),), known={"paid"})


@pytest.mark.parametrize("member", RETENTION)
def test_retention_without_one_of_its_members_is_refused(member: str) -> None:
    document = metric("retention", **{k: v for k, v in RETENTION.items() if k != member})
    with pytest.raises(InvalidInput) as refused:
        parse_metric(document)
    assert f"'loc': ('{member}',), 'msg': 'Field required'" in refused.value.message


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"retention_window_start": 8}, "retention_window_end"),
        ({"retention_window_start": -1}, "retention_window_start"),
        ({"retention_window_end": 1.5}, "retention_window_end"),
        ({"retention_window_end": "7"}, "retention_window_end"),
        ({"retention_window_end": 40_000}, "retention_window_end"),
        ({"retention_window_unit": "year"}, "retention_window_unit"),
        ({"start_handling": "any"}, "start_handling"),
        ({"count_all_exposed": "yes"}, "count_all_exposed"),
        ({"start_event": {**EXPOSURE, "event": "seen"}}, "event"),
        ({"completion_event": EXPOSURE}, "kind"),
        ({"start_event": EXPOSURE, "start_handling": "last_seen"}, "start_handling"),
        (
            {"start_event": EXPOSURE, "conversion_window": 1, "conversion_window_unit": "day"},
            "conversion_window",
        ),
    ],
)
def test_a_retention_that_makes_no_sense_is_refused(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_metric(metric("retention", **{**RETENTION, **changes}))
    assert f"'{place}')" in refused.value.message or f"('{place}',)" in refused.value.message


def test_a_retention_metric_is_read() -> None:
    read = parse_metric(
        metric(
            "retention",
            start_event=SEEN,
            completion_event=PAID,
            retention_window_start=1,
            retention_window_end=7,
            retention_window_unit="hour",
            start_handling="last_seen",
        )
    )
    assert read == RetentionMetric(
        start=EventsNode(event="seen"),
        completion=EventsNode(event="paid"),
        window_start=1,
        window_end=7,
        window_unit=TimeUnit.HOUR,
        start_handling=StartHandling.LAST_SEEN,
    )


@pytest.mark.parametrize(
    ("unit", "length"),
    [
        ("second", timedelta(seconds=3)),
        ("minute", timedelta(minutes=3)),
        ("hour", timedelta(hours=3)),
        ("day", timedelta(days=3)),
        ("week", timedelta(days=21)),
        ("month", timedelta(days=90)),
        (None, None),
    ],
)
def test_a_window_has_a_number_and_a_unit(unit: str | None, length: timedelta | None) -> None:
    members = {"conversion_window": 3, "conversion_window_unit": unit}
    assert parse_metric(metric("mean", source=PAID, **members)).conversion_window == length


@pytest.mark.parametrize("number", [None, 0])
def test_a_unit_without_a_number_is_no_window(number: int | None) -> None:
    members = {"conversion_window": number, "conversion_window_unit": "day"}
    assert parse_metric(metric("mean", source=PAID, **members)).conversion_window is None


def test_a_metric_says_what_it_is() -> None:
    with pytest.raises(InvalidInput, match="Input should be 'ExperimentMetric'"):
        parse_metric({"metric_type": "mean", "source": PAID})


def test_the_message_of_a_metric_says_where_something_is_missing() -> None:
    with pytest.raises(InvalidInput, match=r"'loc': \('numerator',\), 'msg': 'Field required'"):
        parse_metric(metric("ratio", denominator=SEEN))


def test_metrics_without_uuid_get_one() -> None:
    metrics = (metric("mean"), metric("mean", uuid=""), metric("mean", uuid="own"))
    names = iter(("a", "b"))
    assert [item["uuid"] for item in with_uuids(metrics, lambda: next(names))] == ["a", "b", "own"]


def test_a_uuid_stands_for_one_metric() -> None:
    check_distinct(({"uuid": "a"}, {}, {}, {"uuid": "b"}))
    with pytest.raises(InvalidInput) as refused:
        check_distinct(({"uuid": "a"}, {"uuid": "b"}, {"uuid": "a"}))
    detail = "Duplicate metric UUID: 'a'. Each metric must have a unique UUID."
    assert refused.value.message == detail


def test_actions_of_every_node_have_to_exist() -> None:
    def action(number: int) -> dict[str, Any]:
        return {"kind": "ActionsNode", "id": number}

    metrics = (
        metric("mean", source=action(9)),
        metric("funnel", series=[SEEN, action(3)]),
        metric("ratio", numerator=action(5), denominator=action(1)),
        {
            **metric("retention", start_event=action(7), completion_event=PAID),
            "retention_window_start": 0,
            "retention_window_end": 1,
            "retention_window_unit": "day",
            "start_handling": "first_seen",
        },
        {"kind": "ExperimentTrendsQuery"},
    )
    with pytest.raises(InvalidInput) as refused:
        check_actions(metrics, known={1})
    assert refused.value.message == (
        "Action(s) with ID 3, 5, 7, 9 not found or deleted. Each ActionsNode must reference an "
        "existing action belonging to this project."
    )
    assert refused.value.attr is None
    check_actions(metrics, known={1, 3, 5, 7, 9})


def test_unknown_events_are_named_once_in_order() -> None:
    metrics = (
        metric("funnel", series=[SEEN, PAID, {"kind": "EventsNode", "event": None}]),
        metric("mean", source=SEEN),
        metric("mean", source={"kind": "ActionsNode", "id": 1}),
    )
    with pytest.raises(InvalidInput) as refused:
        check_events(metrics, known=frozenset())
    assert refused.value.message == (
        "Event(s) 'seen', 'paid' not found. No events with these names have been ingested by "
        "this project. If this is intentional, set allow_unknown_events=True."
    )
    check_events(metrics, known={"seen", "paid"})


METRIC_A, METRIC_B = {"uuid": "a"}, {"uuid": "b"}


def test_a_new_order_lists_what_was_left_out_last() -> None:
    assert initial_order(None, ()) is None
    assert initial_order((), ()) == ()
    assert initial_order(None, (METRIC_A, METRIC_B)) == ("a", "b")
    assert initial_order(("b", "other"), (METRIC_A, METRIC_B)) == ("b", "other", "a")


def test_an_order_follows_the_list() -> None:
    before, after = (METRIC_A, METRIC_B), (METRIC_B, {"uuid": "c"})
    assert order_after(("b", "shared", "a"), before=before, after=after) == ("b", "shared", "c")
    assert order_after(None, before=(), after=after) == ("b", "c")


def test_an_order_lists_every_metric() -> None:
    check_order(None, (), role="primary")
    check_order(("x", "a"), (METRIC_A,), role="primary")
    with pytest.raises(InvalidInput, match=r"^secondary_metrics_ordered_uuids is missing UUIDs"):
        check_order(("a",), (METRIC_A, METRIC_B), role="secondary")
    with pytest.raises(InvalidInput, match=r"ordered_uuids is null but secondary metrics exist"):
        check_order(None, (METRIC_A,), role="secondary")


@pytest.mark.parametrize("case", FINGERPRINTS, ids=lambda case: case["metric"]["metric_type"])
def test_a_fingerprint_is_the_published_one(case: dict[str, Any]) -> None:
    start = case["start_date"]
    found = fingerprint(
        case["metric"],
        start_date=None if start is None else datetime.fromisoformat(start),
        stats_method=case["stats_method"],
        exposure_criteria=case["exposure_criteria"],
    )
    assert found == case["fingerprint"]


def test_a_fingerprint_knows_the_context_but_not_the_name() -> None:
    plain = fingerprint(metric("mean", source=PAID), start_date=None)
    same = metric("mean", source=PAID, uuid="u", name="n", fingerprint="old")
    assert fingerprint(same, start_date=None, exposure_criteria={}) == plain
    others = {
        fingerprint(same, start_date=None, only_count_matured_users=True),
        fingerprint(same, start_date=None, excluded_variants=("a", "b")),
        fingerprint(same, start_date=None, stats_method="frequentist"),
        fingerprint(same, start_date=None, lookback=timedelta(days=14)),
        fingerprint(same, start_date=None, lookback=timedelta(days=7)),
        fingerprint({**same, "goal": "decrease"}, start_date=None),
    }
    assert len(others | {plain}) == 7
    either = [
        fingerprint(same, start_date=None, excluded_variants=order)
        for order in (("a", "b"), ("b", "a"))
    ]
    assert either[0] == either[1]


def test_a_guardrail_has_a_margin_that_is_a_share() -> None:
    assert parse_metric(metric("mean", source=PAID)).guardrail_margin is None
    guarded = metric("mean", source=PAID, guardrail_margin=0.02)
    assert parse_metric(guarded).guardrail_margin == 0.02
    for margin in (0, 1.5, "0.02", True):
        with pytest.raises(InvalidInput) as caught:
            parse_metric(metric("mean", source=PAID, guardrail_margin=margin))
        assert "guardrail_margin" in caught.value.message


def test_a_margin_changes_no_number_and_so_no_fingerprint() -> None:
    plain = metric("mean", source=PAID)
    guarded = metric("mean", source=PAID, guardrail_margin=0.02)
    assert fingerprint(guarded, start_date=None) == fingerprint(plain, start_date=None)
