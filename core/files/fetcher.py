"""Downloads from the places where platforms keep files and from the public web, and from nowhere else."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self

import httpcore
import httpx
import structlog

from core.errors import FileError, StartupError
from core.files import faults
from core.files.download import Everywhere, Fetched, Wanted
from core.files.origins import HTTPS_PORT, Origin, is_named, is_plain, joined, origin, origin_of, parsed
from core.files.pinning import PinnedBackend, Resolve, SystemResolver

_log = structlog.get_logger(__name__)

_MAX_REDIRECTS: Final = 3
_CONNECT_SECONDS: Final = 10.0
_MOST_CONNECTIONS: Final = 100
_KEPT_SECONDS: Final = 5.0
_NO_HEADERS: Final[Mapping[str, str]] = {}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PAGES: Final = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Network:
    """What lies below a fetcher; the system's resolver and sockets and the known authorities, if left out.

    ``dial`` connects to addresses that were resolved and checked.
    """

    resolve: Resolve | None = None
    dial: httpcore.AsyncNetworkBackend = field(default_factory=httpcore.AnyIOBackend)
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class _Hop:
    """One request of a download. ``headers`` are the caller's, until another origin is met."""

    url: httpx.URL
    headers: Mapping[str, str]


class FileFetcher:
    """Gets files over https, from hosts that the caller allows, at public addresses.

    ``trusted_origins`` (such as ``"http://127.0.0.1:8123"``) are exempt from https, from the host check and
    from the check of addresses, except in downloads from the public web: they come from the operator's
    settings, never from a message. Neither a proxy nor a netrc of the environment is used, and no cookie is
    kept. Use it as an async context manager, or call :meth:`close`.
    Raises ``StartupError`` for an origin that is no address.
    """

    def __init__(self, trusted_origins: frozenset[str] = frozenset(), network: Network | None = None) -> None:
        below = network or Network()
        self._trusted = frozenset(_trusted_origin(address) for address in trusted_origins)
        self._resolver = SystemResolver()
        resolve = below.resolve or self._resolver
        # The certificates are read once. The two never share a connection: one may lead to a trusted origin.
        tls = below.tls or httpx.create_ssl_context(trust_env=False)
        own = frozenset((one.host, one.port) for one in self._trusted)
        self._named = _pool(PinnedBackend(resolve, below.dial, own), tls)
        self._public = _pool(PinnedBackend(resolve, below.dial, frozenset()), tls)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._named.aclose()
        await self._public.aclose()
        self._resolver.close()

    async def get(self, url: str, wanted: Wanted) -> Fetched:
        """What is behind ``url``, redirects followed, within the limits of ``wanted``.

        The caller's headers are dropped for good behind a redirect to another origin.
        Raises ``FileError`` for everything that is not a file.
        """
        try:
            async with asyncio.timeout(wanted.timeout_s):
                return await self._follow(_Hop(parsed(url), wanted.headers), wanted)
        except faults.FOREIGN as error:
            _log.info("download_failed", error=type(error).__name__)
            raise faults.from_error(error) from error

    async def _follow(self, hop: _Hop, wanted: Wanted) -> Fetched:
        for _ in range(_MAX_REDIRECTS + 1):
            self._check(hop.url, wanted)
            async with self._answer(hop, wanted) as response:
                headers = httpx.Headers(response.headers)
                if response.status not in _REDIRECTS or "Location" not in headers:
                    _check_answer(response.status, headers, wanted)
                    content = await _body(response, wanted.max_bytes)
                    return Fetched(content, headers.get("Content-Type", ""), str(hop.url))
            hop = _next_hop(hop, headers["Location"])
        raise FileError(faults.TOO_MANY_REDIRECTS)

    @asynccontextmanager
    async def _answer(self, hop: _Hop, wanted: Wanted) -> AsyncIterator[httpcore.Response]:
        place = origin(hop.url)
        address = httpcore.URL(
            scheme=place.scheme, host=place.host, port=hop.url.port, target=hop.url.raw_path
        )
        # A packed body could grow a thousandfold in one read, past every cap.
        headers = {**hop.headers, "Accept": "*/*", "Accept-Encoding": "identity"}
        named = [
            (b"Host", hop.url.netloc),
            *((key.encode(), value.encode()) for key, value in headers.items()),
        ]
        pool = self._public if isinstance(wanted.hosts, Everywhere) else self._named
        limits = {"timeout": {"connect": _CONNECT_SECONDS}}
        async with pool.stream("GET", address, headers=named, extensions=limits) as response:
            yield response

    def _check(self, url: httpx.URL, wanted: Wanted) -> None:
        """Refuse by the URL alone; the addresses behind a name are checked where it is connected."""
        place = origin(url)
        named = not isinstance(wanted.hosts, Everywhere)
        if named and place in self._trusted and not url.userinfo:
            return
        is_https = place.scheme == "https" and place.port == HTTPS_PORT and not url.userinfo
        is_allowed = isinstance(wanted.hosts, Everywhere) or is_named(place.host, wanted.hosts)
        if not (is_https and is_allowed and is_plain(place.host)):
            _log.warning("download_refused", host=place.host, scheme=place.scheme, reason="not allowed")
            raise FileError(faults.NOT_ALLOWED_THERE)


def _pool(backend: PinnedBackend, tls: ssl.SSLContext) -> httpcore.AsyncConnectionPool:
    return httpcore.AsyncConnectionPool(
        ssl_context=tls,
        max_connections=_MOST_CONNECTIONS,
        keepalive_expiry=_KEPT_SECONDS,
        network_backend=backend,
    )


def _trusted_origin(address: str) -> Origin:
    try:
        found = origin_of(address)
    except FileError:
        found = None
    if found is None or not (found.host and found.port):
        raise StartupError(f"The address {address} in the settings is not a valid one; correct it.")
    return found


def _next_hop(hop: _Hop, location: str) -> _Hop:
    url = joined(hop.url, location)
    return _Hop(url, hop.headers if origin(url) == origin(hop.url) else _NO_HEADERS)


async def _body(response: httpcore.Response, max_bytes: int) -> bytes:
    content = bytearray()
    async for chunk in response.aiter_stream():
        content += chunk
        if len(content) > max_bytes:
            raise faults.too_large(None, max_bytes)
    return bytes(content)


def _check_answer(status: int, headers: httpx.Headers, wanted: Wanted) -> None:
    """Refuse by the head what is no file, or too large, before its body is read."""
    if status != HTTPStatus.OK:
        raise faults.from_status(status)
    mime = str(headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    if wanted.behind_login and mime in _PAGES and not _is_attachment(headers):
        raise FileError(faults.LOGIN_PAGE)
    if wanted.types and not _is_of(mime, wanted.types):
        raise FileError(faults.OTHER_TYPE)
    if headers.get("Content-Encoding", "").strip().lower() not in {"", "identity"}:
        raise FileError(faults.ENCODED)
    length = headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > wanted.max_bytes:
        raise faults.too_large(int(length), wanted.max_bytes)


def _is_of(mime: str, types: AbstractSet[str]) -> bool:
    return any(mime == one or (one.endswith("/") and mime.startswith(one)) for one in types)


def _is_attachment(headers: httpx.Headers) -> bool:
    """A file that is a web page comes as an attachment; the page for a token without permission does not."""
    return str(headers.get("Content-Disposition", "")).strip().lower().startswith("attachment")
