"""Where a paragraph may be parted, and what closes and reopens the constructs around that place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from core.markdown.clusters import is_boundary
from core.markdown.spans import Hold, Inline

_SENTENCE = re.compile(r"""[.!?\u2026]["'\u201d\u2019)\]*_~]*\s+|[。！？]["”’」』）]*\s*|\n\s*""")  # noqa: RUF001 - CJK
_WORD = re.compile(r"\s+|[、，；：]\s*|(?<=[\u3040-\u30ff\u3400-\u9fff])(?=[\u3040-\u30ff\u3400-\u9fff])")  # noqa: RUF001 - CJK
_BLOCK_MARKER = re.compile(
    r"(?:#{1,6}(?=\s|$)|[-+*](?=\s|$)|>|`{3}|~{3}|([-*_])(?:[ \t]*\1){2,}[ \t]*(?=\n|$))"
    r"|(?P<number>\d{1,9})(?=[.)](?:\s|$))"
)
_HARD_BREAK = re.compile(r"(?<!\\)(?:\\\\)*\\$")


class Kind(IntEnum):
    """How natural a place is."""

    SENTENCE = 0
    WORD = 1
    CLUSTER = 2


@dataclass(frozen=True, slots=True)
class Break:
    """The text up to ``end`` and then ``closers``; next ``openers`` and the text from ``resume`` on."""

    end: int
    resume: int
    closers: str
    openers: str


class Breaks:
    """All places of one paragraph; one is held from ``unfinished`` on, where more text may close a span."""

    def __init__(self, inline: Inline, unfinished: int) -> None:
        self._inline = inline
        self._holds = _holds(inline)
        _raise(self._holds, unfinished + 1, len(inline.text), Hold.SPAN)

    def offsets(self, kind: Kind, hold: Hold) -> list[int]:
        """Where text can go on in a next message, resisting by no more than ``hold``, in order."""
        text = self._inline.text
        begin = len(text) - len(text.lstrip())
        return [
            offset
            for offset in _offsets(text, kind)
            if begin < offset < len(text) and self._holds[offset] <= hold
        ]

    def at(self, offset: int) -> Break:
        """The break before ``offset``."""
        text = self._inline.text
        head = text[:offset].rstrip()
        if "\n" in text[len(head) : offset] and _HARD_BREAK.search(head):
            head = head[:-1].rstrip()
        around = [span for span in self._inline.spans if span.inner < offset < span.inner_end]
        closers = "".join(text[span.inner_end : span.end] for span in reversed(around))
        openers = "".join(text[span.start : span.inner] for span in around)
        return Break(len(head), offset, closers, openers)


def literal(text: str) -> str:
    """``text`` with an escape where its beginning would open a block at the beginning of a line."""
    found = _BLOCK_MARKER.match(text)
    if found is None:
        return text
    at = len(found.group("number") or "")
    return f"{text[:at]}\\{text[at:]}"


def _offsets(text: str, kind: Kind) -> Iterator[int]:
    if kind is Kind.CLUSTER:
        return (offset for offset in range(1, len(text)) if is_boundary(text, offset))
    pattern = _SENTENCE if kind is Kind.SENTENCE else _WORD
    return (found.end() for found in pattern.finditer(text))


def _holds(inline: Inline) -> bytearray:
    """For each offset, the strongest hold on it."""
    holds = bytearray(len(inline.text) + 1)
    for span in inline.spans:
        _raise(holds, span.start + 1, span.end, span.hold)
        if span.hold is not Hold.SOLID:
            _raise(holds, span.start + 1, span.inner + 1, Hold.SOLID)
            _raise(holds, span.inner_end, span.end, Hold.SOLID)
    return holds


def _raise(holds: bytearray, start: int, end: int, hold: Hold) -> None:
    for offset in range(start, min(end, len(holds))):
        holds[offset] = max(holds[offset], hold)
