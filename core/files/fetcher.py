"""Downloads from the places where platforms keep files, and from nowhere else."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx
import structlog

from core.errors import FileError, StartupError
from core.files import faults
from core.files.notes import shown_size

_log = structlog.get_logger(__name__)

_MAX_REDIRECTS = 3
_CONNECT_SECONDS = 10.0
_NO_HEADERS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class _Hop:
    """One request of a download. ``headers`` are the caller's, until another origin is met."""

    url: httpx.URL
    headers: Mapping[str, str]


class FileFetcher:
    """Gets files over https from hosts that the caller allows.

    ``trusted_origins`` (such as ``"http://127.0.0.1:8123"``) are exempt from https and from the
    host check: they come from the operator's settings, never from a message. No proxy or netrc of
    the environment is used. Use it as an async context manager, or call :meth:`close`.
    Raises ``StartupError`` for an origin that is no address.
    """

    def __init__(self, trusted_origins: frozenset[str] = frozenset()) -> None:
        self._trusted = frozenset(_trusted_origin(origin) for origin in trusted_origins)
        self._client = httpx.AsyncClient(
            trust_env=False, follow_redirects=False, timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def get(
        self,
        url: str,
        *,
        hosts: frozenset[str],
        headers: Mapping[str, str] = _NO_HEADERS,
        max_bytes: int,
        timeout_s: float = 30.0,
    ) -> bytes:
        """The body behind ``url``, at most ``max_bytes`` long, within ``timeout_s`` seconds.

        ``hosts`` are host names, or endings when they begin with a dot (``".example.com"``).
        ``headers`` (a token among them) go to the origin of ``url`` only: behind a redirect to
        another origin they are dropped for good. Raises ``FileError`` for everything that is not a file.
        """
        try:
            async with asyncio.timeout(timeout_s):
                return await self._follow(_Hop(httpx.URL(url), headers), hosts, max_bytes)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            _log.info("download_failed", error=type(error).__name__)
            raise faults.from_error(error) from error

    async def _follow(self, hop: _Hop, hosts: frozenset[str], max_bytes: int) -> bytes:
        for _ in range(_MAX_REDIRECTS + 1):
            self._check(hop.url, hosts)
            # A packed body could grow a thousandfold in one read, past every cap.
            headers = {**hop.headers, "Accept-Encoding": "identity"}
            async with self._client.stream("GET", hop.url, headers=headers) as response:
                if not response.has_redirect_location:
                    return await _body(response, max_bytes)
                hop = _next_hop(hop, response.headers["Location"])
        raise FileError(faults.TOO_MANY_REDIRECTS)

    def _check(self, url: httpx.URL, hosts: frozenset[str]) -> None:
        if _origin(url) in self._trusted and not url.userinfo:
            return
        if url.scheme != "https" or url.port is not None or url.userinfo or not _allowed(url.host, hosts):
            _log.warning("download_refused", host=url.host, scheme=url.scheme)
            raise FileError(faults.NOT_ALLOWED_THERE)


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return (url.scheme, url.host, url.port)


def _trusted_origin(address: str) -> tuple[str, str, int | None]:
    try:
        return _origin(httpx.URL(address))
    except httpx.InvalidURL as error:
        raise StartupError(
            f"The address {address} in the settings is not a valid one; correct it."
        ) from error


def _allowed(host: str, hosts: frozenset[str]) -> bool:
    return any(
        host == allowed or (allowed.startswith(".") and host.endswith(allowed))
        for allowed in (entry.lower() for entry in hosts)
    )


def _next_hop(hop: _Hop, location: str) -> _Hop:
    url = hop.url.join(location)
    return _Hop(url, hop.headers if _origin(url) == _origin(hop.url) else _NO_HEADERS)


async def _body(response: httpx.Response, max_bytes: int) -> bytes:
    _check_answer(response, max_bytes)
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > max_bytes:
            raise FileError(f"The file is over my limit of {shown_size(max_bytes)}.")
    return bytes(content)


def _check_answer(response: httpx.Response, max_bytes: int) -> None:
    """Refuse by the head what is no file, or too large, before its body is read."""
    headers = response.headers
    if response.status_code != HTTPStatus.OK:
        raise faults.from_status(response.status_code)
    if _is_login_page(headers):
        raise FileError(faults.LOGIN_PAGE)
    if headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FileError(faults.ENCODED)
    length = headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise FileError(f"The file has {shown_size(int(length))}, over my limit of {shown_size(max_bytes)}.")


def _is_login_page(headers: httpx.Headers) -> bool:
    """A token that lacks a permission may be answered with a page; a real HTML file is an attachment."""
    is_page = headers.get("Content-Type", "").lower().startswith("text/html")
    return is_page and not headers.get("Content-Disposition", "").lower().startswith("attachment")
