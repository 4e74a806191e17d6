"""Data warehouse tables as they go over the wire."""

from splitplot.http.models import ExactBody, Instant, UserBlock
from splitplot.http.wire import instant, user_block
from splitplot.services.warehouse.tables import TableRecord


class WarehouseColumn(ExactBody):
    """A column of a table."""

    name: str
    type: str


class WarehouseTableBody(ExactBody):
    """A table that metrics can count the rows of."""

    id: int
    name: str
    format: str
    columns: list[WarehouseColumn]
    row_count: int
    created_by: UserBlock | None
    created_at: Instant
    loaded_at: Instant


def table_body(record: TableRecord) -> dict[str, object]:
    """A `WarehouseTableBody`."""
    table = record.table
    return {
        "id": table.id,
        "name": table.name,
        "format": table.origin,
        "columns": [
            {"name": column.name, "type": column.type.value}
            for column in table.contents.stored.columns
        ],
        "row_count": table.contents.rows,
        "created_by": user_block(record.created_by),
        "created_at": instant(table.created_at),
        "loaded_at": instant(table.loaded_at),
    }
