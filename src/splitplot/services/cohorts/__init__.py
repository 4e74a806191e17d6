"""Cohorts: made and changed, asked who is in them, and kept up to date."""

from splitplot.services.cohorts.follower import CohortFollower
from splitplot.services.cohorts.members import with_cohorts
from splitplot.services.cohorts.records import (
    MEMBERS_FIELD,
    CohortRecord,
    CohortService,
    CohortValues,
)

__all__ = [
    "MEMBERS_FIELD",
    "CohortFollower",
    "CohortRecord",
    "CohortService",
    "CohortValues",
    "with_cohorts",
]
