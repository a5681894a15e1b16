"""The end of a run of words that is still being written: what stays open is closed or left out."""

import re
from collections.abc import Callable

from core.markdown.spans import Hold, Inline, inline

_MARKS = re.compile(r"(?<!\\)([*_~])\1*$")
_OPEN_TOKEN = re.compile(r"<(?:(?:[@#!:/]|t:|a:|https?:)[^\s<>]*)?$")
_DESTINATION = r"\]\((?:[^()\n]|\([^()\n]*\)?)*"
_OPEN_LINK = re.compile(rf"(?<![\w\\)\]])\[((?:\\.|[^\[\]\\\n])*)(?:{_DESTINATION})?$")
_OPEN_LINK_IN_WORD = re.compile(rf"(?<!\\)\[((?:\\.|[^\[\]\\\n])*){_DESTINATION}$")
_OPEN_PICTURE = re.compile(rf"(?<!\\)!\[(?:\\.|[^\[\]\\\n])*(?:\]|{_DESTINATION})?$")
_OPEN_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\$")
_OPEN = (_OPEN_TOKEN, _OPEN_PICTURE, _OPEN_LINK, _OPEN_LINK_IN_WORD)
_NEAR = 200


def closed_tail(words: str) -> str:
    """``words`` with the first thing that is open at their end closed or left out; else the same."""
    for step in _STEPS:
        closed = step(words)
        if closed != words:
            return closed
    return words


def unfinished_from(found: Inline) -> int:
    """Where a construct begins that more text may complete; the text's length for none.

    A delimiter that has stayed alone for long is taken for a character.
    """
    words = found.text
    starts = [start for start, _ in (*found.open_delimiters, *found.open_ticks)]
    matches = (pattern.search(words, max(len(words) - _NEAR, 0)) for pattern in _OPEN)
    starts += [match.start() for match in matches if match and match.end() > match.start()]
    return min((start for start in starts if len(words) - start <= _NEAR), default=len(words))


def _code(words: str) -> str:
    ticks = inline(words).open_ticks
    if not ticks:
        return words
    start, end = ticks[0]
    code = words[end:].rstrip("`").rstrip()
    return words[:end] + code + words[start:end] if code else words[:start]


def _escape(words: str) -> str:
    return words[:-1] if _OPEN_ESCAPE.search(words) else words


def _token(words: str) -> str:
    found = _OPEN_TOKEN.search(words)
    return words[: found.start()] if found and not _in_code(words, found.start()) else words


def _link(words: str) -> str:
    """A half-written link shows its words."""
    found = _OPEN_LINK.search(words) or _OPEN_LINK_IN_WORD.search(words)
    if not found or _in_code(words, found.start()):
        return words
    return words[: found.start()] + found.group(1)


def _picture(words: str) -> str:
    found = _OPEN_PICTURE.search(words)
    return words[: found.start()] if found and not _in_code(words, found.start()) else words


def _marks(words: str) -> str:
    """A run of marks at the end that begins an emphasis, or ends one by half."""
    found = _MARKS.search(words)
    if not found:
        return words
    before = words[: found.start()]
    begins = not before or before[-1].isspace()
    halves = any(words[start] == found.group(1) for start, _ in inline(words).open_delimiters)
    return before if (begins or halves) and not _in_code(words, found.start()) else words


def _emphasis(words: str) -> str:
    opened = inline(words).open_delimiters
    if not opened:
        return words
    closed = words.rstrip() + "".join(words[start:end] for start, end in reversed(opened))
    return words if inline(closed).open_delimiters else closed


def _in_code(words: str, offset: int) -> bool:
    return any(
        span.hold is Hold.SPAN and words[span.start] == "`" and span.start < offset < span.end
        for span in inline(words).spans
    )


_STEPS: tuple[Callable[[str], str], ...] = (_code, _escape, _token, _picture, _link, _marks, _emphasis)
