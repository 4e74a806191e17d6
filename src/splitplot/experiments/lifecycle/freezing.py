"""Freezing exposure: nobody new is let in, and everybody who is in goes on as before."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from splitplot.errors import InvalidInput
from splitplot.experiments.model import Experiment, Status
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag
from splitplot.flags.validate import INDEX

_HOLDOUTS = ("holdout", "holdout_groups")
_EARLY_ACCESS = ("feature_enrollment", "super_groups")
_NOT_NOW = {
    Status.DRAFT: "Experiment has not been launched yet.",
    Status.STOPPED: "Experiment has already ended.",
    Status.PAUSED: "Experiment is paused. Resume it before freezing its exposure.",
    Status.EXPOSURE_FROZEN: "Experiment exposure is already frozen.",
}


def check_freezable(experiment: Experiment) -> None:
    """Refuse an experiment whose exposure cannot be frozen.

    Raises:
        InvalidInput: It is not running, or its flag decides about more than persons one by
            one.
    """
    if experiment.flag.deleted:
        raise InvalidInput("Experiment does not have a feature flag linked.")
    if (refusal := _NOT_NOW.get(experiment.status)) is not None:
        raise InvalidInput(refusal)
    filters, groups = experiment.flag.filters, _groups(experiment.flag)
    if any(document.get(INDEX) is not None for document in (filters, *groups)):
        raise InvalidInput("Exposure cannot be frozen: the feature flag is aggregated by groups.")
    if any(filters.get(key) for key in _HOLDOUTS):
        raise InvalidInput("Exposure cannot be frozen: the feature flag has a holdout.")
    if any(filters.get(key) for key in _EARLY_ACCESS):
        raise InvalidInput("Exposure cannot be frozen: the feature flag is for early access.")
    if not groups:
        raise InvalidInput("Exposure cannot be frozen: the feature flag has no condition sets.")


def frozen(experiment: Experiment, cohort_id: int, *, now: datetime) -> Experiment:
    """Let in only members of a cohort, whatever condition lets them in.

    Args:
        experiment: One that `check_freezable` lets pass.
        cohort_id: Of a static cohort.
        now: When.
    """
    condition = _membership(cohort_id)
    groups = [
        {**group, "properties": [*_properties(group), condition]}
        for group in _groups(experiment.flag)
    ]
    flag = _with_groups(experiment.flag, groups, now=now)
    return replace(experiment, flag=flag, frozen_cohort_id=cohort_id, updated_at=now)


def unfreeze(experiment: Experiment, *, now: datetime) -> Experiment:
    """Let in again whom the flag's conditions let in without the cohort.

    Raises:
        InvalidInput: Its exposure is not frozen, or its flag is gone.
    """
    if experiment.frozen_cohort_id is None:
        raise InvalidInput("Experiment exposure is not frozen.")
    if experiment.flag.deleted:
        raise InvalidInput("Experiment does not have a feature flag linked.")
    return replace(thawed(experiment, now=now), updated_at=now)


def thawed(experiment: Experiment, *, now: datetime) -> Experiment:
    """The experiment as if it had never been frozen; the same one if it is not."""
    if experiment.frozen_cohort_id is None:
        return experiment
    condition = _membership(experiment.frozen_cohort_id)
    flag, groups = experiment.flag, _groups(experiment.flag)
    if any(condition in _properties(group) for group in groups):
        left = [
            {**group, "properties": [each for each in _properties(group) if each != condition]}
            for group in groups
        ]
        flag = _with_groups(flag, left, now=now)
    return replace(experiment, flag=flag, frozen_cohort_id=None)


def _membership(cohort_id: int) -> Properties:
    return {"key": "id", "type": "cohort", "value": cohort_id, "operator": "in"}


def _with_groups(flag: Flag, groups: Sequence[Properties], *, now: datetime) -> Flag:
    return replace(flag, filters={**flag.filters, "groups": groups}, updated_at=now)


def _groups(flag: Flag) -> tuple[Properties, ...]:
    groups = flag.filters.get("groups")
    found = groups if isinstance(groups, list | tuple) else ()
    return tuple(group for group in found if isinstance(group, Mapping))


def _properties(group: Properties) -> list[Properties]:
    properties = group.get("properties")
    found = properties if isinstance(properties, list | tuple) else ()
    return [each for each in found if isinstance(each, Mapping)]
