"""Markdown drawn as HTML that cannot do anything but be read.

The Markdown is parsed with raw HTML off. The drawing works on the flat token stream, so no depth of
nesting can exhaust the stack; every text and attribute is escaped; a token that is not in a table
here draws nothing but its escaped text.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape

from markdown_it.token import Token

from core.markdown.tree import PARSER

_TAGS = {
    "paragraph": "p",
    "blockquote": "blockquote",
    "bullet_list": "ul",
    "list_item": "li",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
    "em": "em",
    "strong": "strong",
    "s": "s",
}
_BREAKS = {"softbreak": "\n", "hardbreak": "<br>"}
# The page's own headings stand above those of an answer.
_HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5"}
_ALIGNMENTS = {"text-align:left": "left", "text-align:center": "center", "text-align:right": "right"}
_SCHEME = re.compile(r"(https?|mailto):", re.IGNORECASE)
_BARE_LINK = re.compile(r"https?://[^\s<>\"'`]+", re.IGNORECASE)
_LABEL_LENGTH = 24


def draw(markdown: str) -> tuple[str, ...]:
    """The HTML of each top-level block, in order: what has not changed is the same string again."""
    blocks: list[str] = []
    open_block: list[str] = []
    for token in PARSER.parse(markdown):
        open_block.append(_block(token))
        if token.level == 0 and token.nesting <= 0:
            blocks.append("".join(open_block))
            open_block = []
    return tuple(blocks)


# For texts that do not change any more; a growing one would only push them out.
draw_finished = lru_cache(maxsize=128)(draw)


def _block(token: Token) -> str:
    kind = token.type.removesuffix("_open").removesuffix("_close")
    if token.type == "inline":
        return "".join(_inlines(token.children or []))
    if kind in {"fence", "code_block"}:
        return _code(token)
    if kind == "hr":
        return "<hr>"
    if token.hidden:
        return ""
    if token.nesting == 0:
        return escape(token.content)
    return _closing(token, kind) if token.nesting < 0 else _opening(token, kind)


def _opening(token: Token, kind: str) -> str:
    if kind == "heading":
        return f"<{_HEADINGS.get(token.tag, 'h6')}>"
    if kind == "ordered_list":
        start = token.attrs.get("start", 1)
        return f'<ol start="{start}">' if isinstance(start, int) and start != 1 else "<ol>"
    if kind == "table":
        return '<div class="table" role="region" aria-label="Table" tabindex="0"><table>'
    if kind in {"th", "td"}:
        side = _ALIGNMENTS.get(str(token.attrs.get("style", "")))
        return f'<{kind} class="{side}">' if side else f"<{kind}>"
    return f"<{_TAGS[kind]}>" if kind in _TAGS else ""


def _closing(token: Token, kind: str) -> str:
    if kind == "heading":
        return f"</{_HEADINGS.get(token.tag, 'h6')}>"
    if kind == "ordered_list":
        return "</ol>"
    if kind == "table":
        return "</table></div>"
    if kind in {"th", "td"}:
        return f"</{kind}>"
    return f"</{_TAGS[kind]}>" if kind in _TAGS else ""


def _code(token: Token) -> str:
    label = escape((token.info.split() or ["text"])[0][:_LABEL_LENGTH])
    head = (
        f'<div class="code-head"><span>{label}</span><button type="button" class="copy">Copy</button></div>'
    )
    body = f'<pre tabindex="0"><code>{escape(token.content)}</code></pre>'
    return f'<div class="code">{head}{body}</div>'


def _inlines(tokens: list[Token]) -> Iterator[str]:
    # One entry for each link that is open, in order: whether an <a> was written for it.
    links: list[bool] = []
    for token in tokens:
        if token.type == "link_open":
            opening = _anchor(str(token.attrs.get("href", "")))
            links.append(bool(opening))
            yield opening
        elif token.type == "link_close":
            yield "</a>" if links.pop() else ""
        else:
            yield _inline(token, linked=any(links))


def _inline(token: Token, *, linked: bool) -> str:
    kind = token.type.removesuffix("_open").removesuffix("_close")
    if kind == "text":
        return escape(token.content) if linked else _with_links(token.content)
    if kind == "image":
        return _picture(token, linked=linked)
    if kind == "code_inline":
        return f"<code>{escape(token.content)}</code>"
    if kind in _BREAKS:
        return _BREAKS[kind]
    if token.nesting == 0 or kind not in _TAGS:
        return escape(token.content)
    return f"</{_TAGS[kind]}>" if token.nesting < 0 else f"<{_TAGS[kind]}>"


def _anchor(href: str) -> str:
    """The opening of a link to the web or a mail address; empty for all else."""
    if not _SCHEME.match(href):
        return ""
    return f'<a href="{escape(href)}" target="_blank" rel="noopener noreferrer nofollow">'


def _picture(token: Token, *, linked: bool) -> str:
    """A picture by its description: loading it would tell its server who reads this, and what."""
    name = escape("".join(_plain(child) for child in token.children or []).strip() or "picture")
    opening = "" if linked else _anchor(str(token.attrs.get("src", "")))
    return f"{opening}{name}</a>" if opening else name


def _plain(token: Token) -> str:
    if token.type == "image":
        return "".join(_plain(child) for child in token.children or [])
    return " " if token.type in {"softbreak", "hardbreak"} else token.content


def _with_links(text: str) -> str:
    """Escape a text, with the web addresses in it made links."""
    pieces: list[str] = []
    end = 0
    for found in _BARE_LINK.finditer(text):
        link = _without_tail(found.group())
        pieces += [escape(text[end : found.start()]), _anchor(link), escape(link), "</a>"]
        end = found.start() + len(link)
    pieces.append(escape(text[end:]))
    return "".join(pieces)


def _without_tail(link: str) -> str:
    """A bare link without the punctuation of the sentence around it."""
    link = link.rstrip(".,;:!?*_~")
    while link.endswith(")") and link.count(")") > link.count("("):
        link = link[:-1].rstrip(".,;:!?*_~")
    return link
