"""A feature flag as it is stored, what is asked of it, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from splitplot.filters.model import JsonValue, Properties, PropertyFilter

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
        last_modified_by_id: Likewise, of who wrote it last; None too when nobody in
            particular did.
        tags: In lower case, each once, in the order in which they were given.
        is_remote_configuration: It is there for its payload alone.
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
    last_modified_by_id: int | None = None
    tags: tuple[str, ...] = ()
    is_remote_configuration: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One release condition: all filters must hold, then the rollout decides.

    Attributes:
        rollout_share: In [0, 1] for sensible flags; 1 lets everybody in unhashed.
        variant: The variant that it pins, if the flag has it.
        group_type_index: Whose id is hashed: a group type's, or None for persons.
    """

    filters: tuple[PropertyFilter, ...] = ()
    rollout_share: float = 1.0
    variant: str | None = None
    group_type_index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantShare:
    """One of the things served, and the share of the let-in units that get it."""

    key: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdout:
    """Units kept out of the flag's experiment; they are served `variant`."""

    variant: str
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a flag's `filters` document says.

    Attributes:
        group_type_index: Whose id the flag hashes by default; None for persons.
        enrollment: An early-access property of the person decides when it is there.
        super_condition: Older form of the same: decides alone when the person has one
            of its properties.
        early_exit: The first condition whose filters hold decides.
        payloads: Variant, or `true` for a match without one, to a value as stored.
    """

    conditions: tuple[Condition, ...] = ()
    variants: tuple[VariantShare, ...] = ()
    payloads: Properties = field(default_factory=dict)
    group_type_index: int | None = None
    holdout: Holdout | None = None
    enrollment: bool = False
    super_condition: Condition | None = None
    early_exit: bool = False


class Reason(StrEnum):
    """Why a flag answered as it did, the more telling the higher up.

    Of several conditions that do not match, the one with the most telling reason is
    named, and the later one of two with the same.
    """

    SUPER_CONDITION_VALUE = "super_condition_value"
    HOLDOUT_CONDITION_VALUE = "holdout_condition_value"
    CONDITION_MATCH = "condition_match"
    OUT_OF_ROLLOUT_BOUND = "out_of_rollout_bound"
    NO_CONDITION_MATCH = "no_condition_match"
    NO_GROUP_TYPE = "no_group_type"
    FLAG_DISABLED = "flag_disabled"
    MISSING_DEPENDENCY = "missing_dependency"


# eq=False: a compiled flag makes each of its answers once, so identity is equality, and
# an answer can be the key of whatever a reader prepares for it.
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evaluation:
    """What one flag serves to one unit, and why.

    Attributes:
        variant: None when the flag is off, or on without variants.
        reason: A `Reason`; for a failed evaluation the code of the error.
        condition_index: The condition that the reason is about, from 0; None if none.
        description: The reason as a sentence.
        payload: As stored; None without one.
        failed: The flag could not be evaluated; it then counts as off.
    """

    flag_id: FlagId
    flag_key: str
    flag_version: int
    has_experiment: bool
    enabled: bool
    reason: str
    description: str
    condition_index: int | None = None
    variant: str | None = None
    payload: JsonValue = None
    failed: bool = False

    @property
    def value(self) -> bool | str:
        """The variant, or whether the flag is on."""
        return self.variant if self.variant is not None else self.enabled


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What is kept about a unit, beyond what its request says.

    Attributes:
        is_known: False when it could not be read: flags that depend on it then fail
            rather than guess.
        properties: The person's, as they are today.
        group_properties: By group type name.
        hash_ids: Flag key to the id that was kept for it across login; wins over the
            ids of the request.
        static_cohorts: For every known static cohort, whether the person is listed.
        performed: Cohort and the number of its behaviour, to when the person last showed
            it; None: nobody knows what the person did.
    """

    is_known: bool = True
    properties: Properties = field(default_factory=dict)
    group_properties: Mapping[str, Properties] = field(default_factory=dict)
    hash_ids: Mapping[str, str] = field(default_factory=dict)
    static_cohorts: Mapping[int, bool] = field(default_factory=dict)
    performed: Mapping[tuple[int, int], datetime] | None = None


_NOTHING_STORED = Stored()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationContext:
    """Whom the flags are evaluated for.

    Attributes:
        distinct_id: Hashed for persons; may be empty.
        now: Aware; relative dates in filters count from it.
        device_id: Hashed by flags that bucket by device; None when unknown.
        anon_distinct_id: Hashed in place of `distinct_id` by flags that keep their
            experience across login.
        person_properties: Laid over the stored ones.
        groups: Group type name to the key of the unit's group.
        group_properties: By group type name; laid over the stored ones.
    """

    distinct_id: str
    now: datetime
    device_id: str | None = None
    anon_distinct_id: str | None = None
    person_properties: Properties = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)
    group_properties: Mapping[str, Properties] = field(default_factory=dict)
    stored: Stored = _NOTHING_STORED
