"""The tool that builds the pages, on made-up builds."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest

from tools.build_ui import built_from, files_in, put_in_place
from tools.ui_budgets import KB, findings
from tools.wheel_hook import PagesAreThere

SCRIPT = b"console.log('a page');\n" * 50


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """What Vite leaves: an entry, what it imports, and one page of its own."""
    folder = tmp_path / "draft"
    (folder / ".vite").mkdir(parents=True)
    (folder / "assets").mkdir()
    for name in ("index.js", "shared.js", "page.js", "index.css"):
        (folder / "assets" / name).write_bytes(SCRIPT)
    (folder / "index.html").write_text("<!doctype html>")
    manifest: dict[str, Any] = {
        "index.html": {
            "file": "assets/index.js",
            "css": ["assets/index.css"],
            "isEntry": True,
            "imports": ["_shared.js"],
        },
        "_shared.js": {"file": "assets/shared.js"},
        "page.tsx": {
            "file": "assets/page.js",
            "isDynamicEntry": True,
            "imports": ["_shared.js", "index.html"],
        },
    }
    (folder / ".vite" / "manifest.json").write_text(json.dumps(manifest))
    return folder


def heavy(kilobytes: int) -> bytes:
    """A script that gzip makes no smaller."""
    return random.Random(1).randbytes(kilobytes * KB)  # noqa: S311 - no secret


def test_a_finished_build_is_compressed_and_recorded(draft: Path, tmp_path: Path) -> None:
    place = tmp_path / "app"
    place.mkdir()
    (place / "former.js").write_text("gone")

    put_in_place(draft, place, sources="abc")

    assert built_from(place) == "abc"
    names = json.loads((place / "build.json").read_text())["files"]
    assert names == [
        *("assets/index.css", "assets/index.js", "assets/page.js", "assets/shared.js"),
        "index.html",
    ]
    script = place / "assets" / "index.js"
    assert gzip.decompress(script.with_name("index.js.gz").read_bytes()) == SCRIPT
    assert brotli.decompress(script.with_name("index.js.br").read_bytes()) == SCRIPT
    assert not script.exists()
    assert not (place / "former.js").exists()
    assert not any(".vite" in file.parts for file in files_in(place))
    assert not draft.exists()


def test_what_compressing_makes_larger_stays_as_it_is(draft: Path, tmp_path: Path) -> None:
    (draft / "assets" / "tiny.js").write_text("1")
    put_in_place(draft, tmp_path / "app", sources="abc")
    assert [file.name for file in (tmp_path / "app" / "assets").glob("tiny*")] == ["tiny.js"]


def test_a_small_build_keeps_every_budget(draft: Path) -> None:
    assert findings(draft) == []


@pytest.mark.parametrize(
    ("name", "kilobytes", "found"),
    [
        ("shared.js", 200, "the first page's scripts: 200."),
        ("page.js", 61, "what page.tsx adds: 61.0 KB, 60 allowed"),
        ("index.css", 26, "the styles of all pages: 26.0 KB, 25 allowed"),
        ("picture.svg", 800, "all files: "),
    ],
)
def test_what_breaks_a_budget_is_named(draft: Path, name: str, kilobytes: int, found: str) -> None:
    (draft / "assets" / name).write_bytes(heavy(kilobytes))
    (finding,) = findings(draft)
    assert finding.startswith(found)


@pytest.mark.parametrize(
    "text",
    [
        '@import "https://fonts.example/a.css";',
        "const x = 'http://cdn.example/lib.js'",
        "url(//cdn.example/a.woff2)",
        'import("//cdn.example/lib.js")',
    ],
)
def test_a_file_of_another_origin_is_named(draft: Path, text: str) -> None:
    (draft / "assets" / "index.css").write_text(text)
    (finding,) = findings(draft)
    assert finding.startswith("index.css names another origin: ")


def test_a_vocabulary_is_no_origin(draft: Path) -> None:
    (draft / "assets" / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    assert findings(draft) == []


@pytest.mark.parametrize("missing", ["index.html", "build.json"])
def test_a_wheel_without_pages_is_not_built(tmp_path: Path, missing: str) -> None:
    app = tmp_path / "src" / "splitplot" / "ui" / "static" / "app"
    app.mkdir(parents=True)
    for name in ("index.html", "build.json"):
        (app / name).touch()
    hook: Any = object.__new__(PagesAreThere)
    hook._BuildHookInterface__root = str(tmp_path)

    hook.initialize("standard", {})
    (app / missing).unlink()
    hook.initialize("editable", {})
    with pytest.raises(RuntimeError, match="make ui"):
        hook.initialize("standard", {})
