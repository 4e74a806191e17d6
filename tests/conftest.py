"""How tests are shared out among processes."""

from functools import cache
from pathlib import Path

import pytest
from xdist.remote import Producer  # type: ignore[import-untyped]
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

_TESTS = Path(__file__).parent
# All files here share one server and one browser.
_ONE_SERVER = "tests/e2e/ui/"


class TogetherByFile(LoadScopeScheduling):  # type: ignore[misc]
    """Keeps the tests of a file on one process where the file asks for an `xdist_group`.

    The group marks themselves do not arrive here with every version of pytest, and a file
    whose tests share a server process should not start several.
    """

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        if path.startswith(_ONE_SERVER):
            return _ONE_SERVER
        return path if _is_grouped(path) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> object:
    """Instead of the scheduler that `--dist loadgroup` asks for."""
    return TogetherByFile(config, log) if config.getoption("dist") == "loadgroup" else None


@cache
def _is_grouped(path: str) -> bool:
    return "xdist_group" in (_TESTS.parent / path).read_text(encoding="utf-8")
