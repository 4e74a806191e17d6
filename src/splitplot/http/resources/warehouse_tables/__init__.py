"""Data warehouse tables: rows beside the events."""

from splitplot.http.resources.warehouse_tables.routes import router

__all__ = ["router"]
