"""The README's main job, its commands run as they stand."""

from pathlib import Path

from tests.e2e.documented_commands import needs_a_shell, output_of, shown_by, trimmed

README = Path(__file__).parents[2] / "README.md"


@needs_a_shell
def test_the_main_job_of_the_readme_runs_and_shows_what_it_says(tmp_path: Path) -> None:
    section = README.read_text(encoding="utf-8").split("## The main job")[1].split("\n## ")[0]
    # The first line says where the server is.
    assert shown_by(section) == trimmed(output_of(section, tmp_path))[1:]
