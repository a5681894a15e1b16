"""HTTP to one model server."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Final, cast

import httpx

from core.errors import ModelBroke, ModelError, ModelTimedOut, ModelUnreachable
from core.llama.endpoint import Deadlines, Endpoint, origin
from core.llama.faults import HTTPX_ERRORS, response_error, transport_error
from core.llama.network import new_client
from core.llama.patience import Patience
from core.llama.shapes import parse

_AGAIN_SECONDS: Final = 0.2
_MAX_HOPS: Final = 3
_KEPT_REDIRECTS: Final = frozenset({307, 308})
_ERROR_BYTES: Final = 64 * 1024
_ERROR_SECONDS: Final = 5.0
_UNREADABLE: Final[tuple[type[Exception], ...]] = (TimeoutError, *HTTPX_ERRORS)
MAX_BODY_BYTES: Final = 16 * 1024 * 1024


class Connection:
    """Sends requests with the key and turns whatever fails into a ``ModelError``.

    A redirect is followed only where method and body stay (307, 308) and only to the same origin: the key
    goes nowhere else. A client that is handed in stays open at the end. ``observe`` takes the headers of
    each response to a question, of a refusal too: servers tell their limits there.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        deadlines: Deadlines,
        http: httpx.AsyncClient | None,
        observe: Callable[[Mapping[str, str]], None] | None = None,
    ) -> None:
        self.observe = observe
        self._endpoint = endpoint
        self._headers = {"Accept": "text/event-stream, application/json", "Accept-Encoding": "identity"}
        if endpoint.api_key:
            self._headers["Authorization"] = f"Bearer {endpoint.api_key}"
        self._timeout = httpx.Timeout(None, connect=deadlines.connect, write=30.0)
        self._owned = http is None
        # vLLM's server closes an idle connection after 5 s; one that we drop first is never found dead.
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=3.0)
        self._http = http or new_client(limits, trust_env=not endpoint.loopback)

    async def aclose(self) -> None:
        """Close the connections, if they are this object's own."""
        if self._owned:
            await self._http.aclose()

    async def get(self, path: str, patience: Patience) -> object:
        """The JSON at a path below the base URL. Raises ``ModelError``."""
        response = await self._open("GET", path, None, patience)
        async with aclosing(response):
            body = await everything(response, patience)
        try:
            return parse(body)
        except ValueError:
            raise ModelUnreachable(f"{self._endpoint.origin} does not answer {path} with JSON") from None

    async def post(self, path: str, body: bytes, patience: Patience) -> httpx.Response:
        """The head of a 2xx answer; its body is still to be read and the response to be closed.

        Raises ``ModelError``.
        """
        return await self._open("POST", path, body, patience)

    async def _open(self, method: str, path: str, body: bytes | None, patience: Patience) -> httpx.Response:
        url = _below(self._endpoint.base_url, path)
        headers = self._headers if body is None else {**self._headers, "Content-Type": "application/json"}
        for _ in range(_MAX_HOPS):
            request = self._http.build_request(
                method, url, content=body, headers=headers, timeout=self._timeout
            )
            response = await self._send(request, patience)
            if self.observe is not None and body is not None:
                self.observe(response.headers)
            if response.is_success:
                return response
            async with aclosing(response):
                if not response.has_redirect_location:
                    raise await self._refusal(response)
                url = self._redirected(response)
        raise ModelUnreachable(f"{self._endpoint.origin} redirects without end")

    async def _send(self, request: httpx.Request, patience: Patience) -> httpx.Response:
        try:
            async with asyncio.timeout_at(patience.until):
                return await self._sent(request)
        except TimeoutError:
            raise ModelTimedOut("no answer within the deadline", patience.waiting_for) from None
        except HTTPX_ERRORS as error:
            raise transport_error(error, begun=False) from error

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        """Send it, once more when the connection broke before a word of an answer.

        A server may close a kept connection in the moment in which it is used again.
        """
        try:
            return await self._http.send(request, stream=True, follow_redirects=False)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            await asyncio.sleep(_AGAIN_SECONDS)
            return await self._http.send(request, stream=True, follow_redirects=False)

    async def _refusal(self, response: httpx.Response) -> ModelError:
        body = b""
        try:
            async with asyncio.timeout(_ERROR_SECONDS), body_of(response) as chunks:
                async for chunk in chunks:
                    body += chunk
                    if len(body) > _ERROR_BYTES:
                        break
        except _UNREADABLE:
            # The status says enough.
            body = body[:_ERROR_BYTES]
        return response_error(
            response.status_code,
            response.headers,
            body[:_ERROR_BYTES],
            now=time.time(),
            secret=self._endpoint.api_key,
        )

    def _redirected(self, response: httpx.Response) -> httpx.URL:
        try:
            target = response.url.join(response.headers["location"])
        except httpx.InvalidURL as error:
            raise transport_error(error, begun=False) from error
        if response.status_code not in _KEPT_REDIRECTS or origin(target) != origin(response.url):
            raise ModelUnreachable(
                f"{origin(response.url)} redirects to {origin(target)}; set LLAMA_BASE_URL to where it leads"
            )
        return target


def _below(base: str, path: str) -> httpx.URL:
    """A path below an address, before its query: gateways may want a key there."""
    url = httpx.URL(base)
    before, mark, query = url.raw_path.partition(b"?")
    return url.copy_with(raw_path=before.rstrip(b"/") + path.encode() + mark + query)


def body_of(response: httpx.Response) -> aclosing[AsyncGenerator[bytes]]:
    """The body's bytes as they come; the context closes the generator, which httpx types as an iterator.

    We ask for ``identity``: only for a server that packs its answer in spite of that httpx has to unpack it.
    """
    packed = "content-encoding" in response.headers
    chunks = response.aiter_bytes() if packed else aiter(cast("httpx.AsyncByteStream", response.stream))
    return aclosing(cast("AsyncGenerator[bytes]", chunks))


async def everything(response: httpx.Response, patience: Patience) -> bytes:
    """The whole body. Raises ``ModelError``, also for more than 16 MiB."""
    body = bytearray()
    try:
        async with asyncio.timeout_at(patience.until), body_of(response) as chunks:
            async for chunk in chunks:
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise ModelBroke("the server's answer is too large")
    except TimeoutError:
        raise ModelTimedOut("the answer did not end within the deadline", patience.waiting_for) from None
    except HTTPX_ERRORS as error:
        raise transport_error(error, begun=True) from error
    return bytes(body)
