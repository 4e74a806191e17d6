"""What a result must be, worked out from the sent events the slow and obvious way.

Shares nothing with the product: no SQL, no plans, no people room. Events are what was
sent, in the order of arrival; instants are whole microseconds since 1970.
"""

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

from scipy import stats

Json = dict[str, Any]
MULTIPLE = "$multiple"
SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "month": 30 * 86400,
}
THREE_YEARS = 3 * 365 * 86400
HOUR = 3600 * 1_000_000
NO_VALUE = "$$_posthog_breakdown_null_$$"
MERGES = {
    "$identify": "$anon_distinct_id",
    "$create_alias": "alias",
    "$merge_dangerously": "alias",
}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


@dataclass(eq=False)
class Person:
    """One person of today."""

    identified: bool = False
    properties: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A kept event; `at` in microseconds."""

    uuid: str
    name: str
    distinct_id: str
    at: int
    properties: Json


class World:
    """Everything sent, folded in the order of arrival."""

    def __init__(self, group_types: Sequence[str] = ("company",)) -> None:
        self.rows: list[Row] = []
        self.people: dict[str, Person] = {}
        # The steps of each action, by its id.
        self.actions: dict[int, list[Json]] = {}
        self._seen: set[str] = set()
        self._group_types = group_types

    def receive(self, events: Iterable[Json], moments: Mapping[str, int]) -> None:
        """Takes one batch; `moments` are the instants meant, by uuid."""
        for event in events:
            if event["uuid"] in self._seen:
                continue
            self._seen.add(event["uuid"])
            properties = dict(event["properties"])
            for name in ("$set", "$set_once"):
                if name in event:
                    properties[name] = {**properties.get(name, {}), **event[name]}
            personless = properties.get("$process_person_profile") is False
            if personless and event["event"] in MERGES:
                continue
            for index, kind in enumerate(self._group_types):
                key = properties.get("$groups", {}).get(kind)
                if key is not None:
                    properties[f"$group_{index}"] = key
            row = Row(
                event["uuid"],
                event["event"],
                event["distinct_id"],
                moments[event["uuid"]],
                properties,
            )
            self.rows.append(row)
            if not personless:
                self._learn(row)

    def person_key(self, row: Row) -> object:
        return self.people.get(row.distinct_id, row.distinct_id)

    def person_properties(self, row: Row) -> Json:
        person = self.people.get(row.distinct_id)
        return person.properties if person else {}

    def _learn(self, row: Row) -> None:
        other = row.properties.get(MERGES.get(row.name, ""))
        if other is not None and other != row.distinct_id:
            self._merge(row.distinct_id, other, force=row.name == "$merge_dangerously")
        person = self.people.setdefault(row.distinct_id, Person())
        if other is not None and other != row.distinct_id:
            person.identified = True
        for key, value in row.properties.get("$set_once", {}).items():
            person.properties.setdefault(key, value)
        person.properties.update(row.properties.get("$set", {}))

    def _merge(self, target_id: str, other_id: str, *, force: bool) -> None:
        target, other = self.people.get(target_id), self.people.get(other_id)
        if target is None or other is None:
            one = target or other or Person()
            self.people[target_id] = self.people[other_id] = one
        elif target is not other and (force or not other.identified):
            target.properties = {**other.properties, **target.properties}
            for distinct_id, person in self.people.items():
                if person is other:
                    self.people[distinct_id] = target


def text(value: object) -> str:
    if isinstance(value, str):
        return value
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)


def matches(filters: Sequence[Json], event: Json, person: Json) -> bool:
    return all(_matches_one(f, person if f.get("type") == "person" else event) for f in filters)


def _matches_one(wanted: Json, properties: Json) -> bool:
    present = wanted["key"] in properties
    value, target = properties.get(wanted["key"]), wanted.get("value")
    negated = {"is_not": "exact", "not_icontains": "icontains", "is_not_set": "is_set"}
    operator = wanted.get("operator", "exact")
    if operator in negated:
        return not _matches_one({**wanted, "operator": negated[operator]}, properties)
    match operator:
        case "exact":
            targets = target if isinstance(target, list) else [target]
            return present and text(value).lower() in {text(t).lower() for t in targets}
        case "icontains":
            return present and text(target).lower() in text(value).lower()
        case "is_set":
            return present
        case "gt":
            return present and _number(value) is not None and _number(value) > _number(target)  # type: ignore[operator]  # checked before
    raise AssertionError(wanted)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


@dataclass
class Unit:
    """An exposed unit: variant, the moment that opens its window, what opens a funnel."""

    variant: str
    first: int
    openings: list[Row]


@dataclass(frozen=True)
class Trial:
    """The settings of one experiment, as sent."""

    flag: str
    shares: Mapping[str, float]
    start: int
    end: int
    now: int
    criteria: Json
    excluded: Sequence[str] = ()
    group_index: int | None = None
    test_account_filters: Sequence[Json] = ()
    matured: bool = False
    zone: str = "UTC"

    @property
    def analysed(self) -> list[str]:
        return [key for key in self.shares if key not in self.excluded]

    @property
    def until(self) -> int:
        return min(self.end, self.now)


def unit_key(world: World, trial: Trial, row: Row) -> object:
    if trial.group_index is None:
        return world.person_key(row)
    return row.properties.get(f"$group_{trial.group_index}") or None


def exposed(world: World, trial: Trial) -> dict[object, Unit]:
    """Every unit that counts, `$multiple` ones too."""
    custom = trial.criteria.get("exposure_config")
    rows: dict[object, list[tuple[Row, str]]] = defaultdict(list)
    for row in world.rows:
        variant = _variant(world, trial, row, custom)
        key = unit_key(world, trial, row)
        if variant in trial.analysed and key is not None and _in_window(trial, row):
            rows[key].append((row, variant))
    units = {}
    for key, seen in rows.items():
        seen.sort(key=lambda item: (item[0].at, item[0].uuid))
        variants = {variant for _, variant in seen}
        first_seen = trial.criteria.get("multiple_variant_handling") == "first_seen"
        variant = seen[0][1] if first_seen or len(variants) == 1 else MULTIPLE
        units[key] = Unit(variant, seen[0][0].at, [row for row, _ in seen])
    activation = trial.criteria.get("activation_config")
    return _activated(world, trial, units, activation) if activation and not custom else units


def _in_window(trial: Trial, row: Row) -> bool:
    return trial.start <= row.at <= trial.until


def _internal(world: World, trial: Trial, row: Row) -> bool:
    person = world.person_properties(row)
    return bool(trial.criteria.get("filterTestAccounts", True)) and not matches(
        trial.test_account_filters, row.properties, person
    )


def _variant(world: World, trial: Trial, row: Row, custom: Json | None) -> Any:  # noqa: ANN401 - JSON
    if _internal(world, trial, row):
        return None
    name = custom.get("event") if custom else "$feature_flag_called"
    if not is_of(world, custom or {"event": name}, row):
        return None
    if name != "$feature_flag_called":
        return row.properties.get(f"$feature/{trial.flag}")
    if row.properties.get("$feature_flag") != trial.flag:
        return None
    return row.properties.get("$feature_flag_response")


def _activated(
    world: World, trial: Trial, units: dict[object, Unit], activation: Json
) -> dict[object, Unit]:
    found: dict[object, list[Row]] = defaultdict(list)
    for row in world.rows:
        key = unit_key(world, trial, row)
        if (
            key in units
            and _in_window(trial, row)
            and row.at >= units[key].first
            and is_of(world, activation, row)
            and not _internal(world, trial, row)
        ):
            found[key].append(row)
    return {
        key: Unit(units[key].variant, min(row.at for row in rows), rows)
        for key, rows in found.items()
    }


def window_of(metric: Json) -> int | None:
    if "conversion_window" not in metric or "conversion_window_unit" not in metric:
        return None
    seconds: int = metric["conversion_window"] * SECONDS[metric["conversion_window_unit"]]
    return seconds * 1_000_000


def is_of(world: World, source: Json, row: Row) -> bool:
    if source.get("kind") == "ActionsNode":
        steps = world.actions.get(source["id"], [])
        filters = source.get("properties", [])
        return any(_is_step(world, step, row) for step in steps) and matches(
            filters, row.properties, world.person_properties(row)
        )
    if source.get("event") is not None and source["event"] != row.name:
        return False
    return matches(source.get("properties", []), row.properties, world.person_properties(row))


def _is_step(world: World, step: Json, row: Row) -> bool:
    if step.get("event") is not None and step["event"] != row.name:
        return False
    if step.get("url"):
        url = row.properties.get("$current_url")
        if url is None:
            return False
        found = {
            "exact": url == step["url"],
            "regex": re.search(step["url"], url) is not None,
            "contains": step["url"] in url,
        }
        if not found[step.get("url_matching") or "contains"]:
            return False
    return matches(step.get("properties", []), row.properties, world.person_properties(row))


def aggregates(world: World, trial: Trial, metric: Json) -> dict[str, Json]:
    """The sums of each analysed variant."""
    units, rows = _analysed(world, trial, metric)
    return _sums(world, trial, metric, units=units, rows=rows)


def parts(world: World, trial: Trial, metric: Json) -> dict[str, dict[str, Json]]:
    """The sums of each value of the metric's breakdown, or that it is split by."""
    units, rows = _analysed(world, trial, metric)
    if "value_breakdown_property" in metric:
        return _splits(world, trial, metric, units=units, rows=rows)
    (asked,) = metric["breakdownFilter"]["breakdowns"]
    of_value: dict[str, dict[object, Unit]] = defaultdict(dict)
    for key, unit in units.items():
        of_value[
            _value_at(world, asked, _telling(world, trial, metric, unit=unit, rows=rows[key]))
        ][key] = unit
    return {
        value: _sums(world, trial, metric, units=members, rows=rows)
        for value, members in of_value.items()
    }


