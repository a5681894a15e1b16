"""The HTTP side: methods with tokens, limits and faults; files; response addresses."""

import asyncio
import json
import time
from urllib.parse import quote

from aiohttp import web

from tests.emulators.slack import chat, conversations, surroundings, uploads
from tests.emulators.slack.backend import Backend, Ephemeral
from tests.emulators.slack.faults import Fault
from tests.emulators.slack.journal import Call, Download
from tests.emulators.slack.workspace import APP_TOKEN, BOT_TOKEN, Json, Refusal

METHODS = {**chat.METHODS, **conversations.METHODS, **surroundings.METHODS, **uploads.METHODS}
SCOPES = (
    "app_mentions:read,chat:write,commands,files:read,files:write,users:read,channels:history,channels:read"
)
LOGIN_PAGE = (
    "<!DOCTYPE html><html><head><title>Slack</title></head><body>Sign in to Tampu Works</body></html>"
)
RESPONSE_URL_USES = 5


async def arguments(request: web.Request) -> Json:
    """The method's arguments, from JSON, a form with JSON in its fields, or the query."""
    if request.content_type == "application/json":
        body: Json = await request.json()
        return body
    fields = dict(request.query) | {name: str(value) for name, value in (await request.post()).items()}
    return {name: _field(value) for name, value in fields.items()}


def _field(value: str) -> object:
    if value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def token_of(request: web.Request, args: Json) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" else str(args.get("token", ""))


def unknown(backend: Backend, args: Json) -> Json:
    raise Refusal("unknown_method")


def check_token(method: str, token: str) -> None:
    if not token:
        raise Refusal("not_authed")
    if token not in {BOT_TOKEN, APP_TOKEN}:
        raise Refusal("invalid_auth")
    if token != (APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN):
        raise Refusal("not_allowed_token_type")


def check_installed(backend: Backend, method: str) -> None:
    if backend.workspace.uninstalled and method != "apps.connections.open":
        raise Refusal("account_inactive")


class WebApi:
    """Routes of ``/api/``, ``/files-pri/``, ``/upload/`` and ``/response/``."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One method call, journalled."""
        method = request.match_info["method"]
        args = await arguments(request)
        token = token_of(request, args)
        args.pop("token", None)
        fault = self._backend.faults.take(method)
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if not fault.after_effect and (broken := self._break(request, fault)) is not None:
                self._note(method, args, broken.status, fault.error, took_effect=False)
                return broken
        wait = self._backend.limits.take(method, str(args.get("channel", "")))
        if wait:
            self._note(method, args, 429, "ratelimited", took_effect=False)
            return limited(wait)
        answer, error = self._run(method, args, token)
        if fault is not None and fault.after_effect and (broken := self._break(request, fault)) is not None:
            self._note(method, args, broken.status, fault.error or error, took_effect=error is None)
            return broken
        self._note(method, args, 200, error, took_effect=error is None)
        await asyncio.sleep(fault.late if fault is not None else 0)
        headers = {"X-OAuth-Scopes": SCOPES} if method == "auth.test" else None
        return web.json_response(answer, headers=headers)

    def _run(self, method: str, args: Json, token: str) -> tuple[Json, str | None]:
        try:
            check_token(method, token)
            check_installed(self._backend, method)
            return {"ok": True} | METHODS.get(method, unknown)(self._backend, args), None
        except Refusal as refusal:
            return {"ok": False, "error": refusal.code} | refusal.extra, refusal.code

    def _break(self, request: web.Request, fault: Fault) -> web.Response | None:
        if fault.reset:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=499)
        if fault.status == 429:
            return limited(fault.retry_after)
        if fault.status is not None:
            return web.Response(status=fault.status, text="upstream error", content_type="text/html")
        if fault.error is not None:
            return web.json_response({"ok": False, "error": fault.error})
        return None

    def _note(self, method: str, args: Json, status: int, error: str | None, *, took_effect: bool) -> None:
        self._backend.journal.calls.append(
            Call(time.monotonic(), method, args, status, error, took_effect=took_effect)
        )
        self._backend.journal.touch()

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A private file: its bytes to the bot token, else the login page that Slack sends with 200."""
        file_id = request.match_info["file"].partition("-")[2]
        file = self._backend.workspace.files.get(file_id)
        if file is None:
            return web.Response(status=404)
        authorized = token_of(request, {}) == BOT_TOKEN and self._backend.files_scope
        self._backend.journal.downloads.append(Download(time.monotonic(), file_id, authorized))
        if not authorized:
            return web.Response(text=LOGIN_PAGE, content_type="text/html")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
        return web.Response(body=file.content, content_type=file.mime, headers=headers)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file whose address was asked for before."""
        return await uploads.receive(self._backend, request)

    async def respond(self, request: web.Request) -> web.StreamResponse:
        """A response address: five uses."""
        key = request.match_info["key"]
        channel, user, used = self._backend.response_urls.get(key, ("", "", RESPONSE_URL_USES))
        if used >= RESPONSE_URL_USES:
            return web.json_response({"ok": False, "error": "used_url"}, status=404)
        self._backend.response_urls[key] = (channel, user, used + 1)
        text = str((await request.json()).get("text", ""))
        self._backend.ephemerals.append(Ephemeral(channel, user, text, time.monotonic()))
        self._backend.journal.touch()
        return web.Response(text="ok")


def limited(seconds: int) -> web.Response:
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})
