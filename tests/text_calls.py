"""The calls of a whole message: what a stream of it, however it is cut, has to come to."""

from core.llama.textcalls import MOST_CHARACTERS, read_calls
from core.llama.textcalls_shape import CallShape
from core.transcript import ToolCall


def recovered(text: str, declared: frozenset[str]) -> tuple[ToolCall, ...] | None:
    """The calls that a message is, each with a new id; ``None`` when it is text."""
    shape = CallShape(declared)
    if len(text) > MOST_CHARACTERS or not shape.take(text):
        return None
    return read_calls(text, shape, declared)
