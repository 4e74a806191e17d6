"""The life of an experiment as the how-to tells it, its commands run as they stand."""

from pathlib import Path

from tests.e2e.documented_commands import needs_a_shell, output_of, shown_by, trimmed

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "experiment-with-curl.md"


@needs_a_shell
def test_every_command_of_the_how_to_runs_and_answers_what_it_shows(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    # The first line says where the server is.
    assert shown_by(text) == trimmed(output_of(text, tmp_path))[1:]
