"""A changed experiment, from what was asked for."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.linked_flag import (
    switched,
    variant_keys,
    with_holdout,
    with_parameters,
)
from splitplot.experiments.lifecycle.parameters import variants_in
from splitplot.experiments.lifecycle.request import ExperimentRequest, Values
from splitplot.experiments.lifecycle.rules import (
    check_dates,
    check_metrics,
    check_stats_config,
    with_fingerprints,
)
from splitplot.experiments.metrics.lists import (
    check_distinct,
    check_order,
    is_legacy,
    order_after,
    with_uuids,
)
from splitplot.experiments.model import Experiment, MetricLink, Status
from splitplot.experiments.sharing.links import (
    Shared,
    check_holdout,
    linked,
    measured_metrics,
    saved_queries,
)
from splitplot.flags.model import Flag

# All that may be changed while metrics are of a kind that can only be read.
_ALLOWED_WITH_LEGACY = frozenset({"name", "description", "end_date", "deleted"})
_WIRE_NAMES = {
    "primary_metrics_order": "primary_metrics_ordered_uuids",
    "secondary_metrics_order": "secondary_metrics_ordered_uuids",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When an experiment is changed, and what is known then.

    Attributes:
        now: Aware UTC.
        new_uuid: Answers another uuid each time.
        cohorts: The dynamic cohorts that the flag's conditions may ask about.
        shared: What the request refers to, and the holdout that the experiment is in.
    """

    now: datetime
    new_uuid: Callable[[], str]
    cohorts: Collection[int] = ()
    shared: Shared = field(default_factory=Shared)


def updated(experiment: Experiment, request: ExperimentRequest, moment: Moment) -> Experiment:
    """The experiment with what was asked for, and its flag with what follows from that.

    What the rules say about drafts is judged on the experiment as it is before.

    Args:
        experiment: As stored.
        request: What is not in it stays.
        moment: When.

    Raises:
        InvalidInput: The first rule that is broken.
    """
    check_holdout(request.values, moment.shared)
    links = _links_after(experiment, request, moment)
    _check_keys(experiment, request)
    values = request.values.copy()
    values.pop("type", None)
    values.pop("folder", None)
    _check_values(experiment, values)
    _check_legacy(experiment, request, values)
    for key in ("metrics", "metrics_secondary"):
        if key in values:
            values[key] = with_uuids(values[key], moment.new_uuid)
    changed = replace(experiment, updated_at=moment.now, saved_metrics=links, **values)
    check_metrics(
        (*values.get("metrics", ()), *values.get("metrics_secondary", ())),
        known_actions=moment.shared.actions,
        known_events=request.known_events,
    )
    check_distinct((*changed.metrics, *changed.metrics_secondary))
    changed = _with_orders(changed, experiment, values)
    changed = replace(changed, flag=_flag_after(experiment, request, moment))
    return with_fingerprints(changed)


def _check_keys(experiment: Experiment, request: ExperimentRequest) -> None:
    refused = []
    if request.flag_key is not None and request.flag_key != experiment.flag.key:
        refused.append("get_feature_flag_key")
    if "type" in request.values and request.values["type"] != experiment.type:
        refused.append("type")
    if refused:
        raise InvalidInput(f"Can't update keys: {', '.join(refused)} on Experiment")


def _check_values(experiment: Experiment, values: Values) -> None:
    is_draft = experiment.status is Status.DRAFT
    if not is_draft:
        _check_same_variants(experiment, values)
        if values.get("holdout_id", experiment.holdout_id) != experiment.holdout_id:
            raise InvalidInput("Can't update holdout on running Experiment")
    if values.get("filters", {}).get("properties"):
        raise InvalidInput("Experiments do not support global filter properties")
    check_dates(values)
    if experiment.deleted and values.get("deleted") is False and experiment.flag.deleted:
        raise InvalidInput(
            "Cannot restore experiment: the linked feature flag has been deleted. Restore the "
            "feature flag first, then restore the experiment."
        )
    check_stats_config(values.get("stats_config", {}))


def _check_same_variants(experiment: Experiment, values: Values) -> None:
    given = variants_in(values.get("parameters"))
    keys = {str(variant["key"]) for variant in given}
    if given and keys != set(variant_keys(experiment.flag)):
        raise InvalidInput("Can't update feature_flag_variants on Experiment")


def _check_legacy(experiment: Experiment, request: ExperimentRequest, values: Values) -> None:
    if not any(map(is_legacy, (*experiment.metrics, *experiment.metrics_secondary))):
        return
    named = set(values) | ({"saved_metrics_ids"} if request.saved_metrics is not None else set())
    if refused := sorted(_WIRE_NAMES.get(key, key) for key in named - _ALLOWED_WITH_LEGACY):
        raise InvalidInput(
            "This experiment uses legacy metric formats and can only have its name, description, "
            f"or end_date updated. Cannot update: {', '.join(refused)}"
        )
    start, end = experiment.start_date, values.get("end_date")
    if start is not None and end is not None and start >= end:
        raise InvalidInput("End date must be after start date")


def _links_after(
    experiment: Experiment, request: ExperimentRequest, moment: Moment
) -> tuple[MetricLink, ...]:
    if request.saved_metrics is None:
        return experiment.saved_metrics
    return linked(
        request.saved_metrics,
        moment.shared.saved_metrics,
        before=experiment.saved_metrics,
        now=moment.now,
    )


def _with_orders(changed: Experiment, before: Experiment, values: Values) -> Experiment:
    primary = _order_after(changed, before, primary=True, is_replaced="metrics" in values)
    secondary = _order_after(
        changed, before, primary=False, is_replaced="metrics_secondary" in values
    )
    check_order(primary, measured_metrics(changed, primary=True), role="primary")
    check_order(secondary, measured_metrics(changed, primary=False), role="secondary")
    return replace(changed, primary_metrics_order=primary, secondary_metrics_order=secondary)


def _order_after(
    changed: Experiment, before: Experiment, *, primary: bool, is_replaced: bool
) -> tuple[str, ...] | None:
    order = changed.primary_metrics_order if primary else changed.secondary_metrics_order
    was, own = (one.metrics if primary else one.metrics_secondary for one in (before, changed))
    had, saved = (saved_queries(one, primary=primary) for one in (before, changed))
    if is_replaced:
        order = order_after(order, before=was, after=own, beside=saved)
    if changed.saved_metrics is not before.saved_metrics and (had or saved):
        order = order_after(order, before=had, after=saved, beside=own)
    return order


def _flag_after(experiment: Experiment, request: ExperimentRequest, moment: Moment) -> Flag:
    flag, parameters = experiment.flag, request.values.get("parameters")
    is_draft = experiment.status is Status.DRAFT
    if isinstance(parameters, Mapping) and (is_draft or request.updates_flag):
        flag = with_parameters(flag, parameters, cohorts=moment.cohorts, now=moment.now)
    holdout = moment.shared.holdout
    # Somebody else's holdout on a shared flag is not for parameters to take away.
    is_held_out = isinstance(parameters, Mapping) and holdout is not None
    if is_draft and ("holdout_id" in request.values or is_held_out):
        flag = with_holdout(flag, holdout, now=moment.now)
    if is_draft and request.values.get("start_date") is not None:
        flag = switched(flag, on=True, now=moment.now)
    return flag
