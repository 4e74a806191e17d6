"""Answers from what is kept of every unit, beside those that are computed from events."""

from dataclasses import dataclass
from typing import Protocol

from splitplot.experiments.plan import SummaryPlan, VariantSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class Precomputed:
    """Sums that were made from stored state.

    Attributes:
        sql: What made the sums of the state; for people to read.
        is_new: The state was made just now, which takes longer than computing directly.
    """

    summaries: tuple[VariantSummary, ...]
    sql: str
    is_new: bool = False


class PrecomputedSummaries(Protocol):
    """Safe to call from several threads."""

    def summarize(self, plan: SummaryPlan, *, begins: bool = True) -> Precomputed | None:
        """What `EventStore.summarize` says of all that is stored now, made from stored state.

        The state is brought up to date first, or made when the plan has been asked for
        before. None when there is no state for the plan: then the event store has to be
        asked.

        Args:
            plan: What to sum.
            begins: Whether state may be made now, if the plan has been asked for before.

        Raises:
            InvalidInput: The plan asks for what cannot be computed.
        """
        ...
