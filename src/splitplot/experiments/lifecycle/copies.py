"""A copy of an experiment: the same question, put anew as a draft."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.creation import Circumstances
from splitplot.experiments.lifecycle.linked_flag import check_fit, new_flag, variant_keys
from splitplot.experiments.lifecycle.parameters import variants_in, with_flags_split
from splitplot.experiments.lifecycle.rules import with_fingerprints
from splitplot.experiments.metrics.lists import is_legacy, uuids_of
from splitplot.experiments.model import Experiment, ExperimentId, MetricLinkId
from splitplot.filters.model import Properties
from splitplot.flags.model import Flag

_LONGEST_NAME = 400
# Leaves room for the number of any copy.
_LONGEST_BASE = _LONGEST_NAME - len(" (Copy) 9999999")


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRequest:
    """What is asked of a copy; None leaves it to the rules.

    Attributes:
        flag_key: None keeps the source's flag, or in another project its key.
    """

    name: str | None = None
    flag_key: str | None = None


def uses_legacy_metrics(experiment: Experiment) -> bool:
    """Whether one of its metrics is of a kind that can only be read."""
    saved = (link.metric.query for link in experiment.saved_metrics)
    return any(map(is_legacy, (*experiment.metrics, *experiment.metrics_secondary, *saved)))


def base_name(source: Experiment) -> str:
    """What the first copy without a name of its own is called."""
    return f"{source.name[:_LONGEST_BASE]} (Copy)"


def name_of_copy(source: Experiment, request: CopyRequest, *, taken: Collection[str]) -> str:
    """The name that was asked for, or the first one that is free.

    Args:
        source: What is copied.
        request: May name the copy; then it may be called like another experiment.
        taken: Names of the undeleted experiments where the copy goes.
    """
    if request.name is not None:
        return request.name
    name, number = base_name(source), 0
    while name in taken:
        number += 1
        name = f"{base_name(source)} {number}"
    return name


def duplicated(
    source: Experiment,
    request: CopyRequest,
    flag: Flag | None,
    around: Circumstances,
    *,
    name: str,
) -> Experiment:
    """The copy in the project of its source, with its flag; what is new is not stored.

    Args:
        source: What is copied.
        request: Another key than that of the source's flag takes or makes another flag.
        flag: The undeleted flag with that key; None makes one.
        around: Who, where and when.
        name: Of the copy.

    Raises:
        InvalidInput: No experiment can stand on the flag, or the key makes none.
    """
    if request.flag_key in (None, source.flag.key):
        if source.flag.deleted:
            raise InvalidInput(
                "The experiment's feature flag has been deleted; the copy needs a key of its own.",
                attr="feature_flag_key",
            )
        return _fresh(source, source.flag, around, name=name)
    return _on_flag(source, flag or request.flag_key or "", around, name=name)


def copied_elsewhere(
    source: Experiment, flag: Flag | str, around: Circumstances, *, name: str
) -> Experiment:
    """The copy in another project; metrics that are shared in the source's project stay there.

    Args:
        source: What is copied.
        flag: The undeleted flag there that it is to stand on, or the key of a new one.
        around: Who, where and when.
        name: Of the copy.

    Raises:
        InvalidInput: No experiment can stand on the flag, or the key makes none.
    """
    shared = {uuid for link in source.saved_metrics for uuid in uuids_of((link.metric.query,))}
    own = replace(
        source,
        saved_metrics=(),
        primary_metrics_order=_without(source.primary_metrics_order, shared),
        secondary_metrics_order=_without(source.secondary_metrics_order, shared),
        folder=None,
    )
    return _on_flag(own, flag, around, name=name)


def _on_flag(
    source: Experiment, flag: Flag | str, around: Circumstances, *, name: str
) -> Experiment:
    if isinstance(flag, str):
        made = new_flag(
            flag,
            experiment_name=name,
            parameters=_split_parameters(source),
            project=around.project,
            is_active=False,
            author=around.author,
            now=around.now,
        )
        return _fresh(source, made, around, name=name)
    check_fit(flag)
    parameters = with_flags_split(source.parameters, flag.filters)
    keys = set(variant_keys(flag))
    excluded = tuple(key for key in source.excluded_variants if key in keys)
    on_flag = replace(source, parameters=parameters, excluded_variants=excluded)
    return _fresh(on_flag, flag, around, name=name)


def _split_parameters(source: Experiment) -> Properties:
    """The parameters, with the variants of the flag where they name none themselves."""
    if variants_in(source.parameters):
        return source.parameters or {}
    return with_flags_split(source.parameters, source.flag.filters)


def _fresh(source: Experiment, flag: Flag, around: Circumstances, *, name: str) -> Experiment:
    """All that the question is made of; nothing of what became of it."""
    return with_fingerprints(
        replace(
            source,
            id=ExperimentId(0),
            project_id=around.project.id,
            name=name,
            flag=flag,
            created_at=around.now,
            updated_at=around.now,
            created_by_id=around.author,
            start_date=None,
            end_date=None,
            holdout_id=None,
            exposure_cohort_id=None,
            frozen_cohort_id=None,
            archived=False,
            deleted=False,
            conclusion=None,
            conclusion_comment=None,
            saved_metrics=tuple(
                replace(link, id=MetricLinkId(0), created_at=around.now)
                for link in source.saved_metrics
            ),
        )
    )


def _without(order: tuple[str, ...] | None, gone: Collection[str]) -> tuple[str, ...] | None:
    return None if order is None else tuple(uuid for uuid in order if uuid not in gone)
