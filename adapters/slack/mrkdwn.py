"""Markdown drawn as mrkdwn, Slack's older dialect: for ephemeral texts and refused blocks.

https://docs.slack.dev/messaging/formatting-message-text
"""

from collections.abc import Callable

from markdown_it.tree import SyntaxTreeNode

from core.markdown.plain import node_text
from core.markdown.tree import parse

_ZERO_WIDTH = "\u200b"
# Taken out of names: what would be drawn as something else there.
MARKS = str.maketrans("", "", "*_~`[]<>|\\")
_LINKABLE = ("http://", "https://", "mailto:")


def mrkdwn(markdown: str) -> str:
    """The text as mrkdwn; nothing in it can mention anybody."""
    return _blocks(parse(markdown), "\n\n")


def escaped(text: str) -> str:
    """Plain text for Slack: only these three characters have a meaning."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(node: SyntaxTreeNode, gap: str) -> str:
    return gap.join(filter(None, (_block(child) for child in node.children)))


def _block(node: SyntaxTreeNode) -> str:
    draw = _BLOCKS.get(node.type)
    return draw(node) if draw is not None else _blocks(node, "\n")


def _paragraph(node: SyntaxTreeNode) -> str:
    return "".join(_inline(child) for child in node.children)


def _heading(node: SyntaxTreeNode) -> str:
    text = escaped("".join(node_text(child) for child in node.children)).strip()
    return f"*{text}*" if text else ""


def _list(node: SyntaxTreeNode) -> str:
    start = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    drawn = []
    for offset, item in enumerate(node.children):
        bullet = "• " if start is None else f"{start + offset}. "
        body = _blocks(item, "\n").split("\n")
        drawn.append(bullet + ("\n" + " " * 4).join(body))
    return "\n".join(drawn)


def _quote(node: SyntaxTreeNode) -> str:
    return "\n".join(f"> {line}" for line in _blocks(node, "\n").split("\n"))


def _fence(node: SyntaxTreeNode) -> str:
    return _fenced(node.content)


def _fenced(content: str) -> str:
    code = escaped(content.strip("\n")).replace("```", f"``{_ZERO_WIDTH}`")
    return f"```\n{code}\n```"


def _table(node: SyntaxTreeNode) -> str:
    return _fenced(_aligned(node))


def _aligned(node: SyntaxTreeNode) -> str:
    rows = [[node_text(cell) for cell in row.children] for row in node.walk() if row.type == "tr"]
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    drawn = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in drawn)


def _rule(_node: SyntaxTreeNode) -> str:
    return "———"


def _inline(node: SyntaxTreeNode) -> str:
    if node.type == "inline":
        return "".join(_inline(child) for child in node.children)
    if node.type in {"softbreak", "hardbreak"}:
        return "\n"
    if node.type == "code_inline":
        return f"`{escaped(node.content.replace('`', _ZERO_WIDTH))}`"
    if node.type in {"link", "image"}:
        return _link(node)
    mark = _MARKS.get(node.type)
    if mark is None:
        return escaped(node.content)
    inner = "".join(_inline(child) for child in node.children)
    return f"{mark}{inner}{mark}" if inner.strip() else inner


def _link(node: SyntaxTreeNode) -> str:
    url = str(node.attrs.get("href" if node.type == "link" else "src", ""))
    label = node.content if node.type == "image" else "".join(_inline(child) for child in node.children)
    if node.type == "image":
        label = escaped(label)
    if not url.startswith(_LINKABLE):
        return label
    address = escaped(url).replace("|", "%7C")
    label = label.replace("\n", " ").replace("|", "¦")
    nested = "<" in label
    return f"<{address}>" if nested or not label or label == escaped(url) else f"<{address}|{label}>"


_MARKS = {"strong": "*", "em": "_", "s": "~"}
_BLOCKS: dict[str, Callable[[SyntaxTreeNode], str]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "bullet_list": _list,
    "ordered_list": _list,
    "blockquote": _quote,
    "fence": _fence,
    "code_block": _fence,
    "table": _table,
    "hr": _rule,
}
