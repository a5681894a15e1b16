"""Connections to addresses that were checked, and to no others.

The pool below the fetcher knows a host by its name (for Host, SNI and the certificate); here the name is
resolved once for a connection, every address is checked, and one of exactly these is dialled.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpcore
import structlog

from core.errors import FileError
from core.files import faults
from core.files.addresses import Address, is_public, literal

_LOOKUP_S: Final = 5.0
_TRY_S: Final = 3.0
_MOST_TRIED: Final = 4
_MOST_LOOKUPS: Final = 4

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""All addresses of a host name, the best first. Raises ``OSError``."""

_Option = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
_log = structlog.get_logger(__name__)


class SystemResolver:
    """The system's own, in threads of its own: names that never resolve must not use up everybody's."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_MOST_LOOKUPS, thread_name_prefix="lookup")

    async def __call__(self, host: str) -> Sequence[str]:
        """All addresses of a host name. Raises ``OSError``."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _look_up, host)

    def close(self) -> None:
        """Wait for no lookup any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """TCP connections to public addresses, and to whatever stands behind ``trusted`` hosts and ports.

    ``dial`` is given addresses only, never a name.
    """

    def __init__(
        self, resolve: Resolve, dial: httpcore.AsyncNetworkBackend, trusted: frozenset[tuple[str, int]]
    ) -> None:
        self._resolve = resolve
        self._dial = dial
        self._trusted = trusted

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[_Option] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect. Raises ``ConnectTimeout``, ``ConnectError``, and ``FileError`` for what is not public."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._addresses(host)
                if (host, port) not in self._trusted:
                    _check(host, addresses)
                return await self._first(addresses[:_MOST_TRIED], port, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error

    async def _addresses(self, host: str) -> Sequence[Address]:
        """In order, each once."""
        spelled = literal(host)
        if spelled is not None:
            return (spelled,)
        try:
            async with asyncio.timeout(_LOOKUP_S):
                found = await self._resolve(host)
        except TimeoutError:
            raise
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        addresses = tuple(dict.fromkeys(literal(one) for one in found))
        read = tuple(one for one in addresses if one is not None)
        if not read or len(read) < len(addresses):
            raise httpcore.ConnectError("no usable address")
        return read

    async def _first(
        self,
        addresses: Sequence[Address],
        port: int,
        source: str | None,
        options: Iterable[_Option] | None,
    ) -> httpcore.AsyncNetworkStream:
        """One after the other; all but the last have to be quick."""
        for address in addresses[:-1]:
            try:
                return await self._dial.connect_tcp(str(address), port, _TRY_S, source, options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                _log.debug("download_address_failed", address=str(address), error=type(error).__name__)
        return await self._dial.connect_tcp(str(addresses[-1]), port, None, source, options)


def _look_up(host: str) -> Sequence[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _check(host: str, addresses: Sequence[Address]) -> None:
    """One address that is not public spoils the name: it would be a matter of luck which one is asked."""
    closed = [str(address) for address in addresses if not is_public(address)]
    if closed:
        _log.warning("download_refused", host=host, addresses=closed[:_MOST_TRIED], reason="not public")
        raise FileError(faults.NOT_ALLOWED_THERE)
