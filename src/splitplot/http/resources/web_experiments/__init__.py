"""Web experiments: for the in-page editor, and for browsers."""

from fastapi import APIRouter

from splitplot.http.resources.web_experiments import public, routes

router = APIRouter()
router.include_router(routes.router)
router.include_router(public.router)

__all__ = ["router"]
