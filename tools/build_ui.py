"""Builds the web pages into the package: `make ui`.

npm installs exactly what the lock file says, without running scripts of packages; the
pages are built aside, compressed, held against their budgets, and then put in their place
as a whole. Nothing is done where the build of these sources stands already. With
`--if-possible`, a machine without npm goes on without: the server then says what is
missing.
"""

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

import brotli  # type: ignore[import-untyped]

from tools.ui_budgets import findings

ROOT = Path(__file__).parents[1]
FRONTEND = ROOT / "frontend"
DESCRIPTION = ROOT / "docs" / "reference" / "openapi.json"
PLACE = ROOT / "src" / "splitplot" / "ui" / "static" / "app"
RECORD = "build.json"
# What is made, not written.
_MADE = ("node_modules", "src/api/schema.ts", "dist")
_COMPRESSED = {".js", ".css", ".svg", ".json"}


class Unbuilt(Exception):
    """The pages could not be built."""


class Record(TypedDict):
    """The hash of what was built, its files, and the budgets that they break."""

    sources: str
    files: list[str]
    beyond: list[str]


def main() -> int:
    sources = hash_of_sources()
    if built_from() != sources:
        try:
            _install()
        except Unbuilt as error:
            print(f"The web pages are not built: {error}", file=sys.stderr)
            return 0 if "--if-possible" in sys.argv else 1
        draft = PLACE.with_name(".app-draft")
        try:
            _npm("run", "build", "--", "--outDir", str(draft), "--emptyOutDir")
        except Unbuilt as error:
            print(error, file=sys.stderr)
            return 1
        put_in_place(draft, PLACE, sources=sources, beyond=findings(draft))
        print(f"web pages: {sum(file.stat().st_size for file in files_in(PLACE)) // 1024} KB")
    # Built all the same: pages that weigh too much can still be looked at.
    if beyond := record_of(PLACE)["beyond"]:
        print("The pages break their budgets:", *beyond, sep="\n  ", file=sys.stderr)
    return 1 if beyond else 0


def hash_of_sources() -> str:
    """One hash of everything that the pages are built from."""
    found = hashlib.sha256()
    for file in sorted(_sources()):
        found.update(file.relative_to(ROOT).as_posix().encode() + b"\0")
        found.update(hashlib.sha256(file.read_bytes()).digest())
    return found.hexdigest()


def built_from(place: Path = PLACE) -> str | None:
    """The hash of the sources that the pages in this place were built from, if there are any."""
    try:
        return record_of(place)["sources"]
    except FileNotFoundError:
        return None


def record_of(place: Path) -> Record:
    """What a finished build says of itself."""
    record: Record = json.loads((place / RECORD).read_text())
    return record


def put_in_place(draft: Path, place: Path, *, sources: str, beyond: Sequence[str] = ()) -> None:
    """Compress the files of a finished build, record them, and let them replace the others.

    Args:
        draft: The build; is gone afterwards.
        place: Replaced as a whole.
        sources: What it was built from.
        beyond: The budgets that it breaks.
    """
    shutil.rmtree(draft / ".vite", ignore_errors=True)  # said which file needs which
    names = sorted(file.relative_to(draft).as_posix() for file in files_in(draft))
    for name in names:
        if Path(name).suffix in _COMPRESSED:
            _compress(draft / name)
    record = Record(sources=sources, files=names, beyond=list(beyond))
    (draft / RECORD).write_text(json.dumps(record, indent=2) + "\n")
    former = place.with_name(".app-former")
    shutil.rmtree(former, ignore_errors=True)
    if place.exists():
        place.rename(former)
    draft.rename(place)
    shutil.rmtree(former, ignore_errors=True)


def files_in(folder: Path) -> Iterator[Path]:
    """Every file in the folder, at any depth."""
    return (file for file in folder.rglob("*") if file.is_file())


def _sources() -> Iterator[Path]:
    made = [FRONTEND / name for name in _MADE]
    for entry in FRONTEND.iterdir():
        if entry in made:
            continue
        if entry.is_file():
            yield entry
        else:
            yield from (file for file in files_in(entry) if file not in made)
    yield DESCRIPTION
    # What is recorded of a build belongs to it.
    yield from (ROOT / "tools" / name for name in ("build_ui.py", "ui_budgets.py"))


def _install() -> None:
    """Install the packages, unless those of this lock file are there."""
    lock, stamp = FRONTEND / "package-lock.json", FRONTEND / "node_modules" / ".installed"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    stamp.write_bytes(lock.read_bytes())


def _npm(*arguments: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise Unbuilt("npm is needed for it; Node brings it.")
    done = subprocess.run(  # noqa: S603 - our own command
        [npm, *arguments], cwd=FRONTEND, check=False, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise Unbuilt(f"{done.stdout}\nnpm {' '.join(arguments)} failed.")


def _compress(file: Path) -> None:
    """Leave two compressed forms in place of the file, where both are smaller."""
    body = file.read_bytes()
    forms = {".gz": gzip.compress(body, compresslevel=9, mtime=0)}
    forms[".br"] = brotli.compress(body, quality=11)
    if max(map(len, forms.values())) < len(body):
        for suffix, contents in forms.items():
            file.with_name(file.name + suffix).write_bytes(contents)
        file.unlink()


if __name__ == "__main__":
    sys.exit(main())
