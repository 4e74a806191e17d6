"""Experiments: made, changed, launched, ended."""

from fastapi import APIRouter

from splitplot.http.resources.experiments import overview, routes

router = APIRouter()
# What has a name of its own comes before what has a number.
router.include_router(overview.router)
router.include_router(routes.router)

__all__ = ["router"]
