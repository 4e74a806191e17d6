"""Web experiments as they go over the wire."""

from splitplot.experiments.model import Experiment
from splitplot.experiments.sharing.web import browser_variants, shown_web_variants
from splitplot.http.models import Document, ExactBody, Instant
from splitplot.http.wire import instant


class WebExperimentBody(ExactBody):
    """An experiment that changes pages; its variants are the flag's, as they are now."""

    id: int
    name: str
    created_at: Instant
    feature_flag_key: str
    variants: dict[str, Document]


class LiveExperiments(ExactBody):
    """What a browser may have to show."""

    experiments: list[WebExperimentBody]


def web_experiment_body(experiment: Experiment) -> dict[str, object]:
    """A `WebExperimentBody`."""
    return {
        "id": experiment.id,
        "name": experiment.name,
        "created_at": instant(experiment.created_at),
        "feature_flag_key": experiment.flag.key,
        "variants": shown_web_variants(experiment.flag, experiment.web_variants),
    }


def live_experiment_body(experiment: Experiment) -> dict[str, object]:
    """The same for a browser."""
    shown = shown_web_variants(experiment.flag, experiment.web_variants)
    return {**web_experiment_body(experiment), "variants": browser_variants(shown)}