def _telling(
    world: World, trial: Trial, metric: Json, *, unit: Unit, rows: list[Row]
) -> Row | None:
    """The event at which a unit's value is read."""
    attribution = metric.get("breakdownAttributionType")
    if attribution is None:
        return min(unit.openings, key=lambda row: (row.at, row.uuid))
    counted = _counted(
        world, trial, metric["source"], window=window_of(metric), unit=unit, rows=rows
    )
    choose = max if attribution == "last_touch" else min
    return choose(counted, key=lambda row: (row.at, row.uuid)) if counted else None


def _value_at(world: World, asked: Json, row: Row | None) -> str:
    if row is None:
        return NO_VALUE
    is_person = asked["type"] == "person"
    properties = world.person_properties(row) if is_person else row.properties
    value = properties.get(asked["property"])
    return NO_VALUE if value is None or value == "" else text(value)


def _splits(
    world: World,
    trial: Trial,
    metric: Json,
    *,
    units: dict[object, Unit],
    rows: dict[object, list[Row]],
) -> dict[str, dict[str, Json]]:
    asked = {"property": metric["value_breakdown_property"], "type": "event"}
    window, source = window_of(metric), metric["source"]
    values: dict[str, dict[object, float]] = defaultdict(dict)
    for key, unit in units.items():
        counted = _counted(world, trial, source, window=window, unit=unit, rows=rows[key])
        for value in {_value_at(world, asked, row) for row in counted}:
            own = [row for row in counted if _value_at(world, asked, row) == value]
            values[value][key] = _value(world, source, own)
    return {
        value: {
            variant: _moments_of(
                [of_units.get(key, 0.0) for key, u in units.items() if u.variant == variant]
            )
            for variant in trial.analysed
        }
        for value, of_units in values.items()
    }


