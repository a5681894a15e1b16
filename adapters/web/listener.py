"""The socket that the page is served on."""

import asyncio
import errno
import socket

from core.errors import StartupError

_BACKLOG = 128


async def listen(host: str, port: int) -> socket.socket:
    """Bind and listen. Raises ``StartupError`` with what to set when that cannot be."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise StartupError(f"{host} is not an address of this machine: set TAMPU_WEB=host:port.") from error
    # A name may stand for both; browsers reach 127.0.0.1 whatever they prefer.
    family, _, _, _, address = min(found, key=lambda each: each[0] is not socket.AF_INET)
    # asyncio sends small pieces at once only where the protocol is named: else each response waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        # At once: two sockets may share a bound port until one of them listens.
        listener.listen(_BACKLOG)
        listener.setblocking(False)  # noqa: FBT003 - the socket module names no keyword
    except OSError as error:
        listener.close()
        raise StartupError(_sentence(error, host, port)) from error
    return listener


def _sentence(error: OSError, host: str, port: int) -> str:
    where = f"{host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return (
            f"Another program uses {where}, where the page should be: stop it, "
            f"or set TAMPU_WEB={host}:{port + 1} (or TAMPU_WEB=off for no page)."
        )
    if error.errno == errno.EACCES:
        return f"This user may not open port {port}: set TAMPU_WEB={host}:8787, or any port above 1023."
    return f"The page cannot be served on {where}: set TAMPU_WEB=host:port to an address of this machine."
