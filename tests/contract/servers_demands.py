"""What a server reads of a request, and what it answers with HTTP 400: stricter than the real ones."""

import base64
import binascii
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from PIL import Image as Pillow

Body = Mapping[str, Any]

PNG, JPEG, GIF, WEBP, BMP = "image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"
CAPS = frozenset({"max_tokens", "max_completion_tokens"})
_BOTH = frozenset({"model", "messages", "stream", "temperature", "tools", "tool_choice", "response_format"})
COMMON = _BOTH | CAPS | {"stream_options", "parallel_tool_calls"}
# llama-api-client 0.6.0, types/chat/completion_create_params.py.
NATIVE = _BOTH | {"max_completion_tokens"}
_DATA_URL = re.compile(r"data:(image/[a-z]+);base64,(.*)", re.DOTALL)
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_PLACES = {"system": "system", "user": "user", "assistant": "assistant", "tool": "tool"}


class Schemas(StrEnum):
    """``STRICT``: every object closed and every property required. ``REFUSED``: no ``json_schema`` at all."""

    ENFORCED = "enforced"
    STRICT = "strict"
    IGNORED = "ignored"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Demands:
    """``reads`` are a request's fields; others are ignored, or refused if ``closed``.

    ``no_tools`` is the refusal of a server that was started without them, or whose model has none.
    """

    reads: frozenset[str] = COMMON
    closed: bool = False
    native: bool = False
    choices: frozenset[str] = frozenset({"none", "auto", "required"})
    schemas: Schemas = Schemas.ENFORCED
    alternates: bool = False
    formats: frozenset[str] = frozenset({PNG, JPEG})
    most_pictures: int = 1000
    picture_bytes: int = 20_000_000
    no_tools: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture as it arrived, decoded; ``red`` is the first pixel's."""

    mime: str
    red: int
    base64_bytes: int


def unread(body: Body, demands: Demands) -> frozenset[str]:
    """The request's fields that the server does not look at."""
    return frozenset(body) - demands.reads


def refusal(body: Body, demands: Demands) -> str:
    """Why the server answers 400, or nothing."""
    checks = (_fields, _cap, _schema, _tools, _order, _contents, _called, _pictures)
    return next(filter(None, (check(body, demands) for check in checks)), "")


def pictures(body: Body) -> tuple[Seen, ...]:
    """The pictures in their order. Raises ``ValueError`` for one that is not what it says."""
    return tuple(_seen(part["image_url"]) for part in _parts(body) if part["type"] == "image_url")


def enforced(body: Body, demands: Demands) -> bool:
    """Whether the answer has to be JSON because of a field that the server honours."""
    return "response_format" in body and demands.schemas in {Schemas.ENFORCED, Schemas.STRICT}


def _fields(body: Body, demands: Demands) -> str:
    extra = sorted(unread(body, demands))
    if demands.closed and extra:
        return f"{extra[0]}: Extra inputs are not permitted"
    if "temperature" not in body:
        return "no temperature: the server's own would hold"
    nulls = [name for name, value in body.items() if value is None]
    return f"None is not a value for {nulls[0]}" if nulls else ""


def _cap(body: Body, demands: Demands) -> str:
    caps = CAPS & body.keys()
    if len(caps) != 1 or not caps <= demands.reads:
        return f"the answer's length has to be capped by one field that is read, not by {sorted(caps)}"
    [cap] = caps
    return "" if isinstance(body[cap], int) and body[cap] > 0 else f"{cap} must be a positive integer"


def _schema(body: Body, demands: Demands) -> str:
    answer = body.get("response_format")
    if answer is None:
        return ""
    if answer["type"] != "json_schema" or demands.schemas is Schemas.REFUSED:
        return "This model does not support response format `json_schema`"
    if demands.schemas is Schemas.IGNORED:
        return "a schema in response_format would be ignored"
    if "tools" in body:
        return "json mode cannot be combined with tool/function calling"
    described = answer["json_schema"]
    strict = bool(described.get("strict")) and _closed(described["schema"])
    wrong = demands.schemas is Schemas.STRICT and not strict
    return "Invalid schema: 'additionalProperties' is required to be false" if wrong else ""


def _closed(schema: Body) -> bool:
    if schema.get("type") != "object":
        return True
    properties = schema["properties"]
    whole = schema.get("additionalProperties") is False and set(schema.get("required", ())) == set(properties)
    return whole and all(map(_closed, properties.values()))


