"""The documents tell the truth: their examples run and their links lead somewhere."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")] if path.is_file()
)
LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
MODULES_WITH_EXAMPLES = sorted(
    path
    for path in (ROOT / "src" / "splitplot").rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_relative_link_leads_to_a_file(path: Path) -> None:
    targets = LINK.findall(path.read_text(encoding="utf-8"))
    assert [t for t in targets if not (path.parent / t).exists()] == []


@pytest.mark.parametrize(
    "path", [p for p in DOCUMENTS if ">>> " in p.read_text(encoding="utf-8")], ids=name
)
def test_every_example_of_a_document_runs(path: Path) -> None:
    outcome = doctest.testfile(
        str(path), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert outcome.attempted > 0
    assert outcome.failed == 0


@pytest.mark.parametrize("path", MODULES_WITH_EXAMPLES, ids=name)
def test_every_example_of_a_docstring_runs(path: Path) -> None:
    module = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
    outcome = doctest.testmod(
        __import__(module, fromlist=["__name__"]), optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert outcome.attempted > 0
    assert outcome.failed == 0


def test_no_document_or_module_names_a_machine_or_a_registry() -> None:
    forbidden = re.compile(r"(?<![\w.])/(?:home|root|work)/\w|index-url|/simple/")
    files = [*DOCUMENTS, *(ROOT / "src").rglob("*.py"), ROOT / "requirements" / "dev.txt"]
    assert [name(f) for f in files if forbidden.search(f.read_text(encoding="utf-8"))] == []
