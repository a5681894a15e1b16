"""One table each: what a model server says, and what httpx raises, to the core's errors.

A server's own words go into an error's message, for the log, in one line of at most 200 characters;
whole bodies never do: they may repeat the conversation.
"""

import email.utils
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import httpx

from core.errors import (
    ContentFiltered,
    ContextOverflow,
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelQuotaSpent,
    ModelRefusedKey,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
    NoVision,
    StreamCut,
)
from core.llama.shapes import Object, as_count, as_list, as_object, as_text, parse

MAX_MESSAGE: Final = 200
_ERRORS: Final = range(400, 600)
_SERVER_ERRORS: Final = range(500, 600)


@dataclass(frozen=True, slots=True)
class Complaint:
    """What a server said was wrong. ``detail`` is everything to search, ``message`` what may be logged."""

    status: int | None
    codes: frozenset[str]
    message: str
    detail: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """An error by its code or its words, except under statuses that mean something else for sure."""

    error: type[ModelError]
    codes: frozenset[str]
    words: re.Pattern[str]
    never: frozenset[int] = frozenset()


def _rule(error: type[ModelError], codes: str, words: str, *never: int) -> _Rule:
    return _Rule(error, frozenset(codes.split()), re.compile(words, re.IGNORECASE), frozenset(never))


_NOTHING: Final = r"(?!)"

# The first match decides. A 429 that speaks of tokens is about pace, not about the window.
_RULES: Final = (
    _rule(
        ModelQuotaSpent,
        "insufficient_quota billing_hard_limit_reached billing_not_active payment_required",
        r"insufficient (?:quota|credits?|balance|funds)|requires more credits|out of credits"
        r"|exceeded your current quota, please check your plan|credit balance is too low",
        401,
    ),
    _rule(
        ContentFiltered,
        "content_filter content_policy_violation content_filtered responsibleaipolicyviolation",
        r"content.?(?:management|policy|filter)|input was flagged|flagged by .*moderation",
        401,
        429,
    ),
    # A server without tools: llama.cpp says so with a 500, OpenRouter with a 404.
    _rule(ModelRejected, "", r"tools param requires --jinja|endpoints found that support tool use", 401, 429),
    # Groq could not read the call that the model wrote: nothing is wrong with the request.
    _rule(ModelBroke, "tool_use_failed", _NOTHING, 401, 429),
    # The words of, in turn: llama.cpp, vLLM (three), Ollama, OpenRouter (a 404), OpenAI, DeepSeek, Groq.
    _rule(
        NoVision,
        "",
        r"image input is not supported|is not a multimodal model|at most 0 image|does not support multimodal"
        r"|missing data required for image|does not support (?:image|vision)|support image input"
        r"|image_url is only supported by|unknown variant .?image_url|content must be a string",
        401,
        429,
    ),
    _rule(
        ContextOverflow,
        "context_length_exceeded exceed_context_size_error context_window_exceeded",
        r"maximum context length|context length|context window|available context size"
        r"|reduce (?:the length of the messages|your message size)|too many tokens|prompt is too long"
        r"|tokens.? \+ .?max_new_tokens.? must be|exceeds maximum input length"
        r"|exceeds? (?:the )?(?:context limit|max_model_len)|longer than the model|input is too long",
        401,
        403,
        429,
    ),
    _rule(
        ModelMissing,
        "model_not_found model_not_available invalid_model",
        r"model\b.{0,120}(?:not found|does not exist)"
        r"|not a valid model|invalid model name|no such model|unknown model|unable to access model",
        401,
        429,
        503,
    ),
    _rule(ModelBusy, "rate_limit_exceeded rate_limit_error overloaded_error too_many_requests", _NOTHING),
    _rule(ModelRefusedKey, "invalid_api_key authentication_error permission_error", _NOTHING),
    _rule(ModelRejected, "invalid_request_error badrequesterror", _NOTHING, *range(401, 600)),
)

_STATUSES: Final[Mapping[int, type[ModelError]]] = {
    401: ModelRefusedKey,
    402: ModelQuotaSpent,
    403: ModelRefusedKey,
    404: ModelMissing,
    408: ModelTimedOut,
    429: ModelBusy,
    503: ModelBusy,
    529: ModelBusy,
}


def is_error(body: Object) -> bool:
    """Whether a JSON object is an error, in any of the servers' shapes, even among normal fields."""
    if body.get("error") or body.get("object") == "error" or as_object(body.get("x_groq")).get("error"):
        return True
    return "choices" not in body and "title" in body and "status" in body


def stream_error(body: Object) -> ModelError:
    """The error that arrived inside an answer which had begun with HTTP 200."""
    return _error(complaint(body, None), "error in the answer", None)


def response_error(
    status: int, headers: Mapping[str, str], body: bytes, *, now: float, secret: str
) -> ModelError:
    """The error of an HTTP status. ``now``: Unix seconds; ``secret`` is blotted out of the message."""
    said = complaint(_parsed(body, headers.get("content-type", "")), status, secret)
    return _error(said, f"HTTP {status}", retry_after(headers, now))


