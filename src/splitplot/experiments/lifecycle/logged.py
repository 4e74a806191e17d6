"""Flags and experiments as the activity log compares them: under their names on the wire."""

from dataclasses import replace

from splitplot.accounts.activity import FieldChange, changes_between, plain, recorded
from splitplot.experiments.model import Experiment
from splitplot.flags.interchange.secret_payloads import shown_filters
from splitplot.flags.model import Flag

# What every write changes, what is asked and not stored, and what has an entry of its own.
_NOT_OF_FLAGS = frozenset(
    {
        "id",
        "version",
        "created_at",
        "updated_at",
        "has_experiment",
        "created_by_id",
        "last_modified_by_id",
    }
)
_NOT_OF_EXPERIMENTS = frozenset(
    {
        "id",
        "project_id",
        "flag",
        "created_at",
        "updated_at",
        "created_by_id",
        "saved_metrics",
    }
)
_WIRE_NAMES = {
    "exposure_cohort_id": "exposure_cohort",
    "folder": "_create_in_folder",
    "primary_metrics_order": "primary_metrics_ordered_uuids",
    "secondary_metrics_order": "secondary_metrics_ordered_uuids",
}


def logged_flag(flag: Flag) -> dict[str, object]:
    """What people change of a flag."""
    return recorded(flag, without=_NOT_OF_FLAGS)


def flag_changes(before: Flag | None, after: Flag, *, scope: str) -> tuple[FieldChange, ...]:
    """What changed of a flag, as everybody may read it.

    That a secret payload is another one shows; what it was and is does not, not even
    sealed.

    Args:
        before: None when the flag is new.
        after: As stored.
        scope: The kind of thing, as in `FieldChange.type`.
    """
    changes = changes_between(
        None if before is None else logged_flag(before), logged_flag(after), scope=scope
    )
    return tuple(
        replace(
            change,
            before=None if before is None else plain(shown_filters(before)),
            after=plain(shown_filters(after)),
        )
        if change.field == "filters"
        else change
        for change in changes
    )


def logged_experiment(experiment: Experiment) -> dict[str, object]:
    """What people change of an experiment, and the key of the flag that it stands on."""
    own = recorded(experiment, without=_NOT_OF_EXPERIMENTS, names=_WIRE_NAMES)
    links = [{"id": link.metric.id, "metadata": link.metadata} for link in experiment.saved_metrics]
    return {"feature_flag_id": experiment.flag.id, **own, "saved_metrics_ids": links}
