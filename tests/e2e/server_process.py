"""Real processes of the command line, as a user starts them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

END_WITHIN_SECONDS = 30


def environment(**more: str) -> dict[str, str]:
    """This process's environment without settings of its own for splitplot."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SPLITPLOT_")}
    return {**kept, **more}


def run(*arguments: str, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """`splitplot …`, to its end."""
    return subprocess.run(  # noqa: S603 our own command
        [sys.executable, "-m", "splitplot", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=dict(env) if env is not None else environment(),
    )


def set_up(data_dir: Path, *options: str) -> dict[str, Any]:
    """What `splitplot setup --json` prints."""
    done = run("setup", "--data-dir", str(data_dir), "--json", *options)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running `splitplot serve`.

    Attributes:
        url: Where it listens, without a slash at the end.
        process: To be ended by its id alone.
        ready_line: What it printed when it was ready.
        keys: What `splitplot setup` printed for its data directory; empty without one.
    """

    url: str
    process: subprocess.Popen[str]
    ready_line: str
    data_dir: Path
    keys: dict[str, Any]

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys['personal_api_key']}"}

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Tell it to end; its exit status and what it wrote to standard error."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=END_WITHIN_SECONDS)
        return self.process.returncode, errors


@contextmanager
def serving(
    data_dir: Path,
    *options: str,
    keys: dict[str, Any] | None = None,
    env: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """`splitplot serve` on a free port, from ready to ended."""
    command: Sequence[str] = [
        *(sys.executable, "-m", "splitplot", "serve"),
        *("--data-dir", str(data_dir), "--port", "0", *options),
    ]
    with subprocess.Popen(  # noqa: S603 our own command
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=dict(env) if env is not None else environment(),
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            ready_line = process.stdout.readline()
            assert ready_line, process.stderr.read()
            yield Server(
                url=ready_line.split()[-1],
                process=process,
                ready_line=ready_line,
                data_dir=data_dir,
                keys=keys or {},
            )
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.communicate(timeout=END_WITHIN_SECONDS)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise
