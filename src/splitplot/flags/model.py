"""A feature flag as it is stored, and what is asked of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

from splitplot.filters.model import Properties

FlagId = NewType("FlagId", int)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """A switch with conditions, maybe with variants.

    Attributes:
        id: 0 while the flag is not stored yet.
        name: What people call it; the wire says `name`, the screen "description".
        filters: Conditions, variants, payloads and holdout as on the wire, unknown keys
            kept (`groups`, `multivariate`, `payloads`, `aggregation_group_type_index`,
            `holdout`, …).
        version: 1 when new, one more with every write.
        evaluation_runtime: `all`, `client` or `server`.
        bucketing_identifier: `distinct_id` or `device_id`.
        has_experiment: An undeleted experiment uses it.
        created_by_id: A user's id, or None when that user is gone.
    """

    id: FlagId
    key: str
    name: str
    filters: Properties
    active: bool
    created_at: datetime
    updated_at: datetime
    deleted: bool = False
    ensure_experience_continuity: bool = False
    has_encrypted_payloads: bool = False
    version: int = 1
    evaluation_runtime: str = "all"
    bucketing_identifier: str = "distinct_id"
    evaluation_contexts: tuple[str, ...] = ()
    has_experiment: bool = False
    created_by_id: int | None = None
    creation_context: str = "feature_flags"