def _analysed(
    world: World, trial: Trial, metric: Json
) -> tuple[dict[object, Unit], dict[object, list[Row]]]:
    """The units that count for the metric, and all that each of them did."""
    units = {k: u for k, u in exposed(world, trial).items() if u.variant != MULTIPLE}
    window = window_of(metric)
    if trial.matured and window is not None and metric["metric_type"] != "retention":
        units = {k: u for k, u in units.items() if u.first + window <= trial.now}
    rows: dict[object, list[Row]] = {key: [] for key in units}
    for row in world.rows:
        key = unit_key(world, trial, row)
        if key in rows:
            rows[key].append(row)
    return units, rows


def _sums(
    world: World,
    trial: Trial,
    metric: Json,
    *,
    units: dict[object, Unit],
    rows: dict[object, list[Row]],
) -> dict[str, Json]:
    kinds = {"mean": _mean, "funnel": _funnel, "ratio": _ratio, "retention": _retention}
    return kinds[metric["metric_type"]](world, trial, metric, units=units, rows=rows)


def _ratio(
    world: World,
    trial: Trial,
    metric: Json,
    *,
    units: dict[object, Unit],
    rows: dict[object, list[Row]],
) -> dict[str, Json]:
    sides = []
    for side in ("numerator", "denominator"):
        values = _unit_values(
            world, trial, metric[side], window=window_of(metric), units=units, rows=rows
        )
        outliers = metric.get(f"{side}_outlier_handling")
        sides.append(_winsorized(outliers, values) if outliers else values)
    over, under = sides
    return {
        variant: _pair_sums(
            [(over[key], under[key]) for key, unit in units.items() if unit.variant == variant]
        )
        for variant in trial.analysed
    }


