"""The demo's shop: one experiment, and visitors who know only the public SDK.

A visitor is a pure function of its number, so a demo that goes on after a stop sends
nobody twice: the same visitor has the same ids, the same wishes and the same events.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from posthog import Posthog
from rich.console import Group
from rich.text import Text

from splitplot.cli.api_client import ApiClient
from splitplot.cli.experiment_sources import ListedExperiment, ServerSource, find_experiment
from splitplot.cli.results_table import exposure_lines, metric_table

FLAG_KEY = "checkout-button"
EXPERIMENT_NAME = "Checkout button: one step instead of three"
EVENTS = UUID("5b0c4c1e-6f0a-4a63-9d7f-0b8d3f0f9d11")

# What the shop does not know and the experiment is to find out.
CHANCE_TO_BUY = {"control": 0.22, "test": 0.26}
CHANCE_TO_SIGN_IN = 0.35

EXPERIMENT: Mapping[str, object] = {
    "name": EXPERIMENT_NAME,
    "description": "The short checkout loses fewer visitors between cart and payment.",
    "feature_flag_key": FLAG_KEY,
    "parameters": {
        "feature_flag_variants": [
            {"key": "control", "name": "Three steps", "rollout_percentage": 50},
            {"key": "test", "name": "One step", "rollout_percentage": 50},
        ],
        "minimum_detectable_effect": 10,
    },
    "metrics": [
        {
            "kind": "ExperimentMetric",
            "metric_type": "funnel",
            "name": "Cart to purchase",
            "goal": "increase",
            "series": [
                {"kind": "EventsNode", "event": "cart viewed"},
                {"kind": "EventsNode", "event": "purchase"},
            ],
        },
        {
            "kind": "ExperimentMetric",
            "metric_type": "mean",
            "name": "Revenue per visitor",
            "goal": "increase",
            "source": {
                "kind": "EventsNode",
                "event": "purchase",
                "math": "sum",
                "math_property": "amount",
            },
        },
    ],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """What one visitor will do, whatever the shop shows.

    Attributes:
        resolve: In [0, 1); buys when below the variant's chance to buy.
        basket: What a purchase would cost, in euros.
        signs_in: Buys under an account of another distinct id.
    """

    number: int
    resolve: float
    basket: float
    signs_in: bool

    @property
    def anonymous_id(self) -> str:
        return f"visitor-{self.number}"

    @property
    def account_id(self) -> str:
        return f"customer-{self.number}@shop.example"


def visitor_of(number: int) -> Visitor:
    """The visitor of this number; always the same one."""
    draw = random.Random(number)  # noqa: S311 - simulated shoppers, no secret
    return Visitor(
        number=number,
        resolve=draw.random(),
        basket=round(draw.lognormvariate(3.4, 0.6), 2),
        signs_in=draw.random() < CHANCE_TO_SIGN_IN,
    )


class Shop:
    """The running experiment and the SDK that its visitors use."""

    def __init__(self, source: ServerSource, experiment: ListedExperiment, sdk: Posthog) -> None:
        self._source = source
        self._experiment = experiment
        self._sdk = sdk

    @classmethod
    def opened(cls, client: ApiClient, *, project_id: int, token: str) -> "Shop":
        """The shop with its experiment running, created and launched if there is none yet."""
        source = ServerSource(client, project_id=str(project_id))
        if all(experiment.key != FLAG_KEY for experiment in source.experiments()):
            experiments = f"/api/projects/{project_id}/experiments/"
            created = client.post(experiments, EXPERIMENT)
            client.post(f"{experiments}{created['id']}/launch/", {})
        sdk = Posthog(token, host=client.url, flush_at=50, flush_interval=0.5)
        return cls(source, find_experiment(source, FLAG_KEY), sdk)

    def visit(self, number: int) -> None:
        """Walk one visitor through the shop, by way of the SDK alone."""
        visitor = visitor_of(number)
        variant = self._sdk.evaluate_flags(visitor.anonymous_id).get_flag(FLAG_KEY)
        self._capture(visitor, "cart viewed", visitor.anonymous_id)
        if visitor.resolve >= CHANCE_TO_BUY.get(str(variant), 0.0):
            return
        buyer = visitor.anonymous_id
        if visitor.signs_in:
            self._sdk.alias(visitor.anonymous_id, visitor.account_id)
            buyer = visitor.account_id
        self._capture(visitor, "purchase", buyer, amount=visitor.basket, currency="EUR")

    def _capture(
        self, visitor: Visitor, event: str, distinct_id: str, **properties: float | str
    ) -> None:
        event_id = str(uuid5(EVENTS, f"{visitor.number}/{event}"))
        self._sdk.capture(event, distinct_id=distinct_id, properties=properties, uuid=event_id)

    def send(self) -> None:
        """Returns when the server has every event so far."""
        self._sdk.flush()

    def close(self) -> None:
        self._sdk.shutdown()

    def screen(self, visitors: int, per_second: float) -> Group:
        """Visitors so far, and what the experiment says about them."""
        headline = Text.assemble((f"{visitors:,} visitors", "bold"), f", {per_second:.0f} a second")
        tables = [
            metric_table(metric, self._source.metric(self._experiment, metric))
            for metric in self._experiment.metrics
        ]
        exposures = exposure_lines(self._source.exposures(self._experiment))
        return Group(headline, "", *tables, exposures, "")
