"""What keys look like, and what is kept of them."""

import hashlib

from splitplot.errors import InvalidInput

PROJECT_TOKEN_PREFIX = "phc_"  # noqa: S105 a public prefix, not a secret
PROJECT_SECRET_PREFIX = "phs_"  # noqa: S105 likewise
PERSONAL_KEY_PREFIX = "phx_"

ENTROPY_BYTES = 32
MIN_PASSWORD_LENGTH = 8
# Hashing more would only cost time.
MAX_PASSWORD_LENGTH = 1024
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# 62**43 is the first power of 62 that holds 32 bytes.
_LETTERS = 43


def key_of(prefix: str, entropy: bytes) -> str:
    """The key that these random bytes make: the prefix, then letters and digits.

    Args:
        prefix: One of the prefixes of this module.
        entropy: `ENTROPY_BYTES` unpredictable bytes; different ones make different keys.
    """
    if len(entropy) != ENTROPY_BYTES:
        raise ValueError(f"a key is made from {ENTROPY_BYTES} bytes, not {len(entropy)}")
    number = int.from_bytes(entropy, "big")
    letters = []
    for _ in range(_LETTERS):
        number, digit = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[digit])
    return prefix + "".join(reversed(letters))


def hash_of(key: str) -> str:
    """What is stored in a key's place: SHA-256 in hex.

    A plain hash is enough: a key is 256 random bits, nothing that could be guessed.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def mask_of(key: str) -> str:
    """What people recognise a key by: its first and last four characters."""
    return f"{key[:4]}...{key[-4:]}"


def good_password(password: str) -> str:
    """The password, if it is one to keep people out.

    Raises:
        InvalidInput: It is too short, or absurdly long.
    """
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidInput(
            f"This password is too short. It must contain at least {MIN_PASSWORD_LENGTH} "
            "characters.",
            code="password_too_short",
            attr="password",
        )
    if len(password) > MAX_PASSWORD_LENGTH:
        raise InvalidInput(
            f"Ensure this field has no more than {MAX_PASSWORD_LENGTH} characters.",
            code="max_length",
            attr="password",
        )
    return password


def is_project_secret(key: str) -> bool:
    """Whether a bearer is tried as a project's secret, and as nothing else."""
    return key.startswith(PROJECT_SECRET_PREFIX)


def normal_email(email: str, *, attr: str = "email") -> str:
    """The address without surrounding space.

    Raises:
        InvalidInput: It has no local part or no domain, or is too long to be one.
    """
    trimmed = email.strip()
    local, at, domain = trimmed.rpartition("@")
    if not (local and at and domain) or len(trimmed) > 254 or any(c.isspace() for c in trimmed):
        raise InvalidInput("Enter a valid email address.", attr=attr)
    return trimmed
