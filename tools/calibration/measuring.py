"""All claims, shared out among processes."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tools.calibration.page import claims


def measure_all(*, processes: int) -> dict[str, float]:
    """Every claim's rate, by its name."""
    names = [claim.name for claim in claims()]
    # Fresh processes: the caller may have threads.
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        return dict(zip(names, pool.map(_measure, range(len(names))), strict=True))


def _measure(number: int) -> float:
    # By its number: what a claim does cannot be sent to another process.
    return claims()[number].measure()
