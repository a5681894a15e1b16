"""A document without pages, cut into parts that can be pointed at."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from core.files.document import Page

_PART = 3_000
"""Characters of a part, about a printed page."""

_ENOUGH = 1_000
"""Behind so many characters a heading begins a new part; before, it stays with what is there."""

_MAX_TITLE = 60
_ITEM = re.compile(r" *(?:-|\w{1,6}[.)]) ")


class Parts:
    """Blocks come in, pages labelled ``"part 3: Results"`` come out."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.characters = 0
        self._blocks: list[str] = []
        self._size = 0
        self._latest = ""
        self._title = ""

    def add(self, level: int, text: str) -> bool:
        """Take a block, a heading if ``level`` is not 0. True if a part ended before it."""
        is_full = self._size + len(text) > _PART or (level > 0 and self._size >= _ENOUGH)
        ends = bool(self._blocks) and is_full
        if ends:
            self.end()
        *whole, last = _pieces(text)
        for piece in whole:
            self._take(level, piece)
            self.end()
        self._take(level, last)
        return ends

    def append(self, text: str) -> None:
        """Put something behind the part that ended last."""
        last = self.pages[-1]
        self.pages[-1] = Page(last.label, f"{last.text}\n\n{text}")
        self.characters += len(text)

    def end(self) -> None:
        """Finish the part, if there is one."""
        if self._blocks:
            label = f"part {len(self.pages) + 1}" + (f": {self._title}" if self._title else "")
            self.pages.append(Page(label, _joined(self._blocks)))
        self._blocks.clear()
        self._size = 0

    def _take(self, level: int, text: str) -> None:
        if level:
            title = text.lstrip("# ")
            self._latest = title if len(title) <= _MAX_TITLE else f"{title[: _MAX_TITLE - 1]}…"
        if not self._blocks or not self._title:
            self._title = self._latest
        self._blocks.append(text)
        self._size += len(text)
        self.characters += len(text)


def _joined(blocks: Sequence[str]) -> str:
    """With a line between them, except for the items of a list."""
    text = blocks[0]
    for before, block in pairwise(blocks):
        is_list = _ITEM.match(before) and _ITEM.match(block)
        text += ("\n" if is_list else "\n\n") + block
    return text


def _pieces(text: str) -> Iterator[str]:
    """A block of many pages in pieces that end with a line, or with a word."""
    while len(text) > 2 * _PART:
        end = text.rfind("\n", _PART // 2, _PART)
        end = end if end > 0 else text.rfind(" ", _PART // 2, _PART)
        end = end if end > 0 else _PART
        yield text[:end]
        text = text[end:].lstrip()
    yield text
