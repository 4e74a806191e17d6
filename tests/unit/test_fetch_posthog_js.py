"""The build step that puts the browser SDK into the package."""

import gzip
import io
import json
import tarfile
from pathlib import Path

from tools.fetch_posthog_js import PIN, integrity_of, unpack

FILES = {
    "package/LICENSE": b"a licence",
    "package/package.json": b"{}",
    "package/dist/array.js": b"array",
    "package/dist/surveys.js": b"surveys",
    "package/dist/array.js.map": b"map",
    "package/dist/module.js": b"for bundlers",
    "package/dist/main.js": b"for bundlers",
    "package/lib/dist/other.js": b"elsewhere",
    "package/dist/../../evil.js": b"evil",
}


def packed(folder: Path) -> Path:
    tarball = folder / "package.tgz"
    with tarfile.open(tarball, "w:gz") as package:
        for name, contents in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(contents)
            package.addfile(member, io.BytesIO(contents))
    return tarball


def test_what_browsers_load_is_unpacked_beside_its_gzip_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "static" / "sdk"
    place.mkdir(parents=True)
    (place / "old.js").touch()
    assert unpack(packed(tmp_path), place, version="1.2.3") == ["array.js", "surveys.js"]
    assert sorted(path.name for path in place.iterdir()) == [
        "LICENSE",
        "array.js",
        "array.js.gz",
        "manifest.json",
        "surveys.js",
        "surveys.js.gz",
    ]
    assert gzip.decompress((place / "array.js.gz").read_bytes()) == b"array"
    manifest = json.loads((place / "manifest.json").read_text())
    assert manifest == {"version": "1.2.3", "files": ["array.js", "surveys.js"]}


def test_the_checksum_is_written_as_npm_writes_it() -> None:
    assert integrity_of(b"") == (
        "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg=="
    )


def test_a_version_and_its_checksum_are_pinned() -> None:
    pin = json.loads(PIN.read_text())
    assert pin.keys() == {"package", "version", "integrity"}
    assert pin["integrity"].startswith("sha512-")
