"""People's words taken out of a server's complaint before it reaches the log."""

import re

from core.errors import ModelError
from core.transcript import FilePart, ModelRequest, Role, TextPart, ToolCall, ToolResult

BLOT = "…"
# Shorter words tell nothing, and an error without its small words is still understood.
_WORD = re.compile(r"\w{4,}")


def blot(error: ModelError, request: ModelRequest) -> None:
    """Take every longer word of the conversation out of the error's text.

    Servers repeat the input in their complaints, vLLM's validation errors for one. A word that the
    server would have used anyway goes with it: the status and the error's kind stay.
    """
    said = {word.lower() for text in _texts(request) for word in _WORD.findall(text)}
    if not said or not error.args:
        return
    words = str(error)
    head, mark, tail = words.partition(": ")
    kept = _WORD.sub(lambda word: BLOT if word.group().lower() in said else word.group(), tail)
    error.args = (head + mark + kept,)


def _texts(request: ModelRequest) -> list[str]:
    found: list[str] = [request.schema]
    for message in request.messages:
        if message.role is Role.SYSTEM:
            continue
        for part in message.parts:
            match part:
                case TextPart(text=text) | ToolResult(text=text):
                    found.append(text)
                case FilePart(name=name, text=text):
                    found += (name, text)
                case ToolCall(arguments=arguments):
                    found.append(arguments)
                case _:
                    found.append(part.name)
    return found
