"""Markdown parsed once, in one dialect, for everybody who cuts or draws it."""

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

PARSER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def parse(markdown: str) -> SyntaxTreeNode:
    """Read CommonMark with tables and strikethrough; raw HTML is text.

    The root's children are the top-level blocks; ``node.map`` is its (first, past the last) source line.
    """
    return SyntaxTreeNode(PARSER.parse(markdown))
