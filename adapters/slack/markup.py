"""Markdown drawn for Slack: for a ``markdown`` block, as mrkdwn, and as a notification's line."""

import re
from collections.abc import Iterator

from markdown_it.tree import SyntaxTreeNode

from adapters.slack.mrkdwn import escaped, mrkdwn
from core.markdown.plain import plain_text
from core.markdown.tree import parse

# A wall of text beyond this is folded by Slack behind "See more", and heavy to edit while it grows.
MAX_MESSAGE = 3_800
# Nothing in a text shrinks this much when it is drawn, and parsing a book takes seconds.
_SURELY_OVER = 10 * MAX_MESSAGE
# Slack refuses over 50 blocks after it has expanded a markdown block; its own count may differ a little.
MAX_EXPANSION = 45
MAX_TABLE_ROWS = 100
MAX_NOTIFICATION = 3_000
# chat.update refuses a longer ``text``.
MAX_TEXT = 4_000

_NEWLINE = re.compile(r"\r\n?")
_PIECE = re.compile(r"\\[\s\S]|`+|!\[|<")
_AUTOLINK = re.compile(r"<(?:https?://|mailto:)[^\s<>`|]*>")
_MENTION = re.compile(r"<(?=[!@#])")
# What Slack or an HTML reader could take for a mention or a tag.
_TAG_START = re.compile(r"<(?=[!@#/?\\A-Za-z])")
_CELL_END = re.compile(r"(?<!\\)\|")
_LINKED_IMAGE = re.compile(r"\[!\[([^\[\]\\`]*)\]\([^()\s`]*\)\]")
_BROKEN_ESCAPE = re.compile(r"&[a-z]{0,3}\Z")
_CODE = frozenset({"fence", "code_block"})
_SPLITTING = _CODE | {"blockquote", "table"}


def render(markdown: str) -> str:
    """The text of a ``markdown`` block: the same Markdown, made harmless.

    Mentions (``<!channel>``, ``<@U1>`` and their kin) become text, images become links, tags are
    shown as written; code stays as it is.
    """
    source = _NEWLINE.sub("\n", markdown)
    return _rendered(parse(source), source)


def _rendered(root: SyntaxTreeNode, source: str) -> str:
    drawn = "\n".join(_regions(root, source.split("\n")))
    return _MENTION.sub("<\u2060", drawn) if _armed(drawn) else drawn


def _regions(root: SyntaxTreeNode, lines: list[str]) -> Iterator[str]:
    """The source region by region: a region is drawn as one because code spans cross its lines."""
    starts = {first: (node, last) for node, first, last in _blocks(root)}
    line = 0
    while line < len(lines):
        node, end = starts.get(line, (None, line + 1))
        region = "\n".join(lines[line:end])
        if node is None or node.type == "inline":
            yield _disarm(region)
        elif node.type == "fence":
            opening, newline, rest = region.partition("\n")
            yield _disarm(opening) + newline + rest
        elif node.type == "code_block":
            yield _MENTION.sub("&lt;", region)
        else:
            yield "|".join(_disarm(cell) for cell in _CELL_END.split(region))
        line = end


def _blocks(root: SyntaxTreeNode) -> Iterator[tuple[SyntaxTreeNode, int, int]]:
    """Code, table rows and pieces of text with their (first, past the last) line."""
    for node in root.walk():
        in_table = node.type == "inline" and node.parent is not None and node.parent.type in {"th", "td"}
        if node.type in _CODE | {"tr", "inline"} and not in_table and node.map is not None:
            yield node, *node.map


def _disarm(text: str) -> str:
    text = _LINKED_IMAGE.sub(r"[\1]", text)
    out: list[str] = []
    at = 0
    while (piece := _PIECE.search(text, at)) is not None:
        out.append(text[at : piece.start()])
        end = _end_of_verbatim(text, piece)
        out.append(text[piece.start() : end] if end else _harmless(text, piece))
        at = end or piece.end()
    return "".join(out) + text[at:]


def _end_of_verbatim(text: str, piece: re.Match[str]) -> int:
    """Where a code span or an autolink that begins here ends; 0 when none begins."""
    if piece[0][0] == "`":
        closing = re.compile(rf"(?<!`){piece[0]}(?!`)").search(text, piece.end())
        return closing.end() if closing else 0
    link = _AUTOLINK.match(text, piece.start()) if piece[0] == "<" else None
    return link.end() if link else 0


def _harmless(text: str, piece: re.Match[str]) -> str:
    if piece[0] == "![":
        return "["
    if piece[0] == "\\<" or (piece[0] == "<" and _TAG_START.match(text, piece.start())):
        return "&lt;"
    return piece[0]


def _armed(drawn: str) -> bool:
    """Whether a reader of Markdown still finds a mention outside of code."""
    found = len(_MENTION.findall(drawn))
    if not found:
        return False
    code = "\n".join(node.content for node in parse(drawn).walk() if node.type in _CODE | {"code_inline"})
    return found > len(_MENTION.findall(code))


def notification(markdown: str) -> str:
    """What a notification and a screen reader say: plain, escaped, at most 3,000 characters."""
    plain = escaped(plain_text(markdown, MAX_NOTIFICATION))
    if len(plain) <= MAX_NOTIFICATION:
        return plain
    cut = plain[: MAX_NOTIFICATION - 1]
    return _BROKEN_ESCAPE.sub("", cut) + "…"


def fallback(markdown: str) -> str | None:
    """Mrkdwn for a message whose blocks were refused; ``None`` when that would have to be cut."""
    text = mrkdwn(markdown)
    return text if len(text) <= MAX_TEXT else None


def _expansion(root: SyntaxTreeNode) -> int:
    """How many blocks Slack makes of a markdown block: one each, code and quotes in lists two more."""
    nested = sum(
        node.type in _SPLITTING and node.parent is not None and node.parent.type != "root"
        for node in root.walk()
    )
    return len(root.children) + 2 * nested


def weight(markdown: str) -> int:
    """The size of a text in characters as Slack's limits count: blocks and tables weigh in."""
    if len(markdown) > _SURELY_OVER:
        return len(markdown)
    source = _NEWLINE.sub("\n", markdown)
    root = parse(source)
    tables = [node for node in root.walk() if node.type == "table"]
    rows = max((sum(node.type == "tr" for node in table.walk()) for table in tables), default=0)
    if len(tables) > 1 or rows > MAX_TABLE_ROWS:
        return MAX_MESSAGE + max(1, len(markdown))
    by_blocks = _expansion(root) * MAX_MESSAGE // MAX_EXPANSION
    return max(len(_rendered(root, source)), by_blocks)
