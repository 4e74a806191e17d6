"""Reading the bodies that SDKs send, where there is no request object."""

from starlette.types import Receive

from splitplot.errors import TooLarge, Undecodable
from splitplot.http.decoding import MAX_PAYLOAD_BYTES

# Reading more takes longer than other requests should wait.
MAX_BYTES_IN_LOOP = 128 * 1024


async def received(receive: Receive) -> bytes:
    """The body's bytes.

    Raises:
        TooLarge: There are more than a payload may have.
        Undecodable: The client went away before it had sent all of them.
    """
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Undecodable("The request's body ended too early.")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_PAYLOAD_BYTES:
            raise TooLarge(f"The request's body is larger than {MAX_PAYLOAD_BYTES} bytes.")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)