def _tools(body: Body, demands: Demands) -> str:
    tools = body.get("tools")
    if tools is None:
        beside = sorted({"tool_choice", "parallel_tool_calls"} & body.keys())
        return f"{beside[0]} is only allowed when tools are given" if beside else ""
    if demands.no_tools:
        return demands.no_tools
    if not tools or not all(_NAME.fullmatch(tool["function"]["name"]) for tool in tools):
        return "tools: a list with at least one tool, names of 1 to 64 letters"
    if not all(tool["function"]["parameters"].get("type") == "object" for tool in tools):
        return "tools[0].function.parameters must be an object's schema"
    choice = body.get("tool_choice", "auto")
    return "" if choice in demands.choices else f"tool_choice {choice!r} is not supported"


def _order(body: Body, demands: Demands) -> str:
    roles = [message["role"] for message in body["messages"]]
    if set(roles) - _PLACES.keys() or "user" not in roles:
        return "messages: unknown role, or nobody asks"
    if "system" in roles[1:]:
        return "System message must be at the beginning."
    said = [role for role in roles if role != "system"]
    if demands.alternates and said[0] != "user":
        return "Conversation must begin with user"
    pairs = pairwise(said)
    if demands.alternates and any(one == other != "tool" for one, other in pairs):
        return "Conversation roles must alternate user/assistant/user/assistant/..."
    return ""


def _contents(body: Body, demands: Demands) -> str:
    for message in body["messages"]:
        content = message["content"]
        if isinstance(content, list) and (message["role"] != "user" or not content):
            return f"{message['role']}: content must be a string"
        if content is None or (content == "" and not message.get("tool_calls")):
            return f"{message['role']}: content is empty"
    return ""


def _called(body: Body, demands: Demands) -> str:
    """Every call has its one result right behind it, and no result comes without its call."""
    waiting: list[str] = []
    for message in body["messages"]:
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                return f"tool_call_id {message['tool_call_id']} was never called, or is answered already"
            waiting.remove(message["tool_call_id"])
            continue
        if waiting:
            return f"an assistant message with tool_calls must be followed by the results of {waiting}"
        if wrong := next(filter(None, (_call(call, demands) for call in message.get("tool_calls", ()))), ""):
            return wrong
        waiting = [call["id"] for call in message.get("tool_calls", ())]
    return f"no result for {waiting}" if waiting else ""


def _call(call: Body, demands: Demands) -> str:
    if demands.native == ("type" in call):
        return "tool_calls[0].type: " + ("not permitted" if demands.native else "missing")
    try:
        arguments = json.loads(call["function"]["arguments"])
    except ValueError:
        return "invalid tool call arguments"
    return "" if isinstance(arguments, dict) else "invalid tool call arguments"


def _pictures(body: Body, demands: Demands) -> str:
    try:
        seen = pictures(body)
    except ValueError as error:
        return str(error)
    if len(seen) > demands.most_pictures:
        return f"At most {demands.most_pictures} image(s) may be provided in one prompt."
    if sum(one.base64_bytes for one in seen) > demands.picture_bytes:
        return "Request Entity Too Large"
    wrong = next((one.mime for one in seen if one.mime not in demands.formats), "")
    return f"invalid image input: {wrong}" if wrong else ""


def _parts(body: Body) -> Sequence[Body]:
    return [
        part
        for message in body["messages"]
        if isinstance(message["content"], list)
        for part in message["content"]
    ]


def _seen(address: Body) -> Seen:
    if address.keys() != {"url"}:
        raise ValueError("image_url: only a url is known")
    found = _DATA_URL.fullmatch(address["url"])
    if found is None:
        raise ValueError("image URLs are not currently supported, please use base64 encoded data instead")
    mime, written = found.groups()
    try:
        with Pillow.open(io.BytesIO(base64.b64decode(written, validate=True))) as picture:
            picture.load()
            red = picture.convert("RGB").getpixel((0, 0))
    except (binascii.Error, OSError) as error:
        raise ValueError("Failed to load image: cannot identify image file") from error
    if picture.format is None or Pillow.MIME[picture.format] != mime:
        raise ValueError(f"a picture that says {mime} is {picture.format}")
    return Seen(mime, red[0] if isinstance(red, tuple) else -1, len(written))
