"""Markdown parsed once, in one dialect, for everybody who cuts or draws it."""

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

# markdown-it draws nothing of what is nested deeper; nobody writes that, and recursion stays bounded.
MAX_NESTING = 100


def dialect() -> MarkdownIt:
    """A new parser of the dialect.

    Link reference definitions are text: an answer that is cut into messages would otherwise hide the
    address in one message and leave a dangling label in another.
    """
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_NESTING})
    return parser.enable(["table", "strikethrough"]).disable("reference")


PARSER = dialect()


def parse(markdown: str) -> SyntaxTreeNode:
    """Read CommonMark with tables and strikethrough; raw HTML is text.

    The root's children are the top-level blocks; ``node.map`` is its (first, past the last) source line.
    """
    return SyntaxTreeNode(PARSER.parse(markdown))
