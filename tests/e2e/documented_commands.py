"""The shell commands of a document, run as they stand."""

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.server_process import environment

BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

needs_a_shell = pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash")), reason="curl or bash is not installed"
)


def output_of(section: str, folder: Path) -> str:
    """What the section's commands write to standard output, run in order in one shell.

    The server that they start listens on a free port instead of 8000, and is ended.
    """
    port = str(_free_port())
    lines = ["set -eu", 'trap "kill %1; wait" EXIT']
    for language, text in BLOCK.findall(section):
        if language == "sh":
            lines.append(text)
        elif language == "python":
            lines.append(f"python - <<'END'\n{text}END")
    script = "\n".join(lines).replace("8000", port)
    done = subprocess.run(  # noqa: S603 our own documents' commands
        [
            *(str(shutil.which("bash")), "-m", "-c"),
            script.replace("splitplot serve", f"splitplot serve --port {port}"),
        ],
        cwd=folder,
        env=environment(PATH=f"{Path(sys.executable).parent}:{environment()['PATH']}"),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def shown_by(section: str) -> list[str]:
    """The lines that the section says its commands answer."""
    return [
        line for language, text in BLOCK.findall(section) if not language for line in trimmed(text)
    ]


def trimmed(text: str) -> list[str]:
    """The lines without blanks at their ends."""
    return [line.rstrip() for line in text.strip().splitlines()]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
