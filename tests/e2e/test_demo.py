"""The demo as `make run` starts it: it goes on where it stopped, and counts nobody twice."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.e2e.server_process import environment, run

ENDS_WITHIN_SECONDS = 60


def demo(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "splitplot", "demo", "--data-dir", str(folder), *options]
    return subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--port", "0"], stderr=subprocess.PIPE, text=True, env=environment(COLUMNS="160")
    )


def exposed(folder: Path) -> int:
    done = run("experiment", "results", "checkout-button", "--data-dir", str(folder))
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("Exposed: "))
    return sum(int(part.split()[-1].replace(",", "")) for part in line.split(", "))


def test_a_demo_goes_on_where_it_stopped(tmp_path: Path) -> None:
    for so_far in (60, 120):
        process = demo(tmp_path, "--visitors", "60", "--per-second", "200")
        _, shown = process.communicate(timeout=ENDS_WITHIN_SECONDS)
        assert process.returncode == 0, shown
        assert "splitplot is running at http://127.0.0.1:" in shown
        assert "phx_" in shown
        assert "sign in as        demo@shop.example   with the password " in shown
        assert f"Stopped after {so_far} visitors" in shown
        assert exposed(tmp_path) == so_far


def test_ctrl_c_ends_the_demo_and_its_server_with_every_event_sent(tmp_path: Path) -> None:
    with demo(tmp_path, "--per-second", "50") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "Ctrl-C ends it" in line:
                break
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        _, shown = process.communicate(timeout=ENDS_WITHIN_SECONDS)
    assert process.returncode == 0, shown
    said = next(line for line in shown.splitlines() if line.startswith("Stopped after "))
    # The server is gone, or its store could not be opened here.
    assert exposed(tmp_path) == int(said.split()[2])


def test_the_demo_leaves_other_installations_alone(tmp_path: Path) -> None:
    assert run("setup", "--data-dir", str(tmp_path)).returncode == 0
    done = run("demo", "--data-dir", str(tmp_path))
    assert done.returncode == 2
    assert "did not make" in done.stderr
