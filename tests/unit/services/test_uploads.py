"""Files on their way: bounded in size and number, and gone afterwards."""

import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from splitplot.errors import Overloaded, TooLarge, Unavailable
from splitplot.services.warehouse.uploads import Uploads

DAY = 24 * 60 * 60


def test_a_file_is_there_while_it_is_needed(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "uploads", most_bytes=10)
    with uploads.open() as upload:
        upload.write(b"12345")
        upload.write(b"67890")
        assert upload.path.read_bytes() == b"1234567890"
        with pytest.raises(TooLarge, match="larger than 10 bytes"):
            upload.write(b"!")
    assert list((tmp_path / "uploads").iterdir()) == []


def test_only_so_many_are_on_their_way(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, most_bytes=10, most_at_once=2)
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(uploads.open())
        with pytest.raises(Overloaded), uploads.open():
            pass
    with uploads.open():
        assert len(list(tmp_path.iterdir())) == 1


def test_what_a_crash_left_goes_a_day_later(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for file in (old, new):
        file.write_bytes(b"1")
    os.utime(old, (time.time() - 2 * DAY,) * 2)
    with Uploads(tmp_path, most_bytes=10).open():
        assert (old.exists(), new.exists()) == (False, True)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable), Uploads(tmp_path / "file", most_bytes=10).open():
        pass