def complaint(body: object, status: int | None, secret: str = "") -> Complaint:
    """Read an error body: OpenAI's, vLLM's flat one, RFC 7807, FastAPI's, plain text."""
    outer = as_object(body)
    error = outer.get("error")
    inner = as_object(error) or outer
    raw = as_text(as_object(inner.get("metadata")).get("raw"))
    message = as_text(error) or _message(inner) or (body if isinstance(body, str) else "")
    code = inner.get("code")
    said = as_count(code) or as_count(inner.get("status")) or as_count(outer.get("status"))
    codes = {as_text(code), as_text(inner.get("type")), as_text(outer.get("type"))}
    if status is None and said in _ERRORS:
        status = said
    return Complaint(
        status=status,
        codes=frozenset(word.lower() for word in codes if word),
        message=_short(message, secret),
        detail=f"{message[:4000]} {raw[:4000]}",
    )


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds to wait, by ``Retry-After-Ms`` or ``Retry-After`` (seconds or a date)."""
    for name, unit in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        value = headers.get(name, "").strip()
        try:
            seconds = float(value) / unit
        except ValueError:
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    try:
        at = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, at.timestamp() - now)


def _error(said: Complaint, where: str, wait: float | None) -> ModelError:
    text = f"{where}: {said.message}" if said.message else where
    return _make(_kind(said), text, "first", wait)


def _make(kind: type[ModelError], text: str, waiting_for: str, wait: float | None) -> ModelError:
    if issubclass(kind, ModelBusy):
        return kind(text, wait)
    if issubclass(kind, ModelTimedOut):
        return kind(text, waiting_for)
    return kind(text)


def _kind(said: Complaint) -> type[ModelError]:
    for rule in _RULES:
        if said.status not in rule.never and (rule.codes & said.codes or rule.words.search(said.detail)):
            return rule.error
    if said.status is None:
        return ModelBroke
    return _STATUSES.get(said.status, ModelBroke if said.status in _SERVER_ERRORS else ModelRejected)


def _parsed(body: bytes, content_type: str) -> object:
    try:
        return parse(body)
    except ValueError:
        text = body.decode("utf-8", "replace").strip()
        return "a web page" if "html" in content_type or text.startswith("<") else text


def _message(error: Object) -> str:
    for name in ("message", "detail", "title", "msg"):
        value = error.get(name)
        if isinstance(value, str) and value:
            return value
        if items := as_list(value) or as_list(error.get("errors")):
            return "; ".join(filter(None, (_item(as_object(item)) for item in items)))
    return ""


def _item(item: Object) -> str:
    """One of several errors; FastAPI names the field of the request beside the message."""
    place = ".".join(str(step) for step in as_list(item.get("loc")))
    return ": ".join(filter(None, (place, _message(item))))


def _short(message: str, secret: str) -> str:
    if secret:
        message = message.replace(secret, "[key]")
    line = " ".join("".join(char if char.isprintable() else " " for char in message[:2000]).split())
    return line if len(line) <= MAX_MESSAGE else line[: MAX_MESSAGE - 1] + "…"


# Before the answer's head has arrived, and after.
_LOST: Final = (ModelUnreachable, StreamCut)
_AWAY: Final = (ModelUnreachable, ModelUnreachable)
_LATE: Final = (ModelTimedOut, ModelTimedOut)
_ODD: Final = (ModelBroke, ModelBroke)

HTTPX_FAULTS: Final[Mapping[type[Exception], tuple[type[ModelError], type[ModelError]]]] = {
    httpx.HTTPError: _ODD,
    httpx.HTTPStatusError: _ODD,
    httpx.RequestError: _ODD,
    httpx.TransportError: _LOST,
    httpx.TimeoutException: _LATE,
    httpx.ConnectTimeout: _AWAY,
    httpx.ReadTimeout: _LATE,
    httpx.WriteTimeout: _LATE,
    httpx.PoolTimeout: _LATE,
    httpx.NetworkError: _LOST,
    httpx.ConnectError: _AWAY,
    httpx.ReadError: _LOST,
    httpx.WriteError: _LOST,
    httpx.CloseError: _LOST,
    httpx.ProxyError: _AWAY,
    httpx.UnsupportedProtocol: _AWAY,
    httpx.ProtocolError: _LOST,
    httpx.LocalProtocolError: _ODD,
    httpx.RemoteProtocolError: _LOST,
    httpx.DecodingError: _ODD,
    httpx.TooManyRedirects: _AWAY,
    httpx.InvalidURL: _AWAY,
    httpx.CookieConflict: _ODD,
    httpx.StreamError: _ODD,
    httpx.StreamConsumed: _ODD,
    httpx.StreamClosed: _ODD,
    httpx.ResponseNotRead: _ODD,
    httpx.RequestNotRead: _ODD,
}
HTTPX_ERRORS: Final = tuple(HTTPX_FAULTS)


def transport_error(error: Exception, *, begun: bool) -> ModelError:
    """The error for what httpx raised; ``begun`` once the answer's head has arrived.

    The text is the class's name: messages of httpx may be empty, or hold the address with its secrets.
    """
    before, after = next((HTTPX_FAULTS[kind] for kind in type(error).__mro__ if kind in HTTPX_FAULTS), _ODD)
    return _make(after if begun else before, type(error).__name__, "next" if begun else "first", None)
