"""Simulations of planned experiments."""

from splitplot.http.resources.power_simulations.routes import router

__all__ = ["router"]
