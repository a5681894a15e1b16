"""A request in the OpenAI chat-completions dialect."""

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.llama.shapes import NOTHING, Object, as_object, parse
from core.transcript import (
    FilePart,
    Image,
    ImagePart,
    Message,
    ModelRequest,
    Part,
    Role,
    TextPart,
    ToolCall,
    ToolResult,
    ToolSpec,
)

NO_ANSWER: Final = "Error: this call was not run."
_BACKTICKS: Final = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Saying:
    """How one server wants it said. ``thinking`` tokens are added to what the answer may have."""

    model: str
    usage: bool = True
    thinking: int = 0


def encode(request: ModelRequest, saying: Saying) -> bytes:
    """The JSON body. With pictures this takes a while: call it off the loop."""
    body: dict[str, object] = {
        "model": saying.model,
        "messages": list(_messages(request)),
        "stream": True,
        "max_tokens": request.max_tokens + saying.thinking,
        "temperature": request.temperature,
    }
    if saying.usage:
        body["stream_options"] = {"include_usage": True}
    if request.tools:
        body["tools"] = [_tool(spec) for spec in request.tools]
    # A lone surrogate (half an emoji) becomes "?": UTF-8 has no form for it, and servers refuse its escape.
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _messages(request: ModelRequest) -> Iterator[Object]:
    images = dict(request.images)
    # Several chat templates allow one system message only, and only in front.
    system = "\n\n".join(
        _text(message.parts) for message in request.messages if message.role is Role.SYSTEM and message.parts
    )
    if system:
        yield {"role": "system", "content": system}
    for position, message in enumerate(request.messages):
        if message.role is Role.USER:
            yield {"role": "user", "content": _content(message.parts, images)}
        elif message.role is Role.ASSISTANT:
            yield from _assistant(message, request.messages[position + 1 :])


def _assistant(message: Message, later: Sequence[Message]) -> Iterator[Object]:
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    text = _text(message.parts)
    if not calls:
        if text:
            yield {"role": "assistant", "content": text}
        return
    yield {"role": "assistant", "content": text, "tool_calls": [_call(call) for call in calls]}
    # Servers refuse a history in which a call has no result behind it, or a result no call before it.
    results = _results(later)
    for call in calls:
        yield {"role": "tool", "tool_call_id": call.id, "content": results.get(call.id, NO_ANSWER)}


def _results(later: Sequence[Message]) -> Mapping[str, str]:
    """The results up to the next round of calls: some servers use the same ids in every round."""
    found: dict[str, str] = {}
    for message in later:
        if any(isinstance(part, ToolCall) for part in message.parts):
            break
        for part in message.parts:
            if isinstance(part, ToolResult):
                text = part.text or "(no output)"
                found.setdefault(part.id, f"Error: {text}" if part.failed else text)
    return found


def _call(call: ToolCall) -> Object:
    return {
        "id": call.id,
        "type": "function",
        "function": {"name": call.name, "arguments": _arguments(call.arguments)},
    }


def _arguments(written: str) -> str:
    """The arguments if they are a JSON object: Ollama refuses a history in which they are not."""
    try:
        return written if isinstance(parse(written), dict) else "{}"
    except ValueError:
        return "{}"


def _tool(spec: ToolSpec) -> Object:
    parameters = as_object(parse(spec.schema)) if spec.schema else NOTHING
    function = {
        "name": spec.name,
        "description": spec.description,
        "parameters": parameters or {"type": "object", "properties": {}},
    }
    return {"type": "function", "function": function}


def _content(parts: Sequence[Part], images: Mapping[str, Image]) -> str | list[Object]:
    """Plain text where there is no picture: servers of text-only models take nothing else."""
    if not any(isinstance(part, ImagePart) and part.sha256 in images for part in parts):
        return _text(parts) or "(empty message)"
    content: list[Object] = []
    for part in parts:
        image = images.get(part.sha256) if isinstance(part, ImagePart) else None
        if image is not None:
            content.append({"type": "image_url", "image_url": {"url": _data_url(image)}})
        elif text := _text((part,)):
            content.append({"type": "text", "text": text})
    return content


def _data_url(image: Image) -> str:
    return f"data:{image.mime};base64,{base64.b64encode(image.content).decode('ascii')}"


def _text(parts: Sequence[Part]) -> str:
    return "\n".join(filter(None, (_part_text(part) for part in parts)))


def _part_text(part: Part) -> str:
    match part:
        case TextPart():
            return part.text
        case ImagePart():
            return f"[picture {_one_line(part.name)}]" if part.name else "[picture]"
        case FilePart():
            return _file_text(part)
        case _:
            return ""


def _file_text(part: FilePart) -> str:
    name = _one_line(part.name) or "file"
    if not part.text:
        return f"[file {name}: {part.note or 'it is empty'}]"
    runs = _BACKTICKS.findall(part.text)
    # A fence longer than any inside, so that a file cannot end its own block.
    fence = "`" * max(3, 1 + max(map(len, runs), default=0))
    head = f"File {name} ({part.note}):" if part.note else f"File {name}:"
    return f"{head}\n{fence}\n{part.text}\n{fence}"


def _one_line(name: str) -> str:
    return " ".join(name.split())
