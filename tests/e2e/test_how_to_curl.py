"""The life of an experiment as the how-to tells it, its commands run as they stand."""

from pathlib import Path

from tests.e2e.clients import program_of
from tests.e2e.clients import shown_by as lines_of_page
from tests.e2e.documented_commands import needs_a_shell, output_of, shown_by, trimmed

PAGES = Path(__file__).parents[2] / "docs" / "how-to"
PAGE = PAGES / "experiment-with-curl.md"


@needs_a_shell
def test_every_command_of_the_how_to_runs_and_answers_what_it_shows(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    # The first line says where the server is.
    assert shown_by(text) == trimmed(output_of(text, tmp_path))[1:]


@needs_a_shell
def test_after_the_first_pages_commands_a_program_prints_what_its_page_shows(
    tmp_path: Path,
) -> None:
    commands = (PAGES / "README.md").read_text(encoding="utf-8")
    program = f"```python\n{program_of('python.md', 'python')}```\n"
    answered = trimmed(output_of(f"{commands}\n{program}", tmp_path))
    assert answered[1:] == lines_of_page("python.md")
