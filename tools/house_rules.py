"""House rules that a linter off the shelf does not know, each a small check on the syntax tree.

A rule is a function from a module to findings. A line ends an argument with
`# house: CODE because …`; without a reason the escape does not count.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path("src/splitplot")
MAX_FILE_LINES = 500
MAX_BODY_LINES = 50
MAX_MODULES = 15
MAX_DEPTH = 3
DOCUMENTED_ROOMS = ("stats", "flags", "events", "experiments")
EMPTY_WORDS = ("Manager", "Handler", "Helper", "Processor", "Data", "Info", "Impl")
EXEMPT_FROM_LENGTH = re.compile(r"/migrations/|/tables\.py$")
PRESENT_INSTANT = {"datetime.now", "datetime.utcnow", "date.today"}
ESCAPE = re.compile(r"# house: (H\d+) because \S+")


@dataclass(frozen=True, slots=True)
class Module:
    path: Path
    text: str
    tree: ast.Module


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    line: int
    message: str


Function = ast.FunctionDef | ast.AsyncFunctionDef


def length_of_file(module: Module) -> Iterator[Finding]:
    """H1: a file that long holds a second subject."""
    lines = module.text.count("\n")
    if lines > MAX_FILE_LINES and not EXEMPT_FROM_LENGTH.search(module.path.as_posix()):
        yield Finding("H1", 1, f"{lines} lines; split by subject at {MAX_FILE_LINES}")


def length_of_body(module: Module) -> Iterator[Finding]:
    """H2: a body that long does more than one thing; the docstring does not count."""
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            lines = (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
            if lines > MAX_BODY_LINES:
                yield Finding("H2", node.lineno, f"{node.name} has a body of {lines} lines")


def empty_words(module: Module) -> Iterator[Finding]:
    """H3: a class is named for what it is."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith(EMPTY_WORDS):
            yield Finding("H3", node.lineno, f"{node.name} says nothing; name what it holds")


def undocumented_names(module: Module) -> Iterator[Finding]:
    """H4: public functions and classes of the documented rooms say what they promise."""
    room = module.path.relative_to(PACKAGE).parts[0] if PACKAGE in module.path.parents else ""
    if room not in DOCUMENTED_ROOMS:
        return
    functions = [node for node in module.tree.body if isinstance(node, Function)]
    for node in functions:
        if not node.name.startswith("_") and ast.get_docstring(node) is None:
            yield Finding("H4", node.lineno, f"{node.name} has no docstring")


def the_present_instant(module: Module) -> Iterator[Finding]:
    """H5: time comes from the clock that is passed in."""
    if module.path.name == "clock.py":
        return
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in PRESENT_INSTANT:
            yield Finding("H5", node.lineno, "ask the Clock port for the time")


RULES: tuple[Callable[[Module], Iterator[Finding]], ...] = (
    length_of_file,
    length_of_body,
    empty_words,
    undocumented_names,
    the_present_instant,
)


def findings_in(path: Path, text: str) -> list[Finding]:
    """What the rules say about one module, escaped lines left out."""
    module = Module(path, text, ast.parse(text))
    lines = text.splitlines()

    def is_escaped(finding: Finding) -> bool:
        found = ESCAPE.search(lines[finding.line - 1]) if lines else None
        return found is not None and found.group(1) == finding.code

    found = [finding for rule in RULES for finding in rule(module)]
    return sorted((f for f in found if not is_escaped(f)), key=lambda f: f.line)


def crowded_packages(root: Path) -> Iterator[str]:
    """Packages with too many modules, and folders that are too deep."""
    for folder in [root, *(p for p in root.rglob("*") if p.is_dir())]:
        modules = [p for p in folder.glob("*.py") if p.name != "__init__.py"]
        if len(modules) > MAX_MODULES and folder.name != "versions":
            yield f"{folder}: H6 {len(modules)} modules, {MAX_MODULES} at the most"
        if modules and len(folder.relative_to(root).parts) > MAX_DEPTH:
            yield f"{folder}: H7 deeper than {MAX_DEPTH} folders"


def main() -> int:
    problems = list(crowded_packages(PACKAGE))
    for path in sorted(PACKAGE.rglob("*.py")):
        found = findings_in(path, path.read_text(encoding="utf-8"))
        problems += [f"{path}:{f.line}: {f.code} {f.message}" for f in found]
    print("\n".join(problems) or "house rules: nothing to say")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