def _pair_sums(pairs: list[tuple[float, float]]) -> Json:
    return {
        **_moments_of([over for over, _ in pairs]),
        "denominator_sum": math.fsum(under for _, under in pairs),
        "denominator_sum_squares": math.fsum(under * under for _, under in pairs),
        "numerator_denominator_sum_product": math.fsum(over * under for over, under in pairs),
    }


def _retention(
    world: World,
    trial: Trial,
    metric: Json,
    *,
    units: dict[object, Unit],
    rows: dict[object, list[Row]],
) -> dict[str, Json]:
    kept: dict[str, list[tuple[float, float]]] = {variant: [] for variant in trial.analysed}
    for key, unit in units.items():
        start = _start(world, trial, metric, unit=unit, rows=rows[key])
        if start is None:
            if metric.get("count_all_exposed"):
                kept[unit.variant].append((0.0, 1.0))
            continue
        came_back = any(
            is_of(world, metric["completion_event"], row)
            and row.uuid != start.uuid
            and row.at >= start.at
            and _is_in_retention(metric, start.at, row.at, ZoneInfo(trial.zone))
            for row in rows[key]
        )
        kept[unit.variant].append((float(came_back), 1.0))
    return {variant: _pair_sums(pairs) for variant, pairs in kept.items()}


def _start(world: World, trial: Trial, metric: Json, *, unit: Unit, rows: list[Row]) -> Row | None:
    window = window_of(metric)
    starts = [
        row
        for row in rows
        if is_of(world, metric["start_event"], row)
        and unit.first <= row.at < trial.until + (window or 0)
        and (window is None or row.at <= unit.first + window)
    ]
    choose = max if metric["start_handling"] == "last_seen" else min
    return choose(starts, key=lambda row: (row.at, row.uuid)) if starts else None


def _is_in_retention(metric: Json, start: int, back: int, zone: ZoneInfo) -> bool:
    earliest, latest = metric["retention_window_start"], metric["retention_window_end"]
    unit = metric["retention_window_unit"]
    then, now = ((EPOCH + timedelta(microseconds=at)).astimezone(zone) for at in (start, back))
    if unit == "day":
        return bool(earliest <= (now.date() - then.date()).days <= latest)
    if unit == "hour":
        # What is past of the hour on the clock's face.
        began = [
            at - (local.minute * 60 + local.second) * 1_000_000 - local.microsecond
            for at, local in ((start, then), (back, now))
        ]
        return bool(earliest * HOUR <= began[1] - began[0] <= latest * HOUR)
    span = SECONDS[unit] * 1_000_000
    return bool(earliest * span <= back - start <= latest * span)


def _mean(
    world: World,
    trial: Trial,
    metric: Json,
    *,
    units: dict[object, Unit],
    rows: dict[object, list[Row]],
) -> dict[str, Json]:
    values = _unit_values(
        world, trial, metric["source"], window=window_of(metric), units=units, rows=rows
    )
    if "lower_bound_percentile" in metric or "upper_bound_percentile" in metric:
        values = _winsorized(metric, values)
    if "threshold" in metric:
        values = {key: float(value >= metric["threshold"]) for key, value in values.items()}
    result = {}
    for variant in trial.analysed:
        own = [values[key] for key, unit in units.items() if unit.variant == variant]
        result[variant] = _moments_of(own)
    return result


def _moments_of(values: list[float]) -> Json:
    return {
        "number_of_samples": len(values),
        "sum": math.fsum(values),
        "sum_squares": math.fsum(value * value for value in values),
    }


def _unit_values(
    world: World,
    trial: Trial,
    source: Json,
    *,
    window: int | None,
    units: dict[object, Unit],
    rows: dict[object, list[Row]],
) -> dict[object, float]:
    kept = {
        key: _counted(world, trial, source, window=window, unit=unit, rows=rows[key])
        for key, unit in units.items()
    }
    return {key: _value(world, source, counted) for key, counted in kept.items()}


