"""Rows of a table in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from splitplot.filters.model import Properties

# What engines call the id of a row.
ROW_ID = "row_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One row.

    Attributes:
        id: Its own.
        values: By column, those that are not null, as filters see them.
        times: Of the columns that hold times.
    """

    id: UUID
    values: Properties
    times: Mapping[str, datetime]
