"""The shape of a message that is tool calls and nothing else, read one character at a time.

It says as early as it can that a text is none, so that ordinary answers are not held back: every call has
to begin with the name of a declared tool.
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from core.llama.special_tokens import HEADER_END, HEADER_START, PYTHON_START, STRAY_NAMES

_Rule = Generator[None, str, None]
_Reading = Generator[None, str, str]

_CLOSERS: Final = {"(": ")", "[": "]", "{": "}"}
_DEEPEST: Final = 64
# Empty: a fence that names no language.
_FENCES: Final = frozenset({"", "json", "tool_code", "tool_call", "tool_calls"})
_BARE_FENCES: Final = frozenset({"tool_code", "tool_call", "tool_calls"})
NAME_KEY: Final = "name"
TYPE_KEY: Final = "type"
FUNCTION_KEY: Final = "function"
ARGUMENT_KEYS: Final = ("parameters", "arguments", "args")
CALL_TYPES: Final = ("function", "function_call", "tool_call")


class Kind(Enum):
    """How calls are written: as Python, as JSON, or between ``<function=...>`` tags."""

    PYTHON = "python"
    JSON = "json"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class Unit:
    """One or several calls of one kind; they stand at ``text[start:end]``."""

    kind: Kind
    start: int
    end: int


class _Impossible(Exception):
    """The text is no calls, whatever follows."""


class CallShape:
    """Takes a message piece by piece. ``units`` are the calls found so far.

    ``begun`` once a declared tool was named in a call's place: the text is at least half a call.
    """

    def __init__(self, declared: Iterable[str]) -> None:
        names = tuple(declared)
        self._heads = _beginnings(f"{name}{end}" for name in names for end in ("(", ".call("))
        self._tags = _beginnings(f"function={name}>" for name in names)
        self._quoted = _beginnings(f'{name}"' for name in names)
        self.units: list[Unit] = []
        self.begun = False
        self._taken = 0
        self._alive = True
        self._between = True
        self._bare = False
        self._fenced = False
        self._closed = False
        self._scan = self._message()
        next(self._scan)

    def take(self, text: str) -> bool:
        """More of the message; returns whether it may still become calls and nothing else."""
        if not self._alive:
            return False
        try:
            for character in text:
                self._taken += 1
                self._scan.send(character)
        except _Impossible:
            self._alive = False
        return self._alive

    @property
    def whole(self) -> bool:
        """Whether the message could end here: there are calls, and nothing is left open."""
        return self._alive and self._between and bool(self.units) and self._fenced == self._closed

    def _message(self) -> _Rule:
        while True:
            self._between = True
            character = yield
            self._between = False
            if character == "<":
                yield from self._angle()
            elif character == "`":
                yield from self._fence()
            elif character in ";,":
                _need(bool(self.units) and not self._closed)
            elif not character.isspace():
                _need(not self._closed)
                yield from self._unit(character)

    def _unit(self, character: str) -> _Rule:
        start = self._taken - 1
        kind = Kind.JSON
        if character == "{":
            yield from self._object()
        elif character == "[":
            character = yield from _after_spaces()
            if character == "{":
                yield from self._object()
            else:
                kind = Kind.PYTHON
                yield from self._call(character)
            yield from _balanced("]")
        else:
            _need(self._bare)
            kind = Kind.PYTHON
            yield from self._call(character)
        self.units.append(Unit(kind, start, self._taken))

    def _call(self, character: str) -> _Rule:
        """``name(key=...)``. Positional values are refused: nothing says which argument they are."""
        yield from _word(self._heads, character, "(")
        self.begun = True
        character = yield from _after_spaces()
        if character == ")":
            return
        _need(character.isidentifier())
        while character.isalnum() or character == "_":
            character = yield
        while character.isspace():
            character = yield
        _need(character == "=")
        yield from _balanced(")")

    def _object(self, *, nested: bool = False) -> _Rule:
        """``{"name": ...}`` behind its brace, in whatever order its keys come."""
        yield from _expect('"')
        key = yield from _word(_INNER_KEYS if nested else _KEYS, "", '"')
        key = key.removesuffix('"')
        yield from _expect(":")
        if key in {NAME_KEY, TYPE_KEY, FUNCTION_KEY}:
            character = yield from _after_spaces()
            if key == FUNCTION_KEY and character == "{":
                yield from self._object(nested=True)
            else:
                _need(character == '"')
                yield from _word(_TYPES if key == TYPE_KEY else self._quoted, "", '"')
                self.begun = self.begun or key != TYPE_KEY
        yield from _balanced("}")

    def _angle(self) -> _Rule:
        """A control token, with the role if it begins a header; or a call between tags."""
        start = self._taken - 1
        character = yield
        if character == "|":
            name = (yield from _word(_TOKENS, "", ">")).removesuffix("|>")
            if name in HEADER_START:
                yield from _header()
            if name in PYTHON_START:
                self.begun = self._bare = True
            return
        _need(not self._closed)
        yield from _word(self._tags, character, ">")
        self.begun = True
        character = yield from _after_spaces()
        if character == "{":
            yield from _balanced("}")
            character = yield from _after_spaces()
        yield from _word(_TAG_ENDS, character, ">")
        self.units.append(Unit(Kind.TAG, start, self._taken))

    def _fence(self) -> _Rule:
        yield from _word(_TICKS, "`", "```")
        if self._fenced:
            _need(bool(self.units) and not self._closed)
            self._closed = True
            return
        _need(not self.units)
        info = (yield from _word(_FENCE_LINES, "", "\n")).strip()
        self._fenced = True
        self._bare = self._bare or info in _BARE_FENCES


def _header() -> _Rule:
    character = yield
    while character.isalpha():
        character = yield
    yield from _word(_HEADER_ENDS, character, ">")


def _balanced(closer: str) -> _Rule:
    """Anything up to the closing bracket: brackets in pairs, strings as Python and JSON write them."""
    open_ones = [closer]
    before = ""
    character = yield
    while True:
        if character in "\"'":
            # r"" and b"" are no plain strings.
            _need(not (before.isalnum() or before == "_"))
            before, character = character, (yield from _string(character))
            continue
        if character in _CLOSERS:
            open_ones.append(_CLOSERS[character])
            _need(len(open_ones) <= _DEEPEST)
        elif character in ")]}":
            _need(character == open_ones.pop())
            if not open_ones:
                return
        _need(character != "#")
        before = character
        character = yield


def _string(quote: str) -> _Reading:
    """The rest of a string behind its first quote; returns the character behind the string."""
    character = yield
    if character == quote:
        character = yield
        if character == quote:
            yield from _long_string(quote)
            character = yield
        return character
    while character != quote:
        _need(character != "\n")
        if character == "\\":
            yield
        character = yield
    return (yield)


def _long_string(quote: str) -> _Rule:
    run = 0
    while run < len('"""'):
        character = yield
        run = run + 1 if character == quote else 0
        if character == "\\":
            yield


