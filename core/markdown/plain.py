"""Markdown as one line of plain text, for a notification, a title or a log."""

import re

from markdown_it.tree import SyntaxTreeNode

from core.markdown.clusters import is_boundary
from core.markdown.tree import PARSER, parse

_ELLIPSIS = "\u2026"
_SPACE = re.compile(r"\s+")
_TEXT_TYPES = frozenset({"text", "code_inline", "fence", "code_block"})
_BREAK_TYPES = frozenset({"softbreak", "hardbreak"})
_PARSED_PER_SHOWN = 8


def plain_text(markdown: str, limit: int | None = None) -> str:
    """The words of ``markdown`` on one line, without markup.

    With ``limit`` (characters, at least 1) it is cut after a word and ends in an ellipsis.
    """
    if limit is not None:
        markdown = markdown[: _PARSED_PER_SHOWN * limit + 1000]
    words = _SPACE.sub(" ", node_text(parse(markdown))).strip()
    return words if limit is None else shortened(words, limit)


def inline_text(words: str) -> str:
    """The words of inline Markdown, such as a cell's, where nothing opens a block."""
    return node_text(SyntaxTreeNode(PARSER.parseInline(words)))


def node_text(node: SyntaxTreeNode) -> str:
    """The words of a part of the tree, blocks and cells parted by a space."""
    if node.type in _TEXT_TYPES:
        return node.content
    if node.type in _BREAK_TYPES:
        return " "
    between = " " if node.is_root or (node.block and node.type != "inline") else ""
    return between.join(node_text(child) for child in node.children)


def shortened(words: str, limit: int) -> str:
    """At most ``limit`` characters of ``words``, cut after a word where one ends in the latter half."""
    if len(words) <= limit:
        return words
    room = limit - len(_ELLIPSIS)
    space = words.rfind(" ", room // 2, room + 1)
    end = space if space > 0 else room
    while end > 0 and not is_boundary(words, end):
        end -= 1
    return words[:end].rstrip() + _ELLIPSIS
