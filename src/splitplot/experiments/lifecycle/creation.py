"""A new experiment, from what was asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from splitplot.accounts.model import Project, UserId
from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.linked_flag import check_fit, new_flag
from splitplot.experiments.lifecycle.request import ExperimentRequest
from splitplot.experiments.lifecycle.rules import (
    check_dates,
    check_metrics,
    check_stats_config,
    with_fingerprints,
)
from splitplot.experiments.metrics.lists import check_distinct, initial_order, with_uuids
from splitplot.experiments.model import Experiment, ExperimentId, ExperimentType
from splitplot.experiments.sharing.links import (
    Shared,
    check_holdout,
    linked,
    measured_metrics,
)
from splitplot.experiments.sharing.web import web_variants_of
from splitplot.filters.model import JsonValue, Properties
from splitplot.flags.model import Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Who makes the experiment, where and when.

    Attributes:
        author: None when nobody in particular does.
        now: Aware UTC.
        new_uuid: Answers another uuid each time.
        shared: What the request refers to.
    """

    project: Project
    author: UserId | None
    now: datetime
    new_uuid: Callable[[], str]
    shared: Shared = field(default_factory=Shared)


def new_experiment(
    request: ExperimentRequest, flag: Flag | None, around: Circumstances
) -> Experiment:
    """The experiment, with its flag, neither of them stored.

    Args:
        request: `name` and `flag_key` are there.
        flag: The undeleted flag with that key, which then stays as it is; None makes one.
        around: Who, where and when.

    Raises:
        InvalidInput: The first rule that is broken.
    """
    values = request.values.copy()
    check_holdout(values, around.shared)
    links = linked(request.saved_metrics or (), around.shared.saved_metrics, now=around.now)
    check_dates(values)
    values["metrics"] = with_uuids(values.get("metrics", ()), around.new_uuid)
    values["metrics_secondary"] = with_uuids(values.get("metrics_secondary", ()), around.new_uuid)
    metrics, secondary = values["metrics"], values["metrics_secondary"]
    check_metrics(
        (*metrics, *secondary),
        known_actions=around.shared.actions,
        known_events=request.known_events,
    )
    stats_config = values.get("stats_config", {})
    check_stats_config(stats_config)
    values["stats_config"] = _with_defaults(stats_config, around.project)
    values["exposure_criteria"] = {
        "filterTestAccounts": True,
        **(values.get("exposure_criteria") or {}),
    }
    experiment = replace(_bare(request, flag, around), saved_metrics=links, **values)
    check_distinct((*metrics, *secondary))
    if experiment.type is ExperimentType.WEB:
        experiment = replace(experiment, web_variants=web_variants_of(experiment.flag))
    return with_fingerprints(_with_orders(experiment))


def _with_orders(experiment: Experiment) -> Experiment:
    primary = measured_metrics(experiment, primary=True)
    secondary = measured_metrics(experiment, primary=False)
    return replace(
        experiment,
        primary_metrics_order=initial_order(experiment.primary_metrics_order, primary),
        secondary_metrics_order=initial_order(experiment.secondary_metrics_order, secondary),
    )


def _bare(request: ExperimentRequest, flag: Flag | None, around: Circumstances) -> Experiment:
    """Name, flag and circumstances, everything else as it is without being said."""
    return Experiment(
        id=ExperimentId(0),
        project_id=around.project.id,
        name=request.values["name"],
        flag=_new_flag(request, around) if flag is None else _existing_flag(flag),
        created_at=around.now,
        updated_at=around.now,
        created_by_id=around.author,
        only_count_matured_users=around.project.default_only_count_matured_users,
        filters={},
        stats_config={},
    )


def _existing_flag(flag: Flag) -> Flag:
    check_fit(flag)
    return flag


def _new_flag(request: ExperimentRequest, around: Circumstances) -> Flag:
    if request.flag_key is None:
        raise InvalidInput("This field is required.", code="required", attr="feature_flag_key")
    return new_flag(
        request.flag_key,
        experiment_name=request.values["name"],
        parameters=request.values.get("parameters") or {},
        project=around.project,
        is_active=request.values.get("start_date") is not None,
        author=around.author,
        now=around.now,
        holdout=around.shared.holdout,
    )


def _with_defaults(stats_config: Properties, project: Project) -> Properties:
    """The configuration with the project's defaults, where it is silent.

    Whether results are adjusted it says with any `cuped`, one that is switched off too.
    """
    complete: dict[str, JsonValue] = {**stats_config}
    if complete.get("method") is None:
        complete["method"] = project.default_stats_method
    level = project.default_confidence_level
    if level is not None:
        complete["bayesian"] = {"ci_level": level, **_part(stats_config, "bayesian")}
        # 1 - 0.9 is not quite 0.1 in binary.
        alpha = round(1 - level, 10)
        complete["frequentist"] = {"alpha": alpha, **_part(stats_config, "frequentist")}
    days = project.default_cuped_lookback_days
    if days is not None and complete.get("cuped") is None:
        complete["cuped"] = {"enabled": True, "lookback_days": days}
    return complete


def _part(document: Properties, key: str) -> Properties:
    part = document.get(key)
    return part if isinstance(part, Mapping) else {}
