"""Experiments: made, changed, launched, ended."""

from fastapi import APIRouter

from splitplot.http.resources.experiments import (
    ahead,
    copies,
    freezing,
    legacy,
    overview,
    planning,
    routes,
)

router = APIRouter()
# What has a name of its own comes before what has a number.
router.include_router(overview.router)
router.include_router(planning.router)
router.include_router(routes.router)
router.include_router(ahead.router)
router.include_router(copies.router)
router.include_router(freezing.router)
router.include_router(legacy.router)

__all__ = ["router"]
