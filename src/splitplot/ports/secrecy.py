"""Text that is kept unreadable."""

from typing import Protocol


class Secrecy(Protocol):
    """Seals text under a key that is not in any database. Thread-safe."""

    def seal(self, text: str) -> str:
        """The text, sealed; another seal each time.

        Raises:
            Unavailable: There is no key, and none can be made.
        """
        ...

    def unseal(self, sealed: str) -> str:
        """The text that was sealed.

        Raises:
            Unavailable: The key is gone, or it was sealed with another one.
        """
        ...
