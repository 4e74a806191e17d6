"""Installs the clients that tests speak with, beside those of Python: `make clients`.

Packages for Node.js at the versions of their lock file, and a Chromium: the one on the
PATH, or else Debian's where this may install packages. What cannot be had is named; the
tests that need it then say so themselves. Nothing is fetched once it is there.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NODE_FOLDER = Path(__file__).parents[1] / "tests" / "e2e" / "node"
STAMP = NODE_FOLDER / "node_modules" / ".installed"
BROWSER = "chromium"
_NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
_APT_UPDATE = ("update", "-qq")
_APT_INSTALL = ("install", "-y", "-qq", "--no-install-recommends", BROWSER)


def main() -> int:
    missing = [problem for problem in (_node_packages(), _browser()) if problem is not None]
    for problem in missing:
        print(problem, file=sys.stderr)
    if not missing:
        STAMP.touch()
    return 0


def _node_packages() -> str | None:
    """What is in the way of the packages for Node.js, if they are not there."""
    lock, installed = NODE_FOLDER / "package-lock.json", NODE_FOLDER / "node_modules"
    known = installed / ".package-lock.json"
    if known.exists() and known.stat().st_mtime >= lock.stat().st_mtime:
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "Tests of the clients for Node.js need npm: install Node.js 20 or newer."
    if _run(npm, *_NPM_CI, folder=NODE_FOLDER):
        return "npm could not install the packages that tests of Node.js need."
    return None


def _browser() -> str | None:
    """What is in the way of a browser, if there is none."""
    if shutil.which(BROWSER):
        return None
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return f"Tests of the browser client need {BROWSER}: install it with your packages."
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    if _run(apt, *_APT_UPDATE) or _run(apt, *_APT_INSTALL):
        return f"apt-get could not install the package {BROWSER} that tests of the browser need."
    return None


def _run(*command: str, folder: Path | None = None) -> int:
    done = subprocess.run(  # noqa: S603 - our own commands
        command, cwd=folder, check=False, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
