"""Events that splitplot sends by itself: a metric has become significant."""

import asyncio
from collections.abc import Iterable
from uuid import UUID, uuid5

from splitplot.accounts.model import Project
from splitplot.experiments.history.looks import Turn
from splitplot.experiments.history.series import SeriesKey
from splitplot.experiments.model import Experiment
from splitplot.filters.model import JsonValue, Properties
from splitplot.services.capture import CaptureService

METRIC_SIGNIFICANT = "$experiment_metric_significant"
# One event for one turn, however often it is sent: its id is made of what it says.
_IDS = UUID("6d1c9f0e-52c1-4c7e-9a0e-1f3a1f0f7f52")
_DECREASE = "decrease"


class Announcements:
    """Sends them the way that clients' events go."""

    def __init__(self, capture: CaptureService) -> None:
        self._capture = capture

    def send(
        self,
        project: Project,
        experiment: Experiment,
        metric: Properties,
        *,
        key: SeriesKey,
        turns: Iterable[Turn],
    ) -> None:
        """Send one event for each turn; what was sent before changes nothing.

        Raises:
            Unavailable: They could not be stored; sending them again is right.
        """
        events: list[JsonValue] = [_event(experiment, metric, key, turn) for turn in turns]
        if events:
            payload = {"api_key": project.api_token, "batch": events}
            asyncio.run(self._capture.take(payload, query={}))


def _event(
    experiment: Experiment, metric: Properties, key: SeriesKey, turn: Turn
) -> dict[str, JsonValue]:
    variant = turn.variant
    said = f"{experiment.id}/{key.metric_uuid}/{key.fingerprint}/{variant.get('key')}/{turn.day}"
    chance, goal = variant.get("chance_to_win"), metric.get("goal")
    if isinstance(chance, float) and goal == _DECREASE:
        chance = 1 - chance
    return {
        "event": METRIC_SIGNIFICANT,
        "uuid": str(uuid5(_IDS, said)),
        "distinct_id": f"experiment-{experiment.id}",
        "timestamp": turn.as_of.isoformat(),
        "properties": {
            "$process_person_profile": False,
            "experiment_id": experiment.id,
            "experiment_name": experiment.name,
            "feature_flag_key": experiment.flag.key,
            "metric_uuid": key.metric_uuid,
            "metric_name": metric.get("name"),
            "goal": goal or "increase",
            "variant": variant.get("key"),
            "method": variant.get("method"),
            "chance_to_win": chance,
            "p_value": variant.get("p_value"),
            "significant": True,
        },
    }
