"""Puts the browser SDK into the package: `make sdk`.

The version and its checksum are pinned in `posthog_js.json`. npm brings the package, its
checksum is compared, and the scripts that browsers load are written next to a gzip of
each. Nothing is fetched once they are there. With `--if-possible`, a machine that cannot
fetch them goes on without: the server then says what is missing.
"""

import base64
import gzip
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PIN = Path(__file__).with_name("posthog_js.json")
PLACE = Path(__file__).parents[1] / "src" / "splitplot" / "ui" / "static" / "posthog-js"
MANIFEST = "manifest.json"
# What bundlers and not browsers load stays away.
_IS_WANTED = re.compile(r"package/(?:dist/(?!main\.|module\.)[\w.-]+\.js|LICENSE)")


class Unfetched(Exception):
    """The package could not be had."""


def main() -> int:
    pin = json.loads(PIN.read_text())
    if _is_there(pin):
        return 0
    with tempfile.TemporaryDirectory() as folder:
        try:
            tarball = _packed(pin, Path(folder))
        except Unfetched as error:
            print(f"The browser SDK is not served: {error}", file=sys.stderr)
            return 0 if "--if-possible" in sys.argv else 1
        found = integrity_of(tarball.read_bytes())
        if found != pin["integrity"]:
            print(f"{tarball.name} is not what is pinned: its checksum is {found}", file=sys.stderr)
            return 1
        names = unpack(tarball, PLACE, version=pin["version"])
    print(f"{pin['package']} {pin['version']}: {len(names)} scripts")
    return 0


def _is_there(pin: dict[str, str]) -> bool:
    try:
        manifest = json.loads((PLACE / MANIFEST).read_text())
    except FileNotFoundError:
        return False
    files = [PLACE / name for name in manifest["files"]]
    return manifest["version"] == pin["version"] and all(
        file.exists() and file.with_name(f"{file.name}.gz").exists() for file in files
    )


def _packed(pin: dict[str, str], folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise Unfetched("npm is needed to fetch it; Node brings it.")
    command = [npm, "pack", f"{pin['package']}@{pin['version']}", "--silent", "--fetch-retries=1"]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=folder, check=False, stdout=subprocess.DEVNULL
    )
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode or len(tarballs) != 1:
        raise Unfetched(f"npm could not fetch {pin['package']} {pin['version']}.")
    return tarballs[0]


def integrity_of(contents: bytes) -> str:
    """The checksum as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(contents).digest()).decode()


def unpack(tarball: Path, place: Path, *, version: str) -> list[str]:
    """Put the scripts of a package in a folder, all of them or none.

    Args:
        tarball: As npm packs it.
        place: Replaced as a whole.
        version: Of the package.

    Returns:
        The scripts' names.
    """
    draft = place.with_name(f".{place.name}-draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    names = []
    with tarfile.open(tarball) as package:
        for member in package:
            contents = package.extractfile(member) if _IS_WANTED.fullmatch(member.name) else None
            if contents is None:
                continue
            name = Path(member.name).name
            body = contents.read()
            (draft / name).write_bytes(body)
            if name.endswith(".js"):
                (draft / f"{name}.gz").write_bytes(gzip.compress(body, compresslevel=9, mtime=0))
                names.append(name)
    manifest = {"version": version, "files": sorted(names)}
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
    shutil.rmtree(place, ignore_errors=True)
    draft.rename(place)
    return sorted(names)


if __name__ == "__main__":
    sys.exit(main())
