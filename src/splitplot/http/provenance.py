"""Where and when an answer was computed, on the wire."""

from datetime import datetime
from typing import TypeAlias

from splitplot.accounts.model import Project
from splitplot.http.wire import instant, instant_or_none

Wire: TypeAlias = dict[str, object]


def provenance(
    *,
    key: str,
    computed_at: datetime,
    valid_until: datetime | None,
    is_cached: bool,
    project: Project,
) -> Wire:
    """The same for every kind of answer."""
    return {
        "cache_key": key,
        "is_cached": is_cached,
        "last_refresh": instant(computed_at),
        "next_allowed_client_refresh": instant(computed_at),
        "cache_target_age": instant_or_none(valid_until),
        "timezone": project.timezone,
        "calculation_trigger": None,
        "query_status": None,
    }
