"""All metrics of an experiment at once."""

from fastapi import APIRouter

from splitplot.http.resources.experiment_results import routes, shared

router = APIRouter()
router.include_router(routes.router)
router.include_router(shared.router)

__all__ = ["router"]
