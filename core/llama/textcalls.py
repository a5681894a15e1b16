"""Tool calls that a model wrote into its text.

Llama models do, and many servers pass them on as text. Only a message that is calls of declared tools and
nothing else is taken for calls: a call that is quoted, explained or wrapped in words stays text.
"""

import json
from typing import Final

from core.llama.shapes import mended
from core.llama.textcalls_json import json_calls, tagged_call
from core.llama.textcalls_python import python_calls
from core.llama.textcalls_shape import CallShape, Kind, Unit
from core.llama.toolcalls import NewId, random_id
from core.transcript import ToolCall

MOST_CHARACTERS: Final = 20_000
# More in one message is a model that repeats itself.
MOST_CALLS: Final = 32


def read_calls(
    text: str, shape: CallShape, declared: frozenset[str], new_id: NewId = random_id
) -> tuple[ToolCall, ...] | None:
    """The calls of a message whose shape has taken all of it; ``None`` when it is text after all."""
    if not shape.whole:
        return None
    try:
        calls = tuple(
            ToolCall(new_id(), name, mended(json.dumps(arguments, ensure_ascii=False, allow_nan=False)))
            for unit in shape.units
            for name, arguments in _read(unit, text, declared)
        )
    except (ValueError, RecursionError):
        return None
    return calls if len(calls) <= MOST_CALLS else None


def _read(unit: Unit, text: str, declared: frozenset[str]) -> list[tuple[str, dict[str, object]]]:
    written = text[unit.start : unit.end]
    match unit.kind:
        case Kind.PYTHON:
            return python_calls(written, declared)
        case Kind.JSON:
            return json_calls(written, declared)
        case Kind.TAG:
            return [tagged_call(written, declared)]
