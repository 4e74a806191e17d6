"""Flags and experiments as the activity log compares them: under their names on the wire."""

from splitplot.accounts.activity import recorded
from splitplot.experiments.model import Experiment
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


def logged_experiment(experiment: Experiment) -> dict[str, object]:
    """What people change of an experiment, and the key of the flag that it stands on."""
    own = recorded(experiment, without=_NOT_OF_EXPERIMENTS, names=_WIRE_NAMES)
    links = [{"id": link.metric.id, "metadata": link.metadata} for link in experiment.saved_metrics]
    return {"feature_flag_id": experiment.flag.id, **own, "saved_metrics_ids": links}