def _counted(
    world: World, trial: Trial, source: Json, *, window: int | None, unit: Unit, rows: list[Row]
) -> list[Row]:
    return [
        row
        for row in rows
        if is_of(world, source, row)
        and trial.start <= row.at < trial.until + (window or 0)
        and row.at >= unit.first
        and (window is None or row.at < unit.first + window)
    ]


def _value(world: World, source: Json, kept: list[Row]) -> float:
    if not kept:
        return 0.0
    math_of = source.get("math", "total")
    distinct: dict[str, Callable[[], set[object]]] = {
        "unique_session": lambda: {row.properties.get("$session_id") or "" for row in kept} - {""},
        "dau": lambda: {world.person_key(row) for row in kept},
        "unique_group": lambda: (
            {row.properties.get(f"$group_{source['math_group_type_index']}") or "" for row in kept}
            - {""}
        ),
    }
    if math_of in distinct:
        return len(distinct[math_of]())
    numbers = [_number(row.properties.get(source.get("math_property", ""))) or 0.0 for row in kept]
    return {
        "total": float(len(kept)),
        "sum": math.fsum(numbers),
        "avg": math.fsum(numbers) / len(kept),
        "min": min(numbers),
        "max": max(numbers),
    }[math_of]


def _winsorized(metric: Json, values: dict[object, float]) -> dict[object, float]:
    pool = sorted(values.values())
    upper_pool = [v for v in pool if v != 0] if metric.get("ignore_zeros") else pool
    lower = _bound(pool, metric.get("lower_bound_percentile"), default=0)
    upper = _bound(upper_pool, metric.get("upper_bound_percentile"), default=-1)
    return {
        key: min(
            value if lower is None else max(lower, value), math.inf if upper is None else upper
        )
        for key, value in values.items()
    }


def _bound(pool: list[float], level: float | None, *, default: int) -> float | None:
    if not pool:
        return None
    if level is None:
        return pool[default]
    return pool[min(math.floor(level * len(pool)), len(pool) - 1)]


def _funnel(
    world: World,
    trial: Trial,
    metric: Json,
    *,
    units: dict[object, Unit],
    rows: dict[object, list[Row]],
) -> dict[str, Json]:
    steps = metric["series"]
    window = window_of(metric) or THREE_YEARS * 1_000_000
    ordered = metric.get("funnel_order_type", "ordered") == "ordered"
    result = {
        variant: {
            "number_of_samples": sum(u.variant == variant for u in units.values()),
            "step_counts": [0] * len(steps),
        }
        for variant in trial.analysed
    }
    for key, unit in units.items():
        candidates = [
            (row, frozenset(n for n, step in enumerate(steps, 1) if is_of(world, step, row)))
            for row in rows[key]
            if trial.start <= row.at <= trial.until + window and row.at >= unit.first
        ]
        found = [(row, filled) for row, filled in candidates if filled]
        reach = _longest_chain if ordered else _most_together
        for step in range(reach(unit.openings, found, window, len(steps))):
            result[unit.variant]["step_counts"][step] += 1  # type: ignore[index]  # a list
    for sums in result.values():
        sums["sum"] = sums["sum_squares"] = sums["step_counts"][-1]  # type: ignore[index]  # a list
    return result


Found = list[tuple[Row, frozenset[int]]]


def _longest_chain(openings: list[Row], found: Found, window: int, steps: int) -> int:
    """The furthest step that distinct events, in order, fill within a window of an opening."""
    best = 0
    for opening in openings:
        moments: dict[int, Found] = defaultdict(list)
        for row, filled in found:
            if row.uuid != opening.uuid and 0 <= row.at - opening.at <= window:
                moments[row.at].append((row, filled))
        reached = 0
        for at in sorted(moments):
            while reached < steps and (more := _further(moments[at], reached, steps)):
                reached += more
                break
        best = max(best, reached)
    return best


def _further(ties: Found, reached: int, steps: int) -> int:
    for count in range(min(len(ties), steps - reached), 0, -1):
        for chosen in permutations(ties, count):
            if all(reached + n in filled for n, (_, filled) in enumerate(chosen, 1)):
                return count
    return 0


