"""What rows of a conversation weigh, and which of them fit the model's window. Pure."""

import json
import math
from collections.abc import Iterable
from typing import Protocol

from core.tokens import SAFETY, estimate
from core.transcript import FilePart, ImagePart, Message, Part, Role, TextPart, ToolCall, ToolResult, ToolSpec

MESSAGE_OVERHEAD = 6
FILE_OVERHEAD = 8  # the fence around a file's text, and the words before it
CALL_OVERHEAD = 8
TOOLS_OVERHEAD = 150  # Llama's templates explain how tools are called
FRAME = 40  # and say when it is, and who speaks next
LEAST_OUTPUT = 1_024  # an answer's room, when pictures or what tools said need the rest
IMAGE_TOKENS = 2_500  # the most tiles that Llama 4 makes of a picture is 16: 2,467 tokens


class Counter(Protocol):
    """Counts tokens, rather too many than too few."""

    def text(self, text: str) -> int:
        """Tokens of a text."""

    def picture(self, width: int, height: int) -> int:
        """Tokens of a picture of so many pixels."""


class RoughCounter:
    """Knows nothing of the model: every picture is the largest."""

    def text(self, text: str) -> int:
        """Guess the tokens of a text."""
        return math.ceil(estimate(text) * SAFETY)

    def picture(self, width: int, height: int) -> int:  # noqa: ARG002 - the size says nothing here
        """Return the most tokens that a picture has."""
        return IMAGE_TOKENS


class Remembered:
    """Asks another counter once for each text: rules weigh the same texts again and again."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._known: dict[str, int] = {}

    def text(self, text: str) -> int:
        """Tokens of a text."""
        known = self._known.get(text)
        if known is None:
            known = self._known[text] = self._counter.text(text)
        return known

    def picture(self, width: int, height: int) -> int:
        """Tokens of a picture of so many pixels."""
        return self._counter.picture(width, height)


ROUGH = RoughCounter()


def weight(message: Message, counter: Counter = ROUGH) -> int:
    """Count the tokens of a message with its files."""
    return MESSAGE_OVERHEAD + sum(weight_of_part(part, counter) for part in message.parts)


def weight_of(rows: Iterable[Message], counter: Counter = ROUGH) -> int:
    """Count the tokens of some messages."""
    return sum(weight(row, counter) for row in rows)


def weight_of_part(part: Part, counter: Counter = ROUGH) -> int:
    """Count the tokens of a part of a message."""
    match part:
        case TextPart(text=text):
            return counter.text(text)
        case FilePart(name=name, text=text, note=note):
            return FILE_OVERHEAD + counter.text(name) + counter.text(text) + counter.text(note)
        case ImagePart(width=width, height=height, name=name):
            return counter.picture(width, height) + counter.text(name)
        case ToolCall(name=name, arguments=arguments):
            return CALL_OVERHEAD + counter.text(name) + counter.text(arguments)
        case ToolResult(text=text):
            return CALL_OVERHEAD + counter.text(text)


def weight_of_tools(specs: tuple[ToolSpec, ...], counter: Counter = ROUGH) -> int:
    """Count the tokens of what the model is told of its tools."""
    return TOOLS_OVERHEAD + sum(weight_of_tool(spec, counter) for spec in specs) if specs else 0


def weight_of_tool(spec: ToolSpec, counter: Counter) -> int:
    """Count the tokens of what the model is told of one tool."""
    told = (spec.name, spec.description, _indented(spec.schema))
    return MESSAGE_OVERHEAD + sum(map(counter.text, told))


def units(rows: Iterable[Message]) -> list[tuple[Message, ...]]:
    """Group rows that stand or fall together: calls of tools with their results.

    Results without a call before them are left out: servers refuse a request that has some.
    """
    found: list[tuple[Message, ...]] = []
    for row in rows:
        if row.role is not Role.TOOL:
            found.append((row,))
        elif found and has_calls(found[-1][0]):
            found[-1] = (*found[-1], row)
    return found


def has_calls(row: Message) -> bool:
    """Whether the model asks for tools in a row."""
    return any(isinstance(part, ToolCall) for part in row.parts)


def newest(rows: tuple[Message, ...], budget: int, counter: Counter = ROUGH) -> tuple[Message, ...]:
    """Take the newest rows that fit whole into ``budget`` tokens, oldest first, without a gap.

    A tool call is never taken without its result.
    """
    taken: list[tuple[Message, ...]] = []
    for unit in reversed(units(rows)):
        budget -= weight_of(unit, counter)
        if budget < 0:
            break
        taken.append(unit)
    return tuple(row for unit in reversed(taken) for row in unit)


def _indented(schema: str) -> str:
    """Write a schema as Llama's templates do."""
    try:
        return json.dumps(json.loads(schema), indent=4, ensure_ascii=False)
    except (ValueError, RecursionError):
        return schema
