"""Sealing text with Fernet, under a key from the settings or from a file of its own."""

import base64
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from uuid import uuid4

from cryptography.fernet import Fernet, InvalidToken

from splitplot.errors import Unavailable


def key_from(secret: str) -> bytes:
    """The key that a long secret text stands for."""
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest())


class FernetSecrecy:
    """Implements `ports.secrecy.Secrecy`.

    Args:
        secret: The key is made from it; None for one in `key_file`.
        key_file: Made when something is sealed for the first time, readable by its owner
            alone.
    """

    def __init__(self, *, secret: str | None, key_file: Path) -> None:
        self._key_file = key_file
        self._fernet = None if secret is None else Fernet(key_from(secret))
        self._finding = Lock()

    def seal(self, text: str) -> str:
        return self._with_key(self._kept_or_new_key).encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        try:
            return self._with_key(self._kept_key).decrypt(sealed.encode()).decode()
        except InvalidToken as error:
            raise Unavailable("A payload was encrypted with a key that is not here.") from error

    def _with_key(self, find: Callable[[], bytes]) -> Fernet:
        with self._finding:
            if self._fernet is None:
                try:
                    self._fernet = Fernet(find())
                except (OSError, ValueError) as error:
                    raise Unavailable(
                        f"The key in {self._key_file} cannot be used: {error}"
                    ) from error
            return self._fernet

    def _kept_key(self) -> bytes:
        return self._key_file.read_bytes()

    def _kept_or_new_key(self) -> bytes:
        if not self._key_file.exists():
            self._key_file.parent.mkdir(parents=True, exist_ok=True)
            _write_once(self._key_file, Fernet.generate_key())
        return self._kept_key()


def _write_once(place: Path, contents: bytes) -> None:
    """Write a file that is there as a whole or not at all; the first of several stays."""
    draft = place.with_name(f".{place.name}-{uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(contents)
            file.flush()
            os.fsync(file.fileno())
        try:
            place.hardlink_to(draft)
        except FileExistsError:
            return  # another process was first
    finally:
        draft.unlink()
