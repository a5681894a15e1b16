"""Sockets for httpx, straight on the event loop.

httpcore's own go through anyio, which takes a socket out of the loop's selector and puts it back for every
read. In a stream of tokens, where every token is a read, that costs as much as all the rest of reading it.
"""

import asyncio
import ipaddress
import select
import socket
import ssl
from collections.abc import Iterable
from typing import Final
from urllib.request import getproxies

import httpcore
import httpx

_MOST_WAITING: Final = 256 * 1024
_PROXIED: Final = frozenset({"http", "https", "all"})
# RFC 8305: how long the first address of a host has before the next one is tried beside it.
_NEXT_ADDRESS_S: Final = 0.25
_INFOS: Final = {"client_addr": "sockname", "server_addr": "peername"}

_Option = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


def new_client(limits: httpx.Limits, *, trust_env: bool) -> httpx.AsyncClient:
    """A client on the loop's sockets; where the environment names a proxy, with what httpx has for that."""
    if trust_env and not _PROXIED.isdisjoint(getproxies()):
        return httpx.AsyncClient(limits=limits)
    return httpx.AsyncClient(transport=_Transport(limits, trust_env=trust_env), trust_env=trust_env)


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's transport, with a pool whose sockets are the loop's."""

    def __init__(self, limits: httpx.Limits, *, trust_env: bool) -> None:
        context = httpx.create_ssl_context(trust_env=trust_env)
        super().__init__(verify=context, limits=limits)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=LoopBackend(),
        )


class LoopBackend(httpcore.AsyncNetworkBackend):
    """TCP connections of the running loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[_Option] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect. Raises httpcore's ``ConnectTimeout`` and ``ConnectError``."""
        source = None if local_address is None else (local_address, 0)
        try:
            async with asyncio.timeout(timeout):
                transport, stream = await asyncio.get_running_loop().create_connection(
                    LoopStream, host, port, local_addr=source, happy_eyeballs_delay=_delay(host)
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpcore.ConnectError(str(error)) from error
        for option in socket_options or ():
            transport.get_extra_info("socket").setsockopt(*option)
        return stream


class LoopStream(httpcore.AsyncNetworkStream, asyncio.Protocol):
    """One connection. What has come waits in a buffer; above 256 KiB the other side has to wait."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._come = bytearray()
        self._over = False
        self._broken: Exception | None = None
        self._reading: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._is_held = False

    # What httpcore calls.

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        """What has come, or comes next; empty at the end. Raises ``ReadTimeout`` and ``ReadError``."""
        if not (self._come or self._over):
            try:
                async with asyncio.timeout(timeout):
                    await self._next()
            except TimeoutError as error:
                raise httpcore.ReadTimeout(str(error)) from error
        if not self._come:
            if self._broken is not None:
                raise httpcore.ReadError(str(self._broken)) from self._broken
            return b""
        taken = bytes(self._come[:max_bytes])
        del self._come[:max_bytes]
        if self._is_held and self._transport is not None and len(self._come) <= _MOST_WAITING:
            self._is_held = False
            self._transport.resume_reading()
        return taken

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        """Send, and wait while the other side takes no more. Raises ``WriteTimeout`` and ``WriteError``."""
        if not buffer:
            return
        if self._over or self._transport is None:
            raise httpcore.WriteError("the connection is closed")
        self._transport.write(buffer)
        try:
            async with asyncio.timeout(timeout):
                await self._writable.wait()
        except TimeoutError as error:
            raise httpcore.WriteTimeout(str(error)) from error
        if self._broken is not None:
            raise httpcore.WriteError(str(self._broken)) from self._broken

    async def aclose(self) -> None:
        """Close at once, whatever is still on its way."""
        self._over = True
        self._broken = self._broken or ConnectionAbortedError("closed on this side")
        if self._transport is not None:
            self._transport.abort()
            # The socket is closed in the loop's next round.
            await asyncio.sleep(0)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        """The same connection, encrypted. Raises ``ConnectTimeout`` and ``ConnectError``."""
        assert self._transport is not None
        try:
            async with asyncio.timeout(timeout):
                self._transport = await asyncio.get_running_loop().start_tls(
                    self._transport, self, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as error:
            await self.aclose()
            raise httpcore.ConnectTimeout(str(error)) from error
        except OSError as error:
            await self.aclose()
            raise httpcore.ConnectError(str(error)) from error
        return self

    def get_extra_info(self, info: str) -> object:
        """What httpcore asks of a connection; ``is_readable`` of an idle one means that it is dead."""
        if self._transport is None or self._over:
            return True if info == "is_readable" else None
        if info == "is_readable":
            return bool(self._come) or _has_more(self._transport.get_extra_info("socket"))
        return self._transport.get_extra_info(_INFOS.get(info, info))

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Keep what has come."""
        self._come += data
        if len(self._come) > _MOST_WAITING and not self._is_held and self._transport is not None:
            self._is_held = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """The other side has said all; the transport closes by itself."""
        self._over = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more comes or goes."""
        self._over = True
        self._broken = self._broken or exc
        self._writable.set()
        self._wake()

    def pause_writing(self) -> None:
        """The other side takes no more for now."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """It does again."""
        self._writable.set()

    async def _next(self) -> None:
        self._reading = asyncio.get_running_loop().create_future()
        try:
            await self._reading
        finally:
            self._reading = None

    def _wake(self) -> None:
        if self._reading is not None and not self._reading.done():
            self._reading.set_result(None)


def _delay(host: str) -> float | None:
    """Only names have several addresses; asyncio's race of them may lose a socket when it is cancelled."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _NEXT_ADDRESS_S
    return None


def _has_more(connection: socket.socket) -> bool:
    """Whether the system has something that the loop has not seen yet."""
    if not hasattr(select, "poll"):
        return bool(select.select([connection], [], [], 0)[0])
    # Unlike a selector of epoll or kqueue it needs no descriptor, of which there may be none left.
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    return bool(poll.poll(0))
