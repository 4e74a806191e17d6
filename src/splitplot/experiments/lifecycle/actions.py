"""The steps of an experiment's life: launch, pause, resume, end, ship, archive, reset."""

from dataclasses import replace
from datetime import datetime

from splitplot.errors import InvalidInput
from splitplot.experiments.lifecycle.freezing import thawed
from splitplot.experiments.lifecycle.linked_flag import check_fit, shipped, switched
from splitplot.experiments.lifecycle.rules import with_fingerprints
from splitplot.experiments.model import Conclusion, Experiment, Status

_NOT_LAUNCHED = "Experiment has not been launched yet."
_ENDED = "Experiment has already ended."


def launch(experiment: Experiment, *, now: datetime) -> Experiment:
    """Start a draft, and switch its flag on.

    Raises:
        InvalidInput: It is no draft, or its flag is deleted or unfit.
    """
    if experiment.status is not Status.DRAFT:
        raise InvalidInput("Experiment has already been launched.")
    if experiment.flag.deleted:
        raise InvalidInput(
            "Experiment cannot be launched because its feature flag has been deleted."
        )
    check_fit(experiment.flag)
    flag = switched(experiment.flag, on=True, now=now)
    return with_fingerprints(replace(experiment, flag=flag, start_date=now, updated_at=now))


def pause(experiment: Experiment, *, now: datetime) -> Experiment:
    """Switch the flag of a running experiment off; its dates stay.

    Raises:
        InvalidInput: It is not running.
    """
    _check_open(experiment)
    _check_flag(experiment)
    if experiment.status is Status.PAUSED:
        raise InvalidInput("Experiment is already paused.")
    return _switched(experiment, on=False, now=now)


def resume(experiment: Experiment, *, now: datetime) -> Experiment:
    """Switch the flag of a paused experiment on again.

    Raises:
        InvalidInput: It is not paused.
    """
    _check_open(experiment)
    _check_flag(experiment)
    if experiment.status is not Status.PAUSED:
        raise InvalidInput("Experiment is not paused.")
    return _switched(experiment, on=True, now=now)


def end(
    experiment: Experiment, *, conclusion: Conclusion | None, comment: str | None, now: datetime
) -> Experiment:
    """End a running or paused experiment; its flag goes on as it is.

    Args:
        experiment: As stored.
        conclusion: What came out; None clears an earlier one.
        comment: Why; None clears an earlier one.
        now: When.

    Raises:
        InvalidInput: It is a draft, or has ended.
    """
    _check_open(experiment)
    return replace(
        experiment,
        end_date=now,
        conclusion=conclusion,
        conclusion_comment=comment,
        updated_at=now,
    )


def ship_variant(
    experiment: Experiment,
    variant_key: str,
    *,
    conclusion: Conclusion | None,
    comment: str | None,
    to_everyone: bool,
    now: datetime,
) -> Experiment:
    """Serve one variant only, and end the experiment if it has not ended.

    Frozen exposure is undone: the variant is for everybody.

    Args:
        experiment: As stored.
        variant_key: One of its flag's variants.
        conclusion: What came out; None keeps an earlier one.
        comment: Why; None keeps an earlier one.
        to_everyone: See `linked_flag.shipped`.
        now: When.

    Raises:
        InvalidInput: It is a draft, or the flag is deleted or has no such variant.
    """
    if experiment.status is Status.DRAFT:
        raise InvalidInput(_NOT_LAUNCHED)
    if experiment.flag.deleted:
        raise InvalidInput("Experiment does not have a linked feature flag.")
    experiment = thawed(experiment, now=now)
    return replace(
        experiment,
        flag=shipped(experiment.flag, variant_key, to_everyone=to_everyone, now=now),
        end_date=experiment.end_date or now,
        conclusion=conclusion or experiment.conclusion,
        conclusion_comment=experiment.conclusion_comment if comment is None else comment,
        updated_at=now,
    )


def archive(experiment: Experiment, *, now: datetime) -> Experiment:
    """Put a stopped experiment away.

    Raises:
        InvalidInput: It is put away already, or has not ended.
    """
    if experiment.archived:
        raise InvalidInput("Experiment is already archived.")
    if experiment.status is not Status.STOPPED:
        raise InvalidInput("Experiment must be ended before it can be archived.")
    return replace(experiment, archived=True, updated_at=now)


def unarchive(experiment: Experiment, *, now: datetime) -> Experiment:
    """Take an experiment out of the archive.

    Raises:
        InvalidInput: It is not there.
    """
    if not experiment.archived:
        raise InvalidInput("Experiment is not archived.")
    return replace(experiment, archived=False, updated_at=now)


def reset(experiment: Experiment, *, now: datetime) -> Experiment:
    """Make a draft of a launched experiment; metrics, parameters and flag stay.

    The flag changes only where exposure was frozen, which is undone.

    Raises:
        InvalidInput: It is a draft.
    """
    if experiment.status is Status.DRAFT:
        raise InvalidInput("Experiment is already in draft state.")
    return replace(
        thawed(experiment, now=now),
        start_date=None,
        end_date=None,
        conclusion=None,
        conclusion_comment=None,
        archived=False,
        updated_at=now,
    )


def _check_open(experiment: Experiment) -> None:
    if experiment.status is Status.DRAFT:
        raise InvalidInput(_NOT_LAUNCHED)
    if experiment.status is Status.STOPPED:
        raise InvalidInput(_ENDED)


def _check_flag(experiment: Experiment) -> None:
    if experiment.flag.deleted:
        raise InvalidInput("Experiment does not have a feature flag linked.")


def _switched(experiment: Experiment, *, on: bool, now: datetime) -> Experiment:
    return replace(experiment, flag=switched(experiment.flag, on=on, now=now), updated_at=now)
