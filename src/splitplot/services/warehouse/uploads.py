"""Files on their way from a client to the event store."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import BoundedSemaphore
from typing import IO

from splitplot.errors import Overloaded, TooLarge, Unavailable

_REMAINS_SECONDS = 24 * 60 * 60


class Upload:
    """A file that grows up to a limit."""

    def __init__(self, file: IO[bytes], *, most_bytes: int) -> None:
        self._file = file
        self._most_bytes = most_bytes
        self._size = 0
        self.path = Path(file.name)

    def write(self, chunk: bytes) -> None:
        """Add to the end.

        Raises:
            TooLarge: The file would become too large.
            Unavailable: There is no room on the disk.
        """
        self._size += len(chunk)
        if self._size > self._most_bytes:
            raise too_large(self._most_bytes)
        try:
            self._file.write(chunk)
            self._file.flush()
        except OSError as error:
            raise Unavailable(f"The file cannot be kept: {error.strerror or error}") from error


class Uploads:
    """Where files are until they are loaded; nothing of them stays.

    Args:
        folder: Made when it is needed; what a crash left in it goes a day later.
        most_bytes: Of one file.
        most_at_once: Further ones are refused.
    """

    def __init__(self, folder: Path, *, most_bytes: int, most_at_once: int = 4) -> None:
        self.most_bytes = most_bytes
        self._room = BoundedSemaphore(most_at_once)
        self._folder = folder

    @contextmanager
    def open(self) -> Iterator[Upload]:
        """An empty file, gone at the end of the block.

        Raises:
            Overloaded: Too many are on their way.
            Unavailable: It cannot be made.
        """
        if not self._room.acquire(blocking=False):
            raise Overloaded("Too many tables are being loaded; try again later.")
        try:
            with self._file() as file:
                try:
                    yield Upload(file, most_bytes=self.most_bytes)
                finally:
                    Path(file.name).unlink(missing_ok=True)
        finally:
            self._room.release()

    def _file(self) -> IO[bytes]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._take_away_remains()
            return NamedTemporaryFile(dir=self._folder, delete=False)
        except OSError as error:
            raise Unavailable(f"The file cannot be kept: {error.strerror or error}") from error

    def _take_away_remains(self) -> None:
        for file in self._folder.iterdir():
            # Another one may be through with it by now.
            with suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime > _REMAINS_SECONDS:
                    file.unlink()


def too_large(most_bytes: int) -> TooLarge:
    """The refusal of a file that is larger."""
    return TooLarge(f"The file is larger than {most_bytes} bytes.")
