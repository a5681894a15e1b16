"""Reading JSON whose shape nobody promised: what is not as expected reads as empty."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

Object = Mapping[str, object]

NOTHING: Final[Object] = {}
_MAX_DIGITS: Final = 15
_MAX_COUNT: Final = 10**_MAX_DIGITS


def parse(text: str | bytes) -> object:
    """The JSON value. Raises ``ValueError``, also for nesting that is too deep."""
    try:
        value: object = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def as_object(value: object) -> Object:
    """The value if it is a JSON object."""
    return value if isinstance(value, dict) else NOTHING


def as_list(value: object) -> Sequence[object]:
    """The value if it is a JSON array."""
    return value if isinstance(value, list) else ()


def as_text(value: object) -> str:
    """The value if it is a string."""
    return value if isinstance(value, str) else ""


def as_count(value: object) -> int | None:
    """The value if it is a number, or a string of digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return int(value) if abs(value) < _MAX_COUNT else None
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
        return int(value)
    return None


def mended(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates replaced, so that it encodes as UTF-8.

    Servers that cut an answer by UTF-16 units send the halves of an emoji in two JSON strings.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
