"""A request in the OpenAI chat-completions dialect."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.llama.pictures import Place, data_url, shown
from core.llama.profile import Profile
from core.llama.profiles import OPENAI, fitted
from core.llama.shapes import NOTHING, Object, as_object, parse
from core.llama.strict import strict
from core.llama.texts import caption, text_of
from core.transcript import Image, Message, ModelRequest, Part, Role, ToolCall, ToolResult, ToolSpec

NO_ANSWER: Final = "Error: this call was not run."
BY_SCHEMA: Final = "Answer with one JSON value that follows this JSON Schema, and with nothing around it:"
LEFT_OUT: Final = "(what was said before is left out)"


@dataclass(frozen=True, slots=True)
class Saying:
    """How one server wants it said.

    ``usage`` asks for the tokens used, where the server takes that. ``thinking`` tokens are added to what
    the answer may have. Without ``tools`` none are offered, whatever the request has.
    """

    model: str
    usage: bool = True
    thinking: int = 0
    profile: Profile = OPENAI
    tools: bool = True


_Called = Callable[[str, Sequence[ToolCall], Mapping[str, str]], Iterator[Object]]


def encode(request: ModelRequest, saying: Saying) -> bytes:
    """The JSON body. With pictures this takes a while: call it off the loop."""
    profile = fitted(saying.profile, saying.model)
    tools = request.tools if saying.tools else ()
    answer_format = _format(request.schema, profile, alone=not tools)
    schema_in_words = "" if answer_format else request.schema
    called = _called if saying.tools else _called_in_words
    messages = _messages(request, shown(request, profile), schema_in_words, called)
    body: dict[str, object] = {
        "model": saying.model,
        "messages": list(_alternating(messages) if profile.alternates else messages),
        "stream": True,
        profile.cap_field: request.max_tokens + max(saying.thinking, profile.thinking),
        "temperature": request.temperature,
    }
    if saying.usage and profile.stream_usage:
        body["stream_options"] = {"include_usage": True}
    if profile.effort:
        body["reasoning_effort"] = profile.effort
    if answer_format:
        body["response_format"] = answer_format
    body |= _offer(tools, profile)
    # A lone surrogate (half an emoji) becomes "?": UTF-8 has no form for it, and servers refuse its escape.
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _offer(tools: Sequence[ToolSpec], profile: Profile) -> Object:
    if not tools:
        return NOTHING
    offer: dict[str, object] = {"tools": [_tool(spec) for spec in tools]}
    if profile.tool_choice:
        offer["tool_choice"] = "auto"
    if profile.parallel_tools is not None:
        offer["parallel_tool_calls"] = profile.parallel_tools
    return offer


def _format(written: str, profile: Profile, *, alone: bool) -> Object | None:
    """The answer's schema as the server enforces it, or ``None`` where it has to be put into words.

    Beside tools it is never enforced: Groq refuses both together, and a grammar made of the schema leaves
    a model of Ollama or llama.cpp no way to call.
    """
    if not (written and profile.schemas and alone):
        return None
    schema: Object | None = as_object(parse(written))
    if profile.strict_schemas:
        schema = strict(schema or NOTHING)
        if schema is None:
            return None
    described: dict[str, object] = {"name": "answer", "schema": schema}
    if profile.strict_schemas:
        described["strict"] = True
    return {"type": "json_schema", "json_schema": described}


def _messages(
    request: ModelRequest, pictures: Mapping[Place, Image], schema_in_words: str, called: _Called
) -> Iterator[Object]:
    # Several chat templates allow one system message only, and only in front.
    system = [text_of(message.parts) for message in request.messages if message.role is Role.SYSTEM]
    if schema_in_words:
        system.append(f"{BY_SCHEMA}\n{schema_in_words}")
    if prompt := "\n\n".join(filter(None, system)):
        yield {"role": "system", "content": prompt}
    for position, message in enumerate(request.messages):
        if message.role is Role.USER:
            yield {"role": "user", "content": _content(position, message.parts, pictures)}
        elif message.role is Role.ASSISTANT:
            yield from _assistant(message, request.messages[position + 1 :], called)


def _alternating(messages: Iterable[Object]) -> Iterator[Object]:
    """The messages with neighbours of one role put into one, a person's first of all.

    Chat templates that check the order refuse the whole conversation otherwise.
    """
    last: Object = NOTHING
    for message in messages:
        role = message["role"]
        if role == last.get("role") and role != "tool" and "tool_calls" not in last:
            content = _joined(last["content"], message["content"])
            last = {**message, "content": content}
            continue
        if last:
            yield last
        if role == "assistant" and last.get("role") in (None, "system"):
            yield {"role": "user", "content": LEFT_OUT}
        last = message
    if last:
        yield last


def _joined(one: object, other: object) -> object:
    if isinstance(one, str) and isinstance(other, str):
        return "\n".join(filter(None, (one, other)))
    return [*_as_parts(one), *_as_parts(other)]


def _as_parts(content: object) -> Sequence[object]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _assistant(message: Message, later: Sequence[Message], called: _Called) -> Iterator[Object]:
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    text = text_of(message.parts)
    if calls:
        yield from called(text, calls, _results(later))
    elif text:
        yield {"role": "assistant", "content": text}


def _called(text: str, calls: Sequence[ToolCall], results: Mapping[str, str]) -> Iterator[Object]:
    yield {"role": "assistant", "content": text, "tool_calls": [_call(call) for call in calls]}
    # Servers refuse a history in which a call has no result behind it, or a result no call before it.
    for call in calls:
        yield {"role": "tool", "tool_call_id": call.id, "content": results.get(call.id, NO_ANSWER)}


def _called_in_words(text: str, calls: Sequence[ToolCall], results: Mapping[str, str]) -> Iterator[Object]:
    """For a server without tools, which took over from one that has them."""
    names = ", ".join(dict.fromkeys(call.name for call in calls))
    yield {"role": "assistant", "content": text or f"(I asked {names}.)"}
    answers = (f"{call.name}({call.arguments}): {results.get(call.id, NO_ANSWER)}" for call in calls)
    yield {"role": "user", "content": "\n\n".join(answers)}


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


def _content(position: int, parts: Sequence[Part], pictures: Mapping[Place, Image]) -> str | list[Object]:
    """Plain text where there is no picture: servers of text-only models take nothing else."""
    if not any((position, index) in pictures for index in range(len(parts))):
        return text_of(parts) or "(empty message)"
    content: list[Object] = []
    for index, part in enumerate(parts):
        if image := pictures.get((position, index)):
            if name := caption(parts, index):
                content.append({"type": "text", "text": name})
            content.append({"type": "image_url", "image_url": {"url": data_url(image)}})
        elif text := text_of((part,)):
            content.append({"type": "text", "text": text})
    return content
