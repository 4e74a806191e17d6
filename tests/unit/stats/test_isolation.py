"""The statistics engine is a library of its own."""

import subprocess
import sys

FOREIGN = (
    "alembic",
    "duckdb",
    "fastapi",
    "ibis",
    "narwhals",
    "orjson",
    "pandas",
    "pyarrow",
    "pydantic",
    "scipy.stats",
    "sqlalchemy",
    "starlette",
    "uvicorn",
)


def modules_after(statement: str) -> set[str]:
    script = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    return set(done.stdout.split())


def test_importing_it_loads_nothing_of_the_server() -> None:
    loaded = modules_after("import splitplot.stats")
    assert "splitplot.stats.frequentist" in loaded
    assert not loaded.intersection(FOREIGN)
    ours = {name for name in loaded if name.startswith("splitplot")}
    assert {name.split(".")[1] for name in ours if "." in name} == {"errors", "stats"}


def test_frames_need_narwhals_and_no_kind_of_frame() -> None:
    loaded = modules_after("import splitplot.stats.frames")
    assert "narwhals" in loaded
    assert not loaded.intersection(set(FOREIGN) - {"narwhals"})
