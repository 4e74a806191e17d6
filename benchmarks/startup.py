"""Time from the command to the first answered request, and memory when idle."""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import urlopen

from benchmarks.measuring import Measurement

PROMISED_SECONDS = 3.0
PROMISED_MEGABYTES = 250.0


def run(*, repeats: int = 5) -> list[Measurement]:
    with tempfile.TemporaryDirectory() as folder:
        setup = [sys.executable, "-m", "splitplot", "setup", "--data-dir", folder, "--json"]
        json.loads(subprocess.run(setup, capture_output=True, check=True).stdout)  # noqa: S603 - our own command
        seen = [_start_once(folder) for _ in range(repeats)]
    return [
        Measurement(
            claim="from `splitplot serve` to the first answer",
            ours=statistics.median(seconds for seconds, _ in seen),
            reference=PROMISED_SECONDS,
            unit="s",
            goal="<= 1",
        ),
        Measurement(
            claim="resident memory of the idle server",
            ours=statistics.median(megabytes for _, megabytes in seen),
            reference=PROMISED_MEGABYTES,
            unit="MB",
            goal="<= 1",
        ),
    ]


def _start_once(folder: str) -> tuple[float, float]:
    """Seconds until `/_ready` answers, and resident megabytes five seconds later."""
    command = [sys.executable, "-m", "splitplot", "serve", "--data-dir", folder, "--port", "0"]
    started = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    try:
        line = server.stdout.readline() if server.stdout else ""
        address = next(word for word in line.split() if word.startswith("http://"))
        with urlopen(f"{address.rstrip('/')}/_ready", timeout=10) as answer:  # noqa: S310 - loopback
            answer.read()
        seconds = time.perf_counter() - started
        time.sleep(5)
        status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
        kilobytes = next(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmRSS"))
        return seconds, kilobytes / 1024
    finally:
        server.terminate()
        server.wait(30)
