"""The built pages in memory, each file in the encodings that the build made of it."""

import gzip
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from splitplot.errors import NotFound
from splitplot.http.sdk.documents import JAVASCRIPT, Document, Header, document
from splitplot.http.sdk.encodings import takes
from splitplot.ui import APP

_TYPES = {
    ".js": JAVASCRIPT,
    ".css": b"text/css; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".json": b"application/json",
    ".woff2": b"font/woff2",
}
# The smallest first.
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
# The name of an asset changes with what is in it.
_FOREVER = b"public, max-age=31536000, immutable"
_ASK_AGAIN = b"no-cache"
_HEADERS: tuple[Header, ...] = (
    (b"vary", b"Accept-Encoding"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
)

# By encoding; "" is the file itself.
Encoded: TypeAlias = MappingProxyType[str, Document]


class Built:
    """The pages as they were built when somebody first asked for one of them.

    Read whole, so that another build in the same place does not mix with this one.

    Args:
        folder: Where they are; may be missing.
    """

    def __init__(self, folder: Path = APP) -> None:
        self._folder = folder
        self._read = cache(self._read_all)

    def is_there(self) -> bool:
        """Whether the pages have been built. Once seen they stay."""
        return (self._folder / "build.json").exists()

    def index(self) -> str:
        """The page that loads all others."""
        return self._read()[0]

    def file(self, name: str, accepted: bytes | None) -> Document:
        """The file of this name, in the smallest encoding that is accepted.

        Args:
            name: Relative to the folder.
            accepted: `Accept-Encoding`, if any was sent.

        Raises:
            NotFound: No file of this name was built.
        """
        encoded = self._read()[1].get(name) if self.is_there() else None
        if encoded is None:
            raise NotFound("There is no such file.")
        usable = (name for name in _ENCODINGS if name in encoded and takes(accepted, name.encode()))
        return encoded[next(usable, "")]

    def _read_all(self) -> tuple[str, dict[str, Encoded]]:
        names: Iterable[str] = json.loads((self._folder / "build.json").read_text())["files"]
        index = (self._folder / "index.html").read_text(encoding="utf-8")
        return index, {name: self._encoded(name) for name in names if name != "index.html"}

    def _encoded(self, name: str) -> Encoded:
        kept = _FOREVER if name.startswith("assets/") else _ASK_AGAIN
        return MappingProxyType(
            {
                encoding: document(
                    body,
                    content_type=_TYPES[Path(name).suffix],
                    cache=kept,
                    others=(*_HEADERS, *_encoding_header(encoding)),
                )
                for encoding, body in self._bodies(name).items()
            }
        )

    def _bodies(self, name: str) -> dict[str, bytes]:
        """The file in each encoding. The build leaves the plain form out where others are."""
        forms = {
            encoding: self._folder / f"{name}{suffix}" for encoding, suffix in _ENCODINGS.items()
        }
        bodies = {encoding: path.read_bytes() for encoding, path in forms.items() if path.exists()}
        plain = gzip.decompress(bodies["gzip"]) if bodies else (self._folder / name).read_bytes()
        return {"": plain, **bodies}


def _encoding_header(encoding: str) -> tuple[Header, ...]:
    return ((b"content-encoding", encoding.encode()),) if encoding else ()


BUILT = Built()
