"""Where a text may be parted between two of its lines, and what each side then looks like."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from core.markdown.blocks import Chain, Leaf, content, continuation, leaves, opening

AFTER_HEADING = 90
_HEADER_LINES = 2


class Seam(Protocol):
    """A place to part a passage."""

    def head(self) -> str:
        """What stands before it, closed."""

    def rest(self) -> str:
        """What stands after it within the passage, opened anew."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The beginning of a text, parsed into leaves."""

    lines: tuple[str, ...]
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class LineSeam:
    """Before line ``line``, where ``leaf`` begins or, in a fence, table or code block, goes on.

    ``rank`` is 0 between top-level blocks, more for what is worse to part.
    """

    passage: Passage
    leaf: Leaf
    line: int
    rank: int

    def head(self) -> str:
        """What stands before it, closed."""
        text = "\n".join(self.passage.lines[: self.line]).rstrip()
        if self.leaf.kind == "fence" and self.line > self.leaf.first:
            return f"{text}\n{closing_fence(self.leaf)}"
        return text

    def rest(self) -> str:
        """What stands after it, opened anew."""
        lines, leaf = self.passage.lines, self.leaf
        if self.line > leaf.first and leaf.kind in {"fence", "table"}:
            return "\n".join((*repeated(self.passage, leaf), *lines[self.line :]))
        first = opening(leaf.chain) + content(lines, self.line, leaf.chain)
        return "\n".join((first, *lines[self.line + 1 :]))


def passage(text: str) -> Passage:
    """Read the blocks of ``text``."""
    lines = tuple(text.split("\n"))
    return Passage(lines, leaves(lines))


def closing_fence(leaf: Leaf) -> str:
    """The line that closes a fence."""
    return continuation(leaf.chain) + leaf.markup


def repeated(passage: Passage, leaf: Leaf) -> tuple[str, ...]:
    """The lines that begin a fence or a table anew: its opening, or its header rows."""
    lines, chain = passage.lines, leaf.chain
    first = opening(chain) + content(lines, leaf.first, chain)
    if leaf.kind == "fence":
        return (first,)
    return (first, continuation(chain) + content(lines, leaf.first + 1, chain))


def line_seams(passage: Passage) -> tuple[LineSeam, ...]:
    """All seams between lines, in order."""
    seams: list[LineSeam] = []
    previous: Leaf | None = None
    for leaf in passage.leaves:
        if previous is not None:
            seams.append(_before(passage, leaf, previous))
        seams.extend(_within(passage, leaf))
        previous = leaf
    return tuple(seams)


def last_code_line(passage: Passage, leaf: Leaf) -> int:
    """The line past the code of a fence."""
    mark = content(passage.lines, leaf.past - 1, leaf.chain).strip()
    closed = leaf.past - 1 > leaf.first and len(mark) >= len(leaf.markup) and not mark.strip(leaf.markup[0])
    return leaf.past - 1 if closed else leaf.past


def _before(passage: Passage, leaf: Leaf, previous: Leaf) -> LineSeam:
    if previous.kind == "heading":
        rank = AFTER_HEADING
    else:
        rank = 0 if leaf.top else 1 + _carried(leaf.chain, leaf.first)
    return LineSeam(passage, leaf, leaf.first, rank)


def _within(passage: Passage, leaf: Leaf) -> list[LineSeam]:
    """Seams between a table's rows or lines of code; those after a blank line part code better."""
    if leaf.kind == "table":
        first, past, spaced = leaf.first + _HEADER_LINES + 1, leaf.past, False
    elif leaf.kind == "fence":
        first, past, spaced = leaf.first + 2, last_code_line(passage, leaf), True
    elif leaf.kind == "code_block":
        first, past, spaced = leaf.first + 1, leaf.past, True
    else:
        return []
    rank = 1 + len(leaf.chain)
    texts = [content(passage.lines, number, leaf.chain).strip() for number in range(first - 1, past)]
    return [
        LineSeam(passage, leaf, first + index, rank + int(spaced and bool(before)))
        for index, (before, here) in enumerate(pairwise(texts))
        if here
    ]


def _carried(chain: Chain, line: int) -> int:
    """How many containers go on across ``line``."""
    return sum(container.first < line for container in chain)
