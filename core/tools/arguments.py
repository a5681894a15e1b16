"""A call's arguments as models really write them, read without guessing what they mean.

Mended are a fence around them, a comma too many, a line end inside a string, brackets and a string that the
end left open, and Python's way of writing a dictionary. Unquoted keys and other guesses are refused.
"""

import ast
import re
from typing import Final

from pydantic_core import from_json, to_json

_MOST_LITERAL: Final = 20_000
_FENCED: Final = re.compile(r"\s*```\w*\s*\n(.*?)\n?\s*```\s*", re.DOTALL)
_CLOSERS: Final = {"{": "}", "[": "]"}
_CONTROLS: Final = {code: f"\\u{code:04x}" for code in range(32)}


def read_object(written: str) -> dict[str, object]:
    """The arguments of a call. Raises ``ValueError``, whose text completes "the arguments ..."."""
    text = written.strip().removeprefix("\ufeff")
    if (fenced := _FENCED.fullmatch(text)) is not None:
        text = fenced[1].strip()
    value = _value(text) if text else {}
    if isinstance(value, str):
        # An object that was written as JSON twice.
        value = _value(value)
    match value:
        case dict():
            return value
        case None:
            return {}
        case _:
            raise ValueError("must be a JSON object")


def _value(text: str) -> object:
    for mended in (text, _closed(text)):
        try:
            value: object = from_json(mended.encode())
        except ValueError:
            continue
        return value
    return _literal(text)


def _literal(text: str) -> object:
    """A dictionary as Python writes it, with single quotes or ``True``; anything else is refused."""
    try:
        value: object = ast.literal_eval(text) if text[:1] == "{" and len(text) <= _MOST_LITERAL else None
        # Python has strings and numbers that JSON has no form for, half surrogate pairs among them.
        to_json(value)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        value = None
    if not isinstance(value, dict) or not _is_json(value):
        raise ValueError("are no valid JSON")
    return value


def _is_json(value: object) -> bool:
    match value:
        case dict():
            return all(isinstance(key, str) and _is_json(item) for key, item in value.items())
        case list():
            return all(map(_is_json, value))
        case _:
            return value is None or isinstance(value, str | int | float)


def _closed(text: str) -> str:
    """The text without commas before a closing bracket, and with what is open at its end closed.

    Control characters in strings are escaped. Only what may be left out is added: an object that ends
    behind a key, or a half word, stays broken.
    """
    written: list[str] = []
    open_ones: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        end = at + 1
        if character == '"':
            end = _string_end(text, at)
        elif character in _CLOSERS:
            open_ones.append(_CLOSERS[character])
        elif character in "}]":
            if not open_ones or open_ones.pop() != character:
                return text
            _drop_comma(written)
        piece = text[at:end]
        written.append(piece.translate(_CONTROLS) if character == '"' else piece)
        at = end
    if text.endswith("\\"):
        return text
    if written and written[-1][0] == '"' and not _is_closed(written[-1]):
        written.append('"')
    else:
        _drop_comma(written)
    return "".join([*written, *reversed(open_ones)])


def _string_end(text: str, start: int) -> int:
    """The place behind the string that begins here; the end of the text when it is not closed."""
    at = start + 1
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == '"':
            return at + 1
        at += 1
    return len(text)


def _is_closed(string: str) -> bool:
    return _string_end(string + " ", 0) <= len(string)


def _drop_comma(written: list[str]) -> None:
    last = len(written) - 1
    while last >= 0 and written[last].isspace():
        last -= 1
    if last >= 0 and written[last] == ",":
        del written[last]
