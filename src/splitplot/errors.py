"""Every error that splitplot raises on purpose, as one tree.

    SplitplotError
    ├── InvalidInput           a value breaks a rule; `attr` names the field
    │   └── Undecodable        the bytes cannot be read as what they claim to be
    ├── TooLarge               a body or an event exceeds its limit
    ├── UnsupportedMediaType   the body is of a kind that we do not read
    ├── Unauthenticated        nobody, or nobody we know
    ├── Forbidden              known, but not allowed
    ├── NotFound               no such thing, or none that the caller may see
    ├── MethodNotAllowed       the thing exists, the verb does not
    ├── Conflict               the state has moved on
    ├── Throttled              too many requests
    ├── Unavailable            a store cannot be reached or written now
    │   └── Overloaded         too much is waiting; nothing was taken
    ├── TooCostly              the answer takes more time or memory than is allowed
    └── Undefined              the data cannot answer the question

An error knows a stable `code` and one plain sentence. What status or exit code it
becomes is decided in one table at each edge.
"""

from typing import ClassVar


class SplitplotError(Exception):
    """Root of the tree.

    Attributes:
        code: Stable, lower case, part of the API.
        attr: The offending field, nested parts joined by two underscores, or None.
    """

    default_code: ClassVar[str] = "error"

    def __init__(self, message: str, *, code: str | None = None, attr: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.attr = attr


class InvalidInput(SplitplotError):
    default_code = "invalid_input"


class Undecodable(InvalidInput):
    default_code = "parse_error"


class TooLarge(SplitplotError):
    default_code = "too_large"


class UnsupportedMediaType(SplitplotError):
    default_code = "unsupported_media_type"


class Unauthenticated(SplitplotError):
    default_code = "not_authenticated"


class Forbidden(SplitplotError):
    default_code = "permission_denied"


class NotFound(SplitplotError):
    default_code = "not_found"


class MethodNotAllowed(SplitplotError):
    default_code = "method_not_allowed"


class Conflict(SplitplotError):
    default_code = "conflict"


class Throttled(SplitplotError):
    """Too many requests.

    Attributes:
        retry_after: Whole seconds after which it is worth trying again.
    """

    default_code = "throttled"

    def __init__(self, message: str, *, code: str | None = None, retry_after: int = 1) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class Unavailable(SplitplotError):
    default_code = "unavailable"


class Overloaded(Unavailable):
    default_code = "overloaded"


class TooCostly(SplitplotError):
    """A question was stopped. Its code says what it ran out of."""

    default_code = "query_resource_limit_exceeded"

    @classmethod
    def of_memory(cls) -> "TooCostly":
        return cls(
            "The answer takes more memory than there is. Ask about a shorter time or fewer people.",
            code="memory_limit_exceeded",
        )

    @classmethod
    def of_time(cls, seconds: float) -> "TooCostly":
        return cls(
            f"The answer takes longer than {seconds:g} seconds and was stopped. "
            "Ask about a shorter time, or raise the limit `query_seconds`."
        )


class Undefined(SplitplotError):
    default_code = "undefined"
