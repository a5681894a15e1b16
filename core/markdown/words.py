"""Where a text may be parted inside of a line: in a paragraph, a table's cell, an overlong line of code."""

import re
from dataclasses import dataclass

from core.markdown.blocks import Leaf, content, continuation, heading_marker, opening, source_prefix
from core.markdown.breaks import Break, Breaks, literal
from core.markdown.plain import inline_text, plain_text
from core.markdown.seams import Passage, closing_fence, last_code_line, repeated
from core.markdown.spans import Inline, inline
from core.markdown.tails import unfinished_from

_PIPE = re.compile(r"(?<!\\)\|")
_SPACE = re.compile(r"\s+")
_CODE_INDENT = 4


@dataclass(frozen=True, slots=True)
class Words:
    """A run of words in a passage, and what stands around both of its parts when it is parted.

    ``lead`` is the passage before them; ``prefixes`` belong before each further line of theirs;
    ``closing`` ends a head, ``again`` begins a rest; ``after`` is the passage behind them. ``marker`` is
    a heading's. ``may_stay_whole`` says that a cut before all of them helps: cells stand before.
    """

    text: str
    lead: str
    again: str
    after: str
    prefixes: tuple[str, ...] = ()
    closing: str = ""
    marker: str = ""
    is_code: bool = False
    at_line_start: bool = False
    may_stay_whole: bool = False

    def breaks(self) -> Breaks:
        """Where they may be parted."""
        if self.is_code:
            return Breaks(Inline(self.text, (), (), ()), len(self.text))
        found = inline(self.text)
        return Breaks(found, len(self.text) if self.after else unfinished_from(found))


@dataclass(frozen=True, slots=True)
class WordSeam:
    """One place in a run of words."""

    words: Words
    at: Break

    def head(self) -> str:
        """What stands before it, with the constructs closed."""
        words = self.words
        text = _with_prefixes(words.text[: self.at.end], words.prefixes)
        return words.lead + text + self.at.closers + words.closing

    def rest(self) -> str:
        """What stands after it, with the constructs opened anew."""
        words = self.words
        passed = words.text[: self.at.resume].count("\n")
        text = _with_prefixes(self._remaining(), words.prefixes[passed:])
        return words.again + text + words.after

    def is_faithful(self) -> bool:
        """Whether the words, drawn in two, read as they did in one."""
        if self.words.is_code:
            return True
        opens_blocks = self.words.marker or self.words.at_line_start
        read = plain_text if opens_blocks else inline_text
        parts = (self.words.text[: self.at.end] + self.at.closers, self._remaining(), self.words.text)
        head, rest, whole = (read(self.words.marker + part) for part in parts)
        return _squeezed(head + rest) == _squeezed(whole)

    def _remaining(self) -> str:
        text = self.at.openers + self.words.text[self.at.resume :]
        return literal(text) if self.words.at_line_start else text


def words_at(passage: Passage, leaf: Leaf, line: int) -> tuple[Words, ...]:
    """The runs of words that may be parted in ``leaf`` at ``line`` or after, the later the better."""
    match leaf.kind:
        case "paragraph" | "heading":
            return (_paragraph(passage, leaf),)
        case "fence":
            number = max(line, leaf.first + 1)
            return (_code(passage, leaf, number),) if number < last_code_line(passage, leaf) else ()
        case "code_block":
            return (_code(passage, leaf, line),)
        case "table":
            number = max(line, leaf.first + 2)
            return _cells(passage, leaf, number) if number < leaf.past else ()
    return ()


def _paragraph(passage: Passage, leaf: Leaf) -> Words:
    lines, chain = passage.lines, leaf.chain
    texts = [content(lines, number, chain) for number in range(leaf.first, leaf.past)]
    marker = heading_marker(texts[0]) if leaf.kind == "heading" else ""
    indent = len(texts[0]) - len(texts[0].lstrip()) if not marker else len(marker)
    texts[0] = texts[0][indent:]
    prefixes = tuple(
        source_prefix(lines, leaf.first + index, text, chain) for index, text in enumerate(texts)
    )
    return Words(
        text="\n".join(texts),
        lead="".join(f"{line}\n" for line in lines[: leaf.first]) + prefixes[0],
        again=opening(chain) + marker,
        after=_lines_from(passage, leaf.past),
        prefixes=prefixes[1:],
        marker=marker,
        at_line_start=not marker,
    )


def _code(passage: Passage, leaf: Leaf, number: int) -> Words:
    lines, chain = passage.lines, leaf.chain
    text = content(lines, number, chain)
    before = "".join(f"{line}\n" for line in lines[:number])
    if leaf.kind == "fence":
        again = "\n".join((*repeated(passage, leaf), continuation(chain)))
        closing = f"\n{closing_fence(leaf)}"
    else:
        again, closing = opening(chain) + " " * _CODE_INDENT, ""
    return Words(
        text=text,
        lead=before + source_prefix(lines, number, text, chain),
        again=again,
        after=_lines_from(passage, number + 1),
        closing=closing,
        is_code=True,
    )


def _cells(passage: Passage, leaf: Leaf, number: int) -> tuple[Words, ...]:
    """The cells of a row. The row goes on below a repeated header, its finished cells left empty."""
    chain = leaf.chain
    row = content(passage.lines, number, chain)
    before = "".join(f"{line}\n" for line in passage.lines[:number])
    before += source_prefix(passage.lines, number, row, chain)
    again = "\n".join((*repeated(passage, leaf), continuation(chain)))
    after = _lines_from(passage, number + 1)
    bounds = [found.start() for found in _PIPE.finditer(row)]
    starts = (
        [bound + 1 for bound in bounds] if row.lstrip().startswith("|") else [0, *(b + 1 for b in bounds)]
    )
    ends = [*(start - 1 for start in starts[1:]), len(row)]
    return tuple(
        Words(
            text=row[start:end],
            lead=before + row[:start],
            again=again + "| " * (cell + 1),
            after=row[end:] + after,
            may_stay_whole=bool(row[:start].strip("| ")),
        )
        for cell, (start, end) in enumerate(zip(starts, ends, strict=True))
    )


def _lines_from(passage: Passage, number: int) -> str:
    return "".join(f"\n{line}" for line in passage.lines[number:])


def _with_prefixes(text: str, prefixes: tuple[str, ...]) -> str:
    first, *others = text.split("\n")
    return "\n".join((first, *(before + line for before, line in zip(prefixes, others, strict=False))))


def _squeezed(text: str) -> str:
    return _SPACE.sub("", text)
