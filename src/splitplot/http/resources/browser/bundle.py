"""The browser SDK's files, as the build put them into the package."""

import json
from functools import cache
from pathlib import Path

from splitplot.errors import NotFound
from splitplot.http.sdk.documents import JAVASCRIPT, Document, Header, document
from splitplot.ui import POSTHOG_JS

# A version never changes.
_FOREVER = b"public, max-age=31536000, immutable"
_FOR_NOW = b"public, max-age=300"
_BY_ENCODING: Header = (b"vary", b"Accept-Encoding")
_GZIPPED: Header = (b"content-encoding", b"gzip")
_MISSING = "The browser SDK is not part of this installation: run `make sdk` and start again."


class Bundle:
    """The files of one version of the browser SDK.

    Args:
        folder: Where they are; may be missing.
    """

    def __init__(self, folder: Path = POSTHOG_JS) -> None:
        self._folder = folder
        self._document = cache(self._read)

    def script(self, name: str, *, version: str | None = None, gzipped: bool) -> Document:
        """The file of this name. Reads it from disk once.

        Raises:
            NotFound: There is none, or none of this version.
        """
        held = self._version()
        if version not in (None, held) or not self._has(name):
            raise NotFound(f"There is no {name} of this version; the one here is {held}.")
        return self._document(name, _FOR_NOW if version is None else _FOREVER, gzipped)

    def text(self, name: str) -> bytes:
        """The contents of the file of this name."""
        return self.script(name, gzipped=False).body

    def _read(self, name: str, kept: bytes, gzipped: bool) -> Document:  # noqa: FBT001 - cached by place
        path = self._folder / (f"{name}.gz" if gzipped else name)
        others = (_BY_ENCODING, _GZIPPED) if gzipped else (_BY_ENCODING,)
        return document(path.read_bytes(), content_type=JAVASCRIPT, cache=kept, others=others)

    def _version(self) -> str:
        return str(self._manifest()["version"])

    def _has(self, name: str) -> bool:
        files = self._manifest()["files"]
        return isinstance(files, list) and name in files

    def _manifest(self) -> dict[str, object]:
        try:
            return _manifest(self._folder / "manifest.json")
        except FileNotFoundError as error:
            raise NotFound(_MISSING) from error


BUNDLE = Bundle()


@cache
def _manifest(path: Path) -> dict[str, object]:
    manifest: dict[str, object] = json.loads(path.read_text())
    return manifest