def _word(beginnings: frozenset[str], read: str, end: str) -> _Reading:
    """One of some words, of which ``read`` is there already; returns it. ``end`` is what all end with."""
    while True:
        _need(read in beginnings)
        if read.endswith(end):
            return read
        read += yield


def _after_spaces() -> _Reading:
    character = yield
    while character.isspace():
        character = yield
    return character


def _expect(wanted: str) -> _Rule:
    character = yield from _after_spaces()
    _need(character == wanted)


def _need(possible: bool) -> None:  # noqa: FBT001 - an assertion reads best without a name
    if not possible:
        raise _Impossible


def _beginnings(words: Iterable[str]) -> frozenset[str]:
    """Every beginning of the words, the words themselves and the empty one included."""
    return frozenset(word[:length] for word in words for length in range(len(word) + 1))


_INNER_KEYS: Final = _beginnings(f'{key}"' for key in (NAME_KEY, *ARGUMENT_KEYS))
_KEYS: Final = _INNER_KEYS | _beginnings(f'{key}"' for key in (TYPE_KEY, FUNCTION_KEY, "id"))
_TYPES: Final = _beginnings(f'{word}"' for word in CALL_TYPES)
_TOKENS: Final = _beginnings(f"{name}|>" for name in STRAY_NAMES)
_HEADER_ENDS: Final = _beginnings(f"<|{name}|>" for name in HEADER_END)
_TAG_ENDS: Final = _beginnings(("</function>",))
_TICKS: Final = _beginnings(("```",))
_FENCE_LINES: Final = _beginnings(f"{language}{space}\n" for language in _FENCES for space in ("", " ", "\r"))
