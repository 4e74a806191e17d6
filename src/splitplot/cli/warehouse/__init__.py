"""`splitplot warehouse`: tables beside the events."""

from splitplot.cli.warehouse.commands import app

__all__ = ["app"]
