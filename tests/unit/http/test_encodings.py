import pytest

from splitplot.http.sdk.encodings import takes


@pytest.mark.parametrize(
    ("accepted", "encoding", "is_taken"),
    [
        (None, b"gzip", False),
        (b"", b"gzip", False),
        (b"gzip", b"gzip", True),
        (b"gzip", b"br", False),
        (b"br, GZIP;q=0.8", b"gzip", True),
        (b"*", b"br", True),
        (b"*;q=0, gzip", b"gzip", True),
        (b"*;q=0, gzip", b"br", False),
        (b"gzip; q=0", b"gzip", False),
        (b"identity, gzip;q=0.000", b"gzip", False),
        (b"br, deflate", b"gzip", False),
    ],
)
def test_an_encoding_is_taken_by_name_or_by_star(
    accepted: bytes | None, encoding: bytes, *, is_taken: bool
) -> None:
    assert takes(accepted, encoding) is is_taken