def _most_together(openings: list[Row], found: Found, window: int, steps: int) -> int:
    """One less than the most different steps, exposure included, within one sliding span."""
    marks = [(row.at, frozenset({0})) for row in openings] + [(r.at, f) for r, f in found]
    best = 1
    for start, _ in marks:
        together: set[int] = set()
        for at, filled in marks:
            if 0 <= at - start <= window:
                together |= filled
        best = max(best, len(together))
    return min(best - 1, steps)


def exposure_answer(world: World, trial: Trial, zone: str) -> Json:
    """Totals, cumulative days of the project, and the check of the split."""
    units = exposed(world, trial).values()
    tz = ZoneInfo(zone)

    def day_of(at: int) -> Any:  # noqa: ANN401 - a date
        return (EPOCH + timedelta(microseconds=at)).astimezone(tz).date()

    days, day = [], day_of(trial.start)
    while day <= day_of(trial.until):
        days.append(day)
        day += timedelta(days=1)
    series: dict[str, list[int]] = {}
    for variant in [*trial.analysed, MULTIPLE]:
        firsts = [day_of(unit.first) for unit in units if unit.variant == variant]
        if firsts or variant != MULTIPLE:
            series[variant] = [sum(first <= d for first in firsts) for d in days]
    totals = {v: sum(u.variant == v for u in units) for v in series}
    shared = {v: s for v, s in trial.shares.items() if s > 0 and v not in trial.excluded}
    total = sum(totals[v] for v in shared)
    mismatch = None
    if total >= 100 and len(shared) >= 2:
        expected = [total * share / sum(shared.values()) for share in shared.values()]
        test = stats.chisquare([totals[v] for v in shared], expected)
        mismatch = {"expected": dict(zip(shared, expected, strict=True)), "p_value": test.pvalue}
    return {
        "days": [d.isoformat() for d in days],
        "series": series,
        "total_exposures": totals,
        "sample_ratio_mismatch": mismatch,
    }


def failures(metric: Json, sums: Json, *, baseline: bool) -> list[str]:
    found = ["not-enough-exposures"] if sums["number_of_samples"] < 50 else []
    if metric["metric_type"] in {"funnel", "retention"} and sums["sum"] < 5:
        found.append("not-enough-metric-data")
    if baseline and sums["sum"] == 0:
        found.append("baseline-mean-is-zero")
    return found


def _moments(metric: Json, sums: Json) -> tuple[float, float]:
    n, total = sums["number_of_samples"], sums["sum"]
    if metric["metric_type"] == "funnel":
        return total / n, total / n * (1 - total / n)
    return total / n, (sums["sum_squares"] - total * total / n) / (n - 1)


def compare(metric: Json, config: Json, control: Json, test: Json) -> Json | None:
    """The statistics fields, or None where they have to be blank."""
    if failures(metric, control, baseline=True) or failures(metric, test, baseline=False):
        return None
    bayesian = config["method"] == "bayesian"
    if metric["metric_type"] == "funnel" and bayesian:
        for sums in (control, test):
            if min(sums["sum"], sums["number_of_samples"] - sums["sum"]) < 5:
                return None
    (vc, sc), (vt, st) = _moments(metric, control), _moments(metric, test)
    nc, nt = control["number_of_samples"], test["number_of_samples"]
    options = config.get(config["method"], {})
    if (vc <= 0 and bayesian) or abs(vc) < 1e-10 or sc + st <= 0:
        return None
    if options.get("difference_type") == "ABSOLUTE":
        effect, variance = vt - vc, st / nt + sc / nc
    else:
        effect, variance = (vt - vc) / vc, st / (nt * vc**2) + vt**2 * sc / (nc * vc**4)
    spread = math.sqrt(variance)
    if bayesian:
        level = options.get("ci_level", 0.95)
        chance = float(stats.norm.cdf(effect / spread))
        half = stats.norm.ppf((1 + level) / 2) * spread
        return {
            "chance_to_win": chance,
            "credible_interval": [effect - half, effect + half],
            "significant": chance > level or chance < 1 - level,
        }
    alpha = options.get("alpha", 0.05)
    a, b = st / nt, sc / nc
    df = (a + b) ** 2 / (a**2 / (nt - 1) + b**2 / (nc - 1))
    p = float(2 * stats.t.sf(abs(effect / spread), df))
    half = stats.t.ppf(1 - alpha / 2, df) * spread
    return {
        "p_value": p,
        "confidence_interval": [effect - half, effect + half],
        "significant": p < alpha,
    }
