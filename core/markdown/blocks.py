"""The blocks of a text by source line, and the containers around each: what a cut has to reopen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from core.markdown.tree import dialect

_BLOCKS = dialect().disable(["inline", "text_join"])
_QUOTE = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r"( *)(?:[-+*]|(\d{1,9})([.)]))( {1,4}(?=[^ ])| (?= )| *$)")
_LEADING = re.compile(r"[\s>\d.)*+-]*")
_ATX = re.compile(r" {0,3}#{1,6}(?:[ \t]+|$)")
_LEAF_TYPES = frozenset({"paragraph_open", "heading_open", "fence", "code_block", "hr", "table_open"})


@dataclass(frozen=True, slots=True)
class Container:
    """A quote or a list item over the lines ``first`` up to ``past``.

    ``opener`` opens it anew (a list item with its true number); ``width`` is how many columns the
    further lines of a list item are indented, 0 for a quote.
    """

    first: int
    past: int
    opener: str
    width: int

    @property
    def continuation(self) -> str:
        """What stands before a further line of it."""
        return " " * self.width if self.width else "> "


Chain = tuple[Container, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A block that holds text: paragraph, heading, fence, code_block, hr or table.

    ``chain`` are the containers around it, the outermost first; ``top`` says that a top-level block
    begins with it; ``markup`` is the fence's or heading's marker.
    """

    kind: str
    first: int
    past: int
    chain: Chain
    top: bool
    markup: str


def opening(chain: Chain) -> str:
    """The text that opens all containers anew on one line."""
    return "".join(container.opener for container in chain)


def continuation(chain: Chain) -> str:
    """The text before a further line inside the containers."""
    return "".join(container.continuation for container in chain)


def content(lines: Sequence[str], number: int, chain: Chain) -> str:
    """Line ``number`` without what belongs to its containers."""
    line = lines[number]
    if not chain:
        return line
    line = _without_leading_tabs(line)
    for container in chain:
        line = _inside(line, container, begins=container.first == number)
    return line


def source_prefix(lines: Sequence[str], number: int, text: str, chain: Chain) -> str:
    """What stands before ``text``, the end of line ``number``; made anew where tabs hide it."""
    line = lines[number]
    return line[: len(line) - len(text)] if line.endswith(text) else continuation(chain)


def heading_marker(text: str) -> str:
    """The ``## `` before a heading's words, empty when it is underlined instead."""
    found = _ATX.match(text)
    return found.group() if found else ""


def leaves(lines: Sequence[str]) -> tuple[Leaf, ...]:
    """All leaves in their order. Nothing inside of them is parsed."""
    tokens = _BLOCKS.parse("\n".join(lines))
    found: list[Leaf] = []
    chain: list[Container] = []
    numbers: list[int] = []
    top = -1
    for token in tokens:
        if token.map and token.level == 0:
            top = token.map[0]
        if token.map and token.type in _LEAF_TYPES:
            found.append(_leaf(token, chain, top))
        else:
            _step(token, chain, numbers, lines)
    return tuple(found)


def _leaf(token: Token, chain: list[Container], top: int) -> Leaf:
    first, past = token.map or [0, 0]
    kind = token.type.removesuffix("_open")
    return Leaf(kind, first, past, tuple(chain), first == top, token.markup)


def _step(token: Token, chain: list[Container], numbers: list[int], lines: Sequence[str]) -> None:
    """Enter or leave a container or a list."""
    match token.type:
        case "ordered_list_open":
            start = token.attrGet("start")
            numbers.append(1 if start is None else int(start))
        case "bullet_list_open":
            numbers.append(0)
        case "ordered_list_close" | "bullet_list_close":
            numbers.pop()
        case "list_item_open":
            chain.append(_item(token, tuple(chain), numbers[-1], lines))
            numbers[-1] += 1
        case "blockquote_open":
            first, past = token.map or [0, 0]
            chain.append(Container(first, past, "> ", 0))
        case "list_item_close" | "blockquote_close":
            chain.pop()


def _item(token: Token, parents: Chain, number: int, lines: Sequence[str]) -> Container:
    first, past = token.map or [0, 0]
    line = content(lines, first, parents)
    found = _ITEM.match(line)
    if found is None:
        return Container(first, past, f"{token.markup} ", 2)
    indent, digits, mark, padding = found.groups()
    width = found.end() if found.end() < len(line) else found.end() - len(padding) + 1
    marker = f"{number}{mark} " if digits else f"{token.markup} "
    if len(marker) > width and past > first + 1:
        marker = f"{digits}{mark} "  # a longer number would shift the lines below it out of the item
    spare = max(width - len(marker), 0)
    opener = (" " * min(len(indent), spare) + marker).ljust(width)
    return Container(first, past, opener, width)


def _inside(line: str, container: Container, *, begins: bool) -> str:
    if not container.width:
        found = _QUOTE.match(line)
        return line[found.end() :] if found else line
    if begins:
        item = _ITEM.match(line)
        return line[item.end() :] if item else line
    indent = len(line) - len(line.lstrip(" "))
    return line[min(indent, container.width) :]


def _without_leading_tabs(line: str) -> str:
    found = _LEADING.match(line)
    end = found.end() if found else 0
    return line[:end].expandtabs(4) + line[end:]
