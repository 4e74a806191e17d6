import stat
from pathlib import Path
from secrets import token_hex

import pytest

from splitplot.adapters.secrecy import FernetSecrecy
from splitplot.errors import Unavailable

TEXT = '{"password": "öffne dich"}'


def by_file(file: Path) -> FernetSecrecy:
    return FernetSecrecy(secret=None, key_file=file)


def test_what_is_sealed_cannot_be_read_and_comes_out_as_it_went_in(tmp_path: Path) -> None:
    for secrecy in (
        FernetSecrecy(secret=token_hex(), key_file=tmp_path / "unused"),
        by_file(tmp_path / "key"),
    ):
        sealed = secrecy.seal(TEXT)
        assert "password" not in sealed
        assert secrecy.seal(TEXT) != sealed
        assert secrecy.unseal(sealed) == TEXT
    assert not (tmp_path / "unused").exists()


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "key"
    sealed = by_file(file).seal(TEXT)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["key"]
    assert by_file(file).unseal(sealed) == TEXT
    assert by_file(file).unseal(by_file(file).seal(TEXT)) == TEXT


def test_the_first_of_two_processes_makes_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    sealed = by_file(file).seal(TEXT)
    monkeypatch.setattr(Path, "exists", lambda _: False)  # as if it was made just now
    assert by_file(file).unseal(by_file(file).seal(TEXT)) == TEXT
    monkeypatch.undo()
    assert by_file(file).unseal(sealed) == TEXT


def test_the_same_secret_opens_in_another_process_and_another_one_does_not(
    tmp_path: Path,
) -> None:
    secret = token_hex()
    sealed = FernetSecrecy(secret=secret, key_file=tmp_path).seal(TEXT)
    assert FernetSecrecy(secret=secret, key_file=tmp_path).unseal(sealed) == TEXT
    with pytest.raises(Unavailable, match="a key that is not here"):
        FernetSecrecy(secret=token_hex(), key_file=tmp_path).unseal(sealed)


def test_nothing_opens_without_the_key(tmp_path: Path) -> None:
    file = tmp_path / "key"
    sealed = by_file(file).seal(TEXT)
    file.unlink()
    with pytest.raises(Unavailable, match="cannot be used"):
        by_file(file).unseal(sealed)
    assert not file.exists()
    file.write_text("no key")
    with pytest.raises(Unavailable, match="cannot be used"):
        by_file(file).unseal(sealed)
    with pytest.raises(Unavailable, match="cannot be used"):
        by_file(file).seal(TEXT)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be used"):
        by_file(tmp_path / "file" / "key").seal(TEXT)
