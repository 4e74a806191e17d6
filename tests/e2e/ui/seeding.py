"""What the server of the browser tests holds: experiments in every state, with weeks of events.

Everything comes in by way of the API and of capture; only the moments lie in the past.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.e2e.client import Client

DAYS = 14
FUNNEL: dict[str, Any] = {
    "kind": "ExperimentMetric",
    "metric_type": "funnel",
    "uuid": "10000000-0000-4000-8000-000000000001",
    "name": "Visit to purchase",
    "goal": "increase",
    "series": [
        {"kind": "EventsNode", "event": "cart viewed"},
        {"kind": "EventsNode", "event": "purchase"},
    ],
}
REVENUE: dict[str, Any] = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "uuid": "10000000-0000-4000-8000-000000000002",
    "name": "Revenue per visitor",
    "goal": "increase",
    "source": {"kind": "EventsNode", "event": "purchase", "math": "sum", "math_property": "amount"},
}
CARTS: dict[str, Any] = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "uuid": "10000000-0000-4000-8000-000000000003",
    "name": "Carts per visitor",
    "goal": "increase",
    "source": {"kind": "EventsNode", "event": "cart viewed", "math": "total"},
}
ERRORS: dict[str, Any] = {
    "kind": "ExperimentMetric",
    "metric_type": "mean",
    "uuid": "10000000-0000-4000-8000-000000000004",
    "name": "Errors per visitor",
    "goal": "decrease",
    "guardrail_margin": 0.05,
    "source": {"kind": "EventsNode", "event": "page failed", "math": "total"},
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """An experiment and how its units behave.

    Attributes:
        name: The experiment's.
        key: Its flag's.
        units: Per variant; none for a draft.
        buys: By variant, the chance that a unit with a cart buys.
        fails: By variant, the chance that a unit sees an error.
        more: Other fields of the experiment.
        conclusion: With it, the experiment has ended.
    """

    name: str
    key: str
    units: Mapping[str, int]
    buys: Mapping[str, float]
    fails: Mapping[str, float]
    more: Mapping[str, Any]
    conclusion: str | None = None


def plan_of(name: str, key: str, units: Sequence[int], buys: Sequence[float], **more: Any) -> Plan:  # noqa: ANN401 - JSON
    """An experiment with the usual metrics; `more` are fields of the plan and of the experiment."""
    variants = ("control", "test", "third")[: len(units)]
    return Plan(
        name=name,
        key=key,
        units=dict(zip(variants, units, strict=True)),
        buys=dict(zip(variants, buys, strict=True)),
        fails=dict(zip(variants, more.pop("fails", [0.1] * len(units)), strict=True)),
        conclusion=more.pop("conclusion", None),
        more={"metrics": [FUNNEL, REVENUE], "metrics_secondary": [CARTS], **more},
    )


CHECKOUT = plan_of("Checkout in one step", "checkout", (900, 900), (0.30, 0.44))
SEARCH = plan_of("Search ranking", "search", (300, 300, 300), (0.3, 0.3, 0.3))
PRICING = plan_of("Pricing page", "pricing", (0, 0), (0, 0))
HEADER = plan_of("Sticky header", "header", (300, 300), (0.2, 0.4), conclusion="won")
WELCOME = plan_of("Welcome tour", "welcome", (500, 350), (0.3, 0.3))
IMAGES = plan_of(
    "Lighter images",
    "images",
    (400, 400),
    (0.3, 0.31),
    fails=(0.1, 0.3),
    metrics=[FUNNEL, ERRORS],
)
PLANS = (CHECKOUT, SEARCH, PRICING, HEADER, WELCOME, IMAGES)


def seed(team: Client) -> dict[str, dict[str, Any]]:
    """Make every experiment and its events.

    Returns:
        The experiments, by the key of their flag.
    """
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(days=DAYS)
    return {plan.key: experiment_of(team, plan, start) for plan in PLANS}


def experiment_of(team: Client, plan: Plan, start: datetime) -> dict[str, Any]:
    """Make this experiment and its events."""
    # Shares of whole percents.
    share = 100 // len(plan.units)
    shares = [share] * (len(plan.units) - 1)
    variants = [
        {"key": key, "rollout_percentage": percentage}
        for key, percentage in zip(plan.units, [100 - sum(shares), *shares], strict=True)
    ]
    draft = {
        "name": plan.name,
        "description": f"Because visitors leave early, {plan.name.lower()} makes more of them buy.",
        "feature_flag_key": plan.key,
        "parameters": {"feature_flag_variants": variants, "minimum_detectable_effect": 20},
        "allow_unknown_events": True,
        **plan.more,
    }
    made = team.post("experiments/", draft)
    if not any(plan.units.values()):
        return dict(made)
    path = f"experiments/{made['id']}/"
    team.post(f"{path}launch/")
    experiment = team.patch(path, {"start_date": start.isoformat()})
    team.capture(list(events_of(plan, start)))
    if plan.conclusion is not None:
        words = {"conclusion": plan.conclusion, "conclusion_comment": "More visitors buy."}
        experiment = team.post(f"{path}end/", words)
    return dict(experiment)


def remove(team: Client, experiment: Mapping[str, Any]) -> None:
    """Take an experiment of a test's own away, so that lists are as short as before."""
    team.patch(f"experiments/{experiment['id']}/", {"deleted": True})


def events_of(plan: Plan, start: datetime) -> Iterator[dict[str, Any]]:
    """What the units of an experiment do, always the same."""
    draw = random.Random(plan.key)  # noqa: S311 - simulated visitors, no secret
    for variant, units in plan.units.items():
        for number in range(units):
            unit = f"{plan.key}-{variant}-{number}"
            moment = start + timedelta(seconds=draw.uniform(0, 0.97) * DAYS * 86_400)
            shown = {"$feature_flag": plan.key, "$feature_flag_response": variant}
            shown |= {"$lib": "web", f"$feature/{plan.key}": variant, "$browser": "Chromium"}
            yield _event("$feature_flag_called", unit, moment, shown)
            moment += timedelta(minutes=1)
            yield _event("cart viewed", unit, moment, {"step": number % 3})
            if draw.random() < plan.fails[variant]:
                yield _event("page failed", unit, moment, {})
            if draw.random() < plan.buys[variant]:
                paid = {"amount": round(draw.lognormvariate(3.4, 0.6), 2)}
                yield _event("purchase", unit, moment + timedelta(minutes=1), paid)


def _event(
    name: str, unit: str, moment: datetime, properties: Mapping[str, object]
) -> dict[str, Any]:
    return {
        "uuid": str(uuid5(NAMESPACE_URL, f"{unit}/{name}")),
        "event": name,
        "distinct_id": unit,
        "timestamp": moment.isoformat(),
        "properties": dict(properties),
    }
