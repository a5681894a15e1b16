"""A request in Meta's own Llama dialect, and nothing of OpenAI's in it.

Meta's Llama API spoke it until 2026-07-06; gateways may. The shapes are those of Meta's published client,
``llama-api-client`` 0.6.0: it knows no ``max_tokens``, ``stream_options`` or ``parallel_tool_calls``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from core.llama.pictures import Place, data_url, shown
from core.llama.profiles import LLAMA_API
from core.llama.shapes import NOTHING, Object, as_object, parse
from core.llama.texts import caption, text_of
from core.llama.wire import BY_SCHEMA, NO_ANSWER, Saying
from core.transcript import Image, Message, ModelRequest, Part, Role, ToolCall, ToolResult, ToolSpec


def encode_native(request: ModelRequest, saying: Saying) -> bytes:
    """The JSON body. With pictures this takes a while: call it off the loop."""
    profile = saying.profile if saying.profile.native else LLAMA_API
    tools = request.tools if saying.tools else ()
    # Beside tools the schema is put into words: enforced, it would leave the model no way to call.
    enforced = bool(request.schema) and not tools
    in_words = "" if enforced else request.schema
    body: dict[str, object] = {
        "model": saying.model,
        "messages": list(_messages(request, shown(request, profile), in_words)),
        "stream": True,
        "max_completion_tokens": request.max_tokens + max(saying.thinking, profile.thinking),
        "temperature": request.temperature,
    }
    if tools:
        body["tools"] = [_tool(spec) for spec in tools]
    if enforced:
        schema = {"name": "answer", "schema": as_object(parse(request.schema))}
        # The only other form is "text"; null is refused.
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    # Half an emoji has no form in UTF-8, and its escape is refused: it becomes "?".
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _messages(request: ModelRequest, pictures: Mapping[Place, Image], in_words: str) -> Iterator[Object]:
    system = [text_of(message.parts) for message in request.messages if message.role is Role.SYSTEM]
    if in_words:
        system.append(f"{BY_SCHEMA}\n{in_words}")
    if prompt := "\n\n".join(filter(None, system)):
        yield {"role": "system", "content": prompt}
    for position, message in enumerate(request.messages):
        if message.role is Role.USER:
            yield {"role": "user", "content": _content(position, message.parts, pictures)}
        elif message.role is Role.ASSISTANT:
            yield from _assistant(message, request.messages[position + 1 :])


def _content(position: int, parts: Sequence[Part], pictures: Mapping[Place, Image]) -> str | list[Object]:
    """Text, or parts where there is a picture to show; ``detail`` is no field of a picture here."""
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


def _assistant(message: Message, later: Sequence[Message]) -> Iterator[Object]:
    """The message and the results of its calls; one that says nothing and calls nothing is left out.

    Its content may be text or one object, never a list.
    """
    text = text_of(message.parts)
    calls = [part for part in message.parts if isinstance(part, ToolCall)]
    if not calls:
        if text:
            yield {"role": "assistant", "content": text, "stop_reason": "stop"}
        return
    yield {
        "role": "assistant",
        "content": text,
        "stop_reason": "tool_calls",
        # OpenAI's "type" beside the id is not part of this dialect.
        "tool_calls": [{"id": call.id, "function": _function(call)} for call in calls],
    }
    results = _results(later)
    for call in calls:
        yield {"role": "tool", "tool_call_id": call.id, "content": results.get(call.id, NO_ANSWER)}


def _function(call: ToolCall) -> Object:
    """The call as it may be repeated: arguments that are no JSON object are left out."""
    try:
        whole = isinstance(parse(call.arguments), dict)
    except ValueError:
        whole = False
    return {"name": call.name, "arguments": call.arguments if whole else "{}"}


def _results(later: Sequence[Message]) -> Mapping[str, str]:
    """What the tools said, by the call's id, up to the next round of calls: ids may come again there."""
    found: dict[str, str] = {}
    for message in later:
        if any(isinstance(part, ToolCall) for part in message.parts):
            break
        for result in message.parts:
            if isinstance(result, ToolResult) and result.id not in found:
                said = result.text or "(no output)"
                found[result.id] = f"Error: {said}" if result.failed else said
    return found


def _tool(spec: ToolSpec) -> Object:
    parameters = as_object(parse(spec.schema)) if spec.schema else NOTHING
    return {
        "type": "function",
        "function": {
            "name": spec.name,
            "description": spec.description,
            "parameters": parameters or {"type": "object", "properties": {}},
        },
    }
