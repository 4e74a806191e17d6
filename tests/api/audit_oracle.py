"""What a result must be, worked out from the sent events the slow and obvious way.

Shares nothing with the product: no SQL, no plans, no people room. Events are what was
sent, in the order of arrival; instants are whole microseconds since 1970.
"""

import math
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
    name = custom["event"] if custom else "$feature_flag_called"
    if row.name != name:
        return None
    if custom and not matches(custom["properties"], row.properties, world.person_properties(row)):
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
            and row.name == activation["event"]
            and _in_window(trial, row)
            and row.at >= units[key].first
            and matches(activation["properties"], row.properties, world.person_properties(row))
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
    if source.get("event") is not None and source["event"] != row.name:
        return False
    return matches(source.get("properties", []), row.properties, world.person_properties(row))


def aggregates(world: World, trial: Trial, metric: Json) -> dict[str, Json]:
    """The sums of each analysed variant."""
    units = {k: u for k, u in exposed(world, trial).items() if u.variant != MULTIPLE}
    window = window_of(metric)
    if trial.matured and window is not None:
        units = {k: u for k, u in units.items() if u.first + window <= trial.now}
    rows: dict[object, list[Row]] = {key: [] for key in units}
    for row in world.rows:
        key = unit_key(world, trial, row)
        if key in rows:
            rows[key].append(row)
    if metric["metric_type"] == "mean":
        return _mean(world, trial, metric, units=units, rows=rows)
    return _funnel(world, trial, metric, units=units, rows=rows)


def _mean(
    world: World,
    trial: Trial,
    metric: Json,
    *,
    units: dict[object, Unit],
    rows: dict[object, list[Row]],
) -> dict[str, Json]:
    window, source = window_of(metric), metric["source"]
    values: dict[object, float] = {}
    for key, unit in units.items():
        kept = [
            row
            for row in rows[key]
            if is_of(world, source, row)
            and trial.start <= row.at < trial.until + (window or 0)
            and row.at >= unit.first
            and (window is None or row.at < unit.first + window)
        ]
        values[key] = _value(world, source, kept)
    if "lower_bound_percentile" in metric or "upper_bound_percentile" in metric:
        values = _winsorized(metric, values)
    if "threshold" in metric:
        values = {key: float(value >= metric["threshold"]) for key, value in values.items()}
    result = {}
    for variant in trial.analysed:
        own = [values[key] for key, unit in units.items() if unit.variant == variant]
        result[variant] = {
            "number_of_samples": len(own),
            "sum": math.fsum(own),
            "sum_squares": math.fsum(value * value for value in own),
        }
    return result


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
    if metric["metric_type"] == "funnel" and sums["sum"] < 5:
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
