"""Random experiments: who is sent what, in which order, and what is asked about it."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

Json = dict[str, Any]
DAY = 86_400_000_000
HOUR = 3_600_000_000
SECOND = 1_000_000
ODD_VALUES = [10, "4.5", "n/a", None, "-2", "1e2", "", True, -3.25, 0, [7], {"a": 1}, 999, 0.1]
WINDOWS = [(1, "day"), (72, "hour"), (90, "minute"), (1, "week"), (1, "month"), (100, "second")]
ZONES = ["UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Tokyo", "Australia/Lord_Howe"]


@dataclass
class Scenario:
    """What is set up, sent and asked. `moments` are the instants meant, by event uuid."""

    seed: int
    flag: str
    start: int
    end: int
    zone: str
    shares: dict[str, int]
    criteria: Json
    excluded: list[str]
    group_index: int | None
    account_filters: list[Json]
    stats_config: Json
    matured: bool
    batches: list[list[Json]] = field(default_factory=list)
    moments: dict[str, int] = field(default_factory=dict)
    metrics: list[Json] = field(default_factory=list)


class Maker:
    """Makes the scenario of a seed."""

    def __init__(self, seed: int) -> None:
        self.pick = random.Random(seed)  # noqa: S311 - no secret
        # Every third one has the units that statistics ask for.
        self.large = seed % 3 == 0
        self.s = self._settings(seed)
        self.ids = [f"{self.s.flag}-{n}" for n in range(self.pick.choice([8, 25, 40]))]
        if self.large:
            self.ids = [f"{self.s.flag}-{n}" for n in range(190)]

    def _settings(self, seed: int) -> Scenario:
        pick = self.pick
        # Weeks that hold a change of the clocks, north and south.
        first = pick.choice(
            [
                datetime(2025, 3, 28, tzinfo=UTC),
                datetime(2025, 10, 24, tzinfo=UTC),
                datetime(2025, 3, 6, tzinfo=UTC),
            ]
        )
        start = first + timedelta(hours=pick.choice([0, 7, 12, 23]))
        start_at = round(start.timestamp()) * SECOND
        keys = ["control", "test", "third", "fourth"][
            : 2 if self.large else pick.choice([2, 2, 3, 4])
        ]
        splits = {2: (50, 50), 3: (60, 30, 10), 4: (25, 25, 25, 25)}[len(keys)]
        criteria: Json = {"filterTestAccounts": pick.random() < (0.2 if self.large else 0.6)}
        if pick.random() < 0.8:
            criteria["multiple_variant_handling"] = pick.choice(["exclude", "first_seen"])
        kind = pick.random()
        if self.large and kind < 0.4:
            kind = 1.0
        if kind < 0.2:
            criteria["exposure_config"] = self._event("page", path="/pay")
        elif kind < 0.3:
            criteria["exposure_config"] = self._event("$feature_flag_called", path="/pay")
        elif kind < 0.45:
            criteria["activation_config"] = self._event("page", path="/pay")
        elif kind < 0.5:
            criteria["activation_config"] = {"kind": "ActionsNode", "id": 0}
        method = pick.choice(["bayesian", "frequentist"])
        return Scenario(
            seed=seed,
            flag=f"audit-{seed}",
            start=start_at,
            end=start_at + pick.choice([4, 5, 6]) * DAY + pick.choice([0, 0, 90 * SECOND]),
            zone=pick.choice(ZONES),
            shares=dict(zip(keys, splits, strict=True)),
            criteria=criteria,
            excluded=[keys[-1]] if len(keys) > 2 and pick.random() < 0.5 else [],
            group_index=0 if pick.random() < 0.2 and not self.large else None,
            account_filters=pick.choice(
                [
                    [],
                    [
                        {
                            "key": "email",
                            "operator": "not_icontains",
                            "value": "@us.example",
                            "type": "person",
                        }
                    ],
                    [{"key": "qa", "operator": "is_not", "value": "yes", "type": "event"}],
                    [
                        {"key": "plan", "operator": "is_set", "type": "person", "value": "is_set"},
                        {
                            "key": "qa",
                            "operator": "is_not",
                            "value": ["yes", "maybe"],
                            "type": "event",
                        },
                    ],
                ]
            ),
            stats_config={
                "method": method,
                method: {
                    "difference_type": pick.choice(["RELATIVE", "ABSOLUTE"]),
                    **({"ci_level": 0.9} if method == "bayesian" else {"alpha": 0.1}),
                },
            },
            matured=pick.random() < 0.15,
        )

    def _event(self, event: str, **wanted: str) -> Json:
        return {
            "kind": "ExperimentEventExposureConfig",
            "event": event,
            "properties": [
                {"key": key, "operator": "exact", "value": value, "type": "event"}
                for key, value in wanted.items()
            ]
            if self.pick.random() < 0.7
            else [],
        }

    def make(self) -> Scenario:
        events = []
        for distinct_id in self.ids:
            events += self._life(distinct_id)
        events += [self._merge() for _ in range(self.pick.choice([0, 3, 10]))]
        self.pick.shuffle(events)
        while events:
            size = self.pick.randint(20, 90)
            batch, events = events[:size], events[size:]
            if self.pick.random() < 0.4:
                batch.append(self.pick.choice(batch))
            self.s.batches.append(batch)
            if self.pick.random() < 0.3:
                self.s.batches.append(self.pick.choice(self.s.batches))
        self.s.metrics = [self._mean() for _ in range(4)] + [self._funnel() for _ in range(3)]
        self.s.metrics += [self._ratio(), self._retention(), self._retention()]
        self.s.metrics += [self._of_an_action(), self._by_value(), self._split()]
        return self.s

    def _life(self, distinct_id: str) -> list[Json]:
        pick, s = self.pick, self.s
        exposed_at = self._moment()
        variants: list[object] = [pick.choice(list(s.shares))]
        if pick.random() < 0.15:
            variants.append(pick.choice([*s.shares, "holdout-1", True]))
        if pick.random() < 0.15:
            variants.append(variants[0])
        events = []
        for number, variant in enumerate(variants):
            at = (
                exposed_at
                if number == 0
                else pick.choice([exposed_at, exposed_at + DAY, self._moment()])
            )
            events += self._exposure(distinct_id, variant, at)
        for _ in range(pick.choice([1, 1, 2, 2] if self.large else [0, 1, 3, 6])):
            name = pick.choice(["buy", "view", "page", "buy"])
            events.append(self._sent(name, distinct_id, self._near(exposed_at), self._properties()))
        return events

    def _exposure(self, distinct_id: str, variant: object, at: int) -> list[Json]:
        custom = self.s.criteria.get("exposure_config", {}).get("event")
        about = {"$feature_flag": self.s.flag, "$feature_flag_response": variant}
        if self.pick.random() < 0.05:
            about["$feature_flag"] = "another"
        sent = [
            self._sent("$feature_flag_called", distinct_id, at, {**self._properties(), **about})
        ]
        if custom == "page":
            sent.append(self._sent("page", distinct_id, at, self._properties(variant)))
        return sent

    def _moment(self) -> int:
        s = self.s
        edge = self.pick.random()
        if edge < 0.1:
            return self.pick.choice([s.start, s.end, s.start - 1, s.end + 1, s.start - HOUR])
        return self.pick.randrange(s.start, s.end + HOUR, 1 if edge < 0.3 else HOUR)

    def _near(self, at: int) -> int:
        gaps = [0, 1, -1, HOUR, DAY, DAY - 1, 72 * HOUR, 72 * HOUR - 1, 7 * DAY, 100 * SECOND]
        kind = self.pick.random()
        if kind < 0.5:
            return at + self.pick.choice([*gaps, -HOUR, 90 * 60 * SECOND, DAY + 1, 30 * DAY])
        if kind < 0.6:
            return self.s.end + self.pick.choice([0, -1, 1, DAY, 72 * HOUR])
        return at + self.pick.randrange(0, 5) * HOUR * 6

    def _properties(self, variant: object = None) -> Json:
        pick, made = self.pick, {}
        if pick.random() < 0.8:
            made["amount"] = (
                pick.choice(ODD_VALUES) if pick.random() < 0.6 else pick.randrange(1, 50)
            )
        if pick.random() < 0.7:
            made["path"] = pick.choice(["/pay", "/pay", "/home"])
        if pick.random() < 0.5:
            made["$current_url"] = pick.choice(["https://x.org/pay", "https://x.org/", "x.org/Pay"])
        if pick.random() < 0.5:
            made["$session_id"] = pick.choice(["", "s1", "s2", "s3", None])
        if pick.random() < 0.15:
            made["qa"] = pick.choice(["yes", "Yes", "maybe", "no"])
        if variant is not None:
            made[f"$feature/{self.s.flag}"] = variant
        if pick.random() < 0.9:
            made["$groups"] = {
                "company": pick.choice([f"{self.s.flag}-g{pick.randrange(60)}"] * 8 + [""])
            }
        return made

    def _sent(self, name: str, distinct_id: str, at: int, properties: Json) -> Json:
        pick = self.pick
        uuid = str(UUID(int=pick.getrandbits(128), version=4))
        self.s.moments[uuid] = at
        event: Json = {"event": name, "distinct_id": distinct_id, "uuid": uuid}
        event["properties"] = properties
        event["timestamp"] = self._text(at)
        kind = pick.random()
        if kind < 0.15:
            properties["$process_person_profile"] = False
        elif kind < 0.35:
            event["$set"] = {"email": pick.choice(["a@us.example", "b@else.example"])}
        elif kind < 0.45:
            properties["$set_once"] = {"plan": pick.choice(["free", "pro"])}
        return event

    def _text(self, at: int) -> str:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
        kind = self.pick.random()
        if kind < 0.6:
            return moment.isoformat().replace("+00:00", "Z")
        if kind < 0.8:
            return moment.astimezone(tz=self._offset()).isoformat()
        return moment.replace(tzinfo=None).isoformat()

    def _offset(self) -> Any:  # noqa: ANN401 - a time zone
        return datetime.strptime(self.pick.choice(["+0200", "-0930"]), "%z").tzinfo

    def _merge(self) -> Json:
        pick = self.pick
        name, other = pick.choice(
            [("$identify", "$anon_distinct_id")] * 3
            + [("$create_alias", "alias"), ("$merge_dangerously", "alias")]
        )
        strangers = [f"{self.s.flag}-new{n}" for n in range(3)]
        properties = {other: pick.choice(self.ids + strangers)}
        return self._sent(name, pick.choice(self.ids + strangers), self._moment(), properties)

    # What is asked

    def _metric(self, kind: str) -> Json:
        metric: Json = {"kind": "ExperimentMetric", "metric_type": kind, "goal": "increase"}
        metric["uuid"] = f"m{self.pick.getrandbits(32)}"
        if self.pick.random() < 0.7 or self.s.matured:
            metric["conversion_window"], metric["conversion_window_unit"] = self.pick.choice(
                WINDOWS
            )
        return metric

    def _source(self, *events: str) -> Json:
        source: Json = {"kind": "EventsNode", "event": self.pick.choice(events)}
        if self.pick.random() < 0.3:
            source["properties"] = [
                self.pick.choice(
                    [
                        {"key": "path", "operator": "exact", "value": ["/PAY"], "type": "event"},
                        {"key": "amount", "operator": "gt", "value": 5, "type": "event"},
                        {
                            "key": "email",
                            "operator": "icontains",
                            "value": "US.ex",
                            "type": "person",
                        },
                        {"key": "plan", "operator": "is_not_set", "value": "x", "type": "person"},
                    ]
                )
            ]
        return source

    def _mean(self) -> Json:
        pick, metric = self.pick, self._metric("mean")
        source = metric["source"] = self._source("buy", "view")
        if pick.random() < 0.1:
            source["event"] = None
        math = pick.choice(
            ["total", "total", "sum", "sum", "sum", "avg", "min", "max", "unique_session", "dau"]
        )
        source["math"] = math
        if math in {"sum", "avg", "min", "max"}:
            source["math_property"] = "amount"
        kind = pick.random()
        if kind < 0.4 and math in {"total", "sum"}:
            metric["threshold"] = pick.choice([1, 2, 10, 14.5])
        elif kind < 0.75:
            if pick.random() < 0.7:
                metric["lower_bound_percentile"] = pick.choice([0.0, 0.05, 0.1, 0.29])
            metric["upper_bound_percentile"] = pick.choice([0.5, 0.9, 0.95, 0.99, 1.0])
            metric["ignore_zeros"] = pick.random() < 0.5
        return metric

    def _funnel(self) -> Json:
        metric = self._metric("funnel")
        if self.pick.random() < 0.35:
            metric["funnel_order_type"] = "unordered"
            names = self.pick.sample(["view", "buy"], self.pick.choice([1, 2]))
            metric["series"] = [self._source(name) for name in names]
        else:
            metric["funnel_order_type"] = "ordered"
            steps = self.pick.choice([1, 2, 2, 3])
            metric["series"] = [self._source("view", "buy", "page") for _ in range(steps)]
        return metric

    def _ratio(self) -> Json:
        pick, metric = self.pick, self._metric("ratio")
        over, under = self._source("buy"), self._source("view", "page")
        over |= {"math": "sum", "math_property": "amount"}
        metric |= {"numerator": over, "denominator": under}
        for side in ("numerator", "denominator"):
            if pick.random() < 0.4:
                metric[f"{side}_outlier_handling"] = {
                    "upper_bound_percentile": pick.choice([0.5, 0.9, 1.0]),
                    "ignore_zeros": pick.random() < 0.5,
                }
        return metric

    def _retention(self) -> Json:
        pick, metric = self.pick, self._metric("retention")
        first = pick.choice([0, 0, 1, 2])
        return metric | {
            "start_event": self._source("view", "page"),
            "completion_event": self._source("buy", "view"),
            "retention_window_start": first,
            "retention_window_end": first + pick.choice([0, 1, 3]),
            "retention_window_unit": pick.choice(["day", "day", "hour", "week"]),
            "start_handling": pick.choice(["first_seen", "last_seen"]),
            "count_all_exposed": pick.random() < 0.3,
        }

    def action_steps(self) -> list[Json]:
        """What an action is; some events are several of its steps at once."""
        on_path = {"key": "path", "operator": "exact", "value": "/pay", "type": "event"}
        of_person = {"key": "plan", "operator": "is_set", "type": "person", "value": "is_set"}
        every: list[Json] = [
            {"event": "buy", "properties": [on_path]},
            {"event": "page", "url": "x.org/pay", "url_matching": "contains"},
            {"event": "view", "url": "https://x.org/", "url_matching": "exact"},
            {"event": None, "url": "[pP]ay$", "url_matching": "regex", "properties": [of_person]},
        ]
        return self.pick.sample(every, self.pick.choice([1, 2, 3]))

    def _of_an_action(self) -> Json:
        metric = self._mean()
        source = {**metric["source"], "kind": "ActionsNode", "id": 0}
        source.pop("event")
        return metric | {"source": source}

    def _by_value(self) -> Json:
        pick, metric = self.pick, self._mean()
        kind, key = pick.choice([("event", "path"), ("person", "plan"), ("event", "qa")])
        metric["breakdownFilter"] = {"breakdowns": [{"property": key, "type": kind}]}
        if pick.random() < 0.5:
            metric["breakdownAttributionType"] = pick.choice(["first_touch", "last_touch"])
        return metric

    def _split(self) -> Json:
        source = self._source("buy", "view") | {"math": "sum", "math_property": "amount"}
        return self._metric("mean") | {"source": source, "value_breakdown_property": "path"}
