"""The README's main job, its commands run as they stand."""

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.server_process import environment

README = Path(__file__).parents[2] / "README.md"
BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def script_of(section: str) -> str:
    """The section's shell and Python blocks as one script that ends its server itself."""
    lines = ["set -eu", 'trap "kill %1; wait" EXIT']
    for language, text in BLOCK.findall(section):
        lines.append(text if language == "sh" else f"python - <<'END'\n{text}END")
    return "\n".join(lines)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def trimmed(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]


@pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash")), reason="curl or bash is not installed"
)
def test_the_main_job_of_the_readme_runs_and_shows_what_it_says(tmp_path: Path) -> None:
    section = README.read_text(encoding="utf-8").split("## The main job")[1].split("\n## ")[0]
    port = str(free_port())
    script = (
        script_of(section)
        .replace("8000", port)
        .replace("splitplot serve", f"splitplot serve --port {port}")
    )
    path = f"{Path(sys.executable).parent}:{environment()['PATH']}"
    done = subprocess.run(  # noqa: S603 - the README's own commands
        [str(shutil.which("bash")), "-m", "-c", script],
        cwd=tmp_path,
        env=environment(PATH=path),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    shown = section.split("```\n")[-2]
    assert trimmed(shown) == trimmed(done.stdout.partition("\n")[2])
