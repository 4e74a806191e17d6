"""The lz-string compression of old browser SDKs, in its base64 form; reading only.

The text is a stream of bits, the low bit of each number first. A number names a phrase;
each number read makes one more phrase: the one before it and the first character of its
own. Three numbers are kept for "a new character of 8 bits", "of 16 bits" and "the end".
"""

import binascii

from splitplot.errors import TooLarge, Undecodable

MAX_COMPRESSED_BYTES = 1024 * 1024

_NEW_CHARACTER_BITS = (8, 16)
_END = 2
_KEPT_NUMBERS = 3
_BITS_OF_BYTE = tuple(f"{byte:08b}" for byte in range(256))


def decompress_base64(text: bytes, *, limit: int) -> str:
    """The text that was compressed.

    Args:
        text: Base64, padded or not; at most `MAX_COMPRESSED_BYTES`, because reading it
            takes many times as long as reading gzip.
        limit: Most UTF-16 units that are produced.

    Raises:
        Undecodable: It is not base64, or names a phrase that does not exist.
        TooLarge: It or the result is longer than its limit.
    """
    if len(text) > MAX_COMPRESSED_BYTES:
        raise TooLarge(f"The lz-string text is larger than {MAX_COMPRESSED_BYTES} bytes.")
    bits = _Bits(text)
    phrases = [""] * _KEPT_NUMBERS
    produced: list[str] = []
    size = 0
    # Numbers get a bit wider whenever those of a width are used up.
    while (number := bits.read(len(phrases).bit_length())) != _END:
        previous = produced[-1] if produced else ""
        entry = _entry(number, phrases, previous, bits)
        if previous:
            phrases.append(previous + entry[0])
        produced.append(entry)
        size += len(entry)
        if size > limit:
            raise TooLarge(f"The request's body inflates to more than {limit} characters.")
    return _joined(produced)


class _Bits:
    """Numbers from a stream of bits."""

    def __init__(self, text: bytes) -> None:
        digits = text.rstrip(b"=")
        try:
            # Digits of zero, not padding: the last group may hold a single one.
            raw = binascii.a2b_base64(digits + b"A" * (-len(digits) % 4), strict_mode=True)
        except binascii.Error as error:
            raise _broken() from error
        self._bits = "".join([_BITS_OF_BYTE[byte] for byte in raw])
        self._at = 0

    def read(self, width: int) -> int:
        piece = self._bits[self._at : self._at + width]
        if len(piece) < width:
            raise _broken()
        self._at += width
        return int(piece[::-1], 2)


def _entry(number: int, phrases: list[str], previous: str, bits: _Bits) -> str:
    if number < len(_NEW_CHARACTER_BITS):
        character = chr(bits.read(_NEW_CHARACTER_BITS[number]))
        phrases.append(character)
        return character
    if number < len(phrases):
        return phrases[number]
    if number == len(phrases) and previous:
        # The phrase that this very number is about to make.
        return previous + previous[0]
    raise _broken()


def _joined(produced: list[str]) -> str:
    """Pairs of UTF-16 units become the characters they stand for; lone ones are replaced."""
    return "".join(produced).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _broken() -> Undecodable:
    return Undecodable("The lz-string text is broken.")
