"""`splitplot.flags` is a library of its own."""

import subprocess
import sys

SERVER = (
    "fastapi",
    "starlette",
    "pydantic",
    "sqlalchemy",
    "duckdb",
    "ibis",
    "numpy",
    "scipy",
    "orjson",
)
PROGRAM = f"""
import sys
import splitplot.flags
rooms = sorted(name.split('.')[1] for name in sys.modules if name.startswith('splitplot.'))
loaded = sorted(name for name in {SERVER!r} if name in sys.modules)
print(*sorted(set(rooms)), '|', *loaded)
"""


def test_importing_it_loads_nothing_of_the_server() -> None:
    run = subprocess.run(  # noqa: S603 a program of our own
        [sys.executable, "-I", "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["errors", "filters", "flags", "people", "|"]
