"""Which encodings of a body a client takes."""

_NEVER = (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")


def takes(accepted: bytes | None, encoding: bytes) -> bool:
    """Whether `Accept-Encoding` allows the encoding, by its name or, not named, by `*`.

    Args:
        accepted: The header's value, if it was sent.
        encoding: In lower case.
    """
    qualities = {}
    for part in (accepted or b"").lower().split(b","):
        name, _, quality = part.partition(b";")
        qualities[name.strip()] = quality.replace(b" ", b"")
    return qualities.get(encoding, qualities.get(b"*", _NEVER[0])) not in _NEVER
