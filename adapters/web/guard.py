"""What stands before every request: whose it is, and what every answer carries."""

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.web.site import Site

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_OWN_FETCHES = frozenset({"same-origin", "none"})


class Guard:
    """Refuses what does not come from the page itself.

    Order: the ``Host`` header (a foreign name may be rebound to this machine), then ``Origin`` and
    ``Sec-Fetch-Site`` (another page may call this one), then the token of this start.
    """

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer with the refusal."""
        if scope["type"] != "http":
            return
        path: str = scope["path"]

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(_HEADERS)
                headers["cache-control"] = "no-cache" if path.startswith("/static/") else "no-store"
            await send(message)

        answer = self._refusal(scope) or self._app
        await answer(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._site.is_host(host):
            sentence = f"This page is not served under that name. Open {self._site.url.partition('?')[0]}"
            return PlainTextResponse(sentence, HTTPStatus.MISDIRECTED_REQUEST)
        if not self._own(scope, headers, host):
            return JSONResponse({"error": "foreign"}, HTTPStatus.FORBIDDEN)
        token = cookie_parser(headers.get("cookie", "")).get(self._site.cookie, "")
        known = self._site.knows(token)
        if scope["path"].startswith("/api/") and not known:
            return JSONResponse({"error": "stale"}, HTTPStatus.UNAUTHORIZED)
        if scope["path"] == "/" and not (known or self._site.private or self._has_key(scope)):
            sentence = "Open the whole address that Tampu printed when it started, with its key."
            return PlainTextResponse(sentence, HTTPStatus.UNAUTHORIZED)
        return None

    def _own(self, scope: Scope, headers: Headers, host: str) -> bool:
        origin = headers.get("origin")
        if origin is None:
            if scope["method"] not in {"GET", "HEAD"}:
                return False
        elif not self._site.is_origin(origin, host):
            return False
        fetch_site = headers.get("sec-fetch-site", "none")
        return fetch_site in _OWN_FETCHES or not scope["path"].startswith("/api/")

    def _has_key(self, scope: Scope) -> bool:
        return self._site.opens_with(QueryParams(scope["query_string"]).get("key", ""))
