"""A request whose texts cannot be read as chat-template tokens."""

from dataclasses import replace

from core.llama.special_tokens import neutralise, neutralise_json
from core.transcript import (
    FilePart,
    ImagePart,
    Message,
    ModelRequest,
    Part,
    TextPart,
    ToolCall,
    ToolResult,
    ToolSpec,
)


def neutralised(request: ModelRequest) -> ModelRequest:
    """The request with every token broken in whatever people, files, tools, names and answers brought in.

    The system prompt too, for it holds summaries and facts, and what the model said before: a token that it
    quoted then would be one now. The JSON of calls and schemas stays JSON. A token that the answer's schema
    asks for would be dropped from the answer as a stray one.
    """
    return replace(
        request,
        messages=tuple(map(_message, request.messages)),
        tools=tuple(map(_tool, request.tools)),
        schema=neutralise_json(request.schema),
    )


def _message(message: Message) -> Message:
    return replace(message, parts=tuple(map(_part, message.parts)), author=neutralise(message.author))


def _part(part: Part) -> Part:
    match part:
        case TextPart(text=text) | ToolResult(text=text):
            return replace(part, text=neutralise(text))
        case FilePart(name=name, text=text, note=note):
            return replace(part, name=neutralise(name), text=neutralise(text), note=neutralise(note))
        case ImagePart(name=name):
            return replace(part, name=neutralise(name))
        case ToolCall(arguments=arguments):
            return replace(part, arguments=neutralise_json(arguments))


def _tool(spec: ToolSpec) -> ToolSpec:
    return replace(spec, description=neutralise(spec.description), schema=neutralise_json(spec.schema))
