"""What identifies a metric together with the context it is computed in."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from splitplot.experiments.model import Experiment
from splitplot.experiments.stats_config import read_stats_config
from splitplot.filters.model import Properties

# Nothing of these changes a number.
_LEFT_OUT = frozenset(
    {"uuid", "name", "kind", "fingerprint", "only_count_matured_users", "guardrail_margin"}
)


def fingerprint(
    metric: Properties,
    *,
    start_date: datetime | None,
    stats_method: str = "bayesian",
    exposure_criteria: Properties | None = None,
    only_count_matured_users: bool = False,
    excluded_variants: tuple[str, ...] = (),
    lookback: timedelta | None = None,
) -> str:
    """64 hexadecimal digits that are equal exactly for equal definitions in equal contexts.

    Args:
        metric: Its document; uuid, name and kind do not matter.
        start_date: Aware; None for a draft.
        stats_method: `bayesian` or `frequentist`.
        exposure_criteria: As kept with the experiment; empty ones do not matter.
        only_count_matured_users: See the experiment's setting.
        excluded_variants: In any order.
        lookback: Of the covariate that results are adjusted by; None when they are not.

    Examples:
        >>> one = {"metric_type": "mean", "source": {"kind": "EventsNode", "event": "paid"}}
        >>> other = {**one, "name": "Payments", "uuid": "0f6c"}
        >>> fingerprint(one, start_date=None) == fingerprint(other, start_date=None)
        True
    """
    context: dict[str, object] = {
        "metric": {key: value for key, value in metric.items() if key not in _LEFT_OUT},
        "start_date": None if start_date is None else start_date.astimezone(UTC).isoformat(),
        "stats_method": stats_method,
    }
    if exposure_criteria:
        context["exposure_criteria"] = exposure_criteria
    if only_count_matured_users:
        context["only_count_matured_users"] = True
    if excluded_variants:
        context["excluded_variants"] = sorted(excluded_variants)
    if lookback is not None:
        context["lookback_days"] = lookback.days
    text = json.dumps(context, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def metric_fingerprint(metric: Properties, experiment: Experiment) -> str:
    """The fingerprint of a metric in an experiment as it is now."""
    method = experiment.stats_config.get("method")
    return fingerprint(
        metric,
        start_date=experiment.start_date,
        stats_method=method if isinstance(method, str) and method else "bayesian",
        exposure_criteria=experiment.exposure_criteria,
        only_count_matured_users=experiment.only_count_matured_users,
        excluded_variants=experiment.excluded_variants,
        lookback=read_stats_config(experiment.stats_config).lookback,
    )
