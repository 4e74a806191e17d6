"""What the built pages may weigh, and that they load nothing from elsewhere.

Weights are those of gzip, as most browsers load them. What the first page loads is what
`index.html` names; a route adds what its script imports beyond that.
"""

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

KB = 1024
FIRST_SCRIPTS = 200 * KB
ROUTE = 60 * KB
STYLES = 25 * KB
# Everything in the package, which holds two compressed forms of each file.
WHOLE = 1536 * KB

_ELSEWHERE = re.compile(rb"""\bhttps?://[\w.-]+|["'(=]//[\w-]+\.[\w.-]+""")
# Names of XML vocabularies, and pages that messages of errors point to: never loaded.
_NEVER_LOADED = {b"http://www.w3.org", b"https://react.dev"}


def findings(folder: Path) -> list[str]:
    """What is wrong with a build, in a sentence each.

    Args:
        folder: As Vite leaves it, its manifest included.
    """
    manifest: dict[str, Any] = json.loads((folder / ".vite" / "manifest.json").read_text())
    weights = {file.relative_to(folder).as_posix(): weight(file) for file in _files(folder)}
    return [*_too_heavy(manifest, weights), *_too_much(folder), *_from_elsewhere(folder)]


def weight(file: Path) -> int:
    """How many bytes of the file go over the wire."""
    return len(gzip.compress(file.read_bytes(), compresslevel=9, mtime=0))


def _too_heavy(manifest: Mapping[str, Any], weights: Mapping[str, int]) -> Iterator[str]:
    entry = next(key for key, chunk in manifest.items() if chunk.get("isEntry"))
    first = _scripts(loaded_with(manifest, entry))
    yield from _beyond("the first page's scripts", first, FIRST_SCRIPTS, weights)
    styles = [name for name in weights if name.endswith(".css")]
    yield from _beyond("the styles of all pages", styles, STYLES, weights)
    for key, chunk in manifest.items():
        if chunk.get("isDynamicEntry"):
            more = _scripts(loaded_with(manifest, key)) - first
            yield from _beyond(f"what {key} adds", more, ROUTE, weights)


def _scripts(names: Iterable[str]) -> set[str]:
    return {name for name in names if name.endswith(".js")}


def loaded_with(manifest: Mapping[str, Any], key: str) -> set[str]:
    """The files of a chunk and of all that it imports at once."""
    seen: set[str] = set()
    waiting = [key]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            waiting.extend(manifest[current].get("imports", ()))
    return {name for one in seen for name in (manifest[one]["file"], *manifest[one].get("css", ()))}


def _beyond(
    what: str, names: Iterable[str], limit: int, weights: Mapping[str, int]
) -> Iterator[str]:
    total = sum(weights[name] for name in names)
    if total > limit:
        yield f"{what}: {total / KB:.1f} KB, {limit // KB} allowed"


def _too_much(folder: Path) -> Iterator[str]:
    total = sum(2 * weight(file) for file in _files(folder))
    if total > WHOLE:
        yield f"all files: {total / KB:.0f} KB, {WHOLE // KB} allowed"


def _from_elsewhere(folder: Path) -> Iterator[str]:
    for file in _files(folder):
        for found in sorted(set(_ELSEWHERE.findall(file.read_bytes()))):
            if found not in _NEVER_LOADED:
                yield f"{file.name} names another origin: {found.decode()}"


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and ".vite" not in file.parts:
            yield file
