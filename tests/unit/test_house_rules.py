from pathlib import Path

import pytest

from tools.house_rules import crowded_packages, findings_in

ROOM = Path("src/splitplot/stats/invented.py")
ELSEWHERE = Path("src/splitplot/services/invented.py")


def codes(path: Path, text: str) -> list[str]:
    return [finding.code for finding in findings_in(path, text)]


@pytest.mark.parametrize(
    ("code", "path", "text"),
    [
        ("H1", ELSEWHERE, "x = 1\n" * 501),
        ("H2", ELSEWHERE, "def long():\n" + "    x = 1\n" * 51),
        ("H3", ELSEWHERE, "class EventManager:\n    pass\n"),
        ("H4", ROOM, "def silent():\n    return 1\n"),
        ("H5", ELSEWHERE, "def f():\n    return datetime.now(UTC)\n"),
    ],
)
def test_a_module_that_breaks_a_rule_is_found(code: str, path: Path, text: str) -> None:
    assert codes(path, text) == [code]


def test_a_docstring_does_not_count_as_body() -> None:
    text = 'def long():\n    """' + "word\n" * 60 + '"""\n    return 1\n'
    assert codes(ELSEWHERE, text) == []


def test_an_escape_needs_the_code_and_a_reason() -> None:
    line = "class EventManager:  # house: {}\n    pass\n"
    assert codes(ELSEWHERE, line.format("H3 because the wire calls it so")) == []
    assert codes(ELSEWHERE, line.format("H3")) == ["H3"]
    assert codes(ELSEWHERE, line.format("H1 because of something else")) == ["H3"]


def test_a_crowded_and_a_deep_folder_are_found(tmp_path: Path) -> None:
    for number in range(16):
        (tmp_path / f"m{number}.py").touch()
    deep = tmp_path / "a" / "b" / "c" / "d"
    deep.mkdir(parents=True)
    (deep / "m.py").touch()
    problems = list(crowded_packages(tmp_path))
    assert len(problems) == 2
    assert "H6" in problems[0]
    assert "H7" in problems[1]
