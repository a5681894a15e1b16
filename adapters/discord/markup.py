"""Markdown as Discord draws it: no tables, no small headings, no pictures, fences at the margin.

Text that Discord draws as it stands is passed on unchanged, source line by source line.
https://support.discord.com/hc/en-us/articles/210298617-Markdown-Text-101
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from markdown_it.tree import SyntaxTreeNode

from core.markdown.spans import Hold, Span, inline
from core.markdown.tables import aligned, table_rows
from core.markdown.tree import parse

FORMATTING = (
    "Discord's Markdown: **bold**, *italic*, ~~struck~~, `code`, fenced code with a language, "
    "# to ### headings, > quotes, lists and [links](https://example.com). It draws no tables, "
    "no smaller headings, no LaTeX, no HTML and no images: use lists and plain text instead."
)

_FENCE = "```"
# What a code block shows in a narrow window before it wraps.
_TABLE_COLUMNS = 56
_RULE = "⎯" * 12
_ZERO_WIDTH = "\u200b"
_LARGEST_SMALL_HEADING = 4
_LANGUAGE = re.compile(r"[A-Za-z0-9_+\-.#]+$")
_EVERYBODY = re.compile(r"@(?=everyone|here)")
_WEB = re.compile(r"https?://\S+$")
# Where nothing in a paragraph needs a change; most of them.
_ORDINARY = re.compile(r"[^@!\[]*\Z")


@dataclass(frozen=True, slots=True)
class _Change:
    """New ``lines`` for the source lines ``first`` up to ``past``."""

    first: int
    past: int
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Edit:
    """New text for the characters ``start`` up to ``end``."""

    start: int
    end: int
    text: str


@lru_cache(maxsize=256)
def render(markdown: str) -> str:
    """Draw ``markdown`` in Discord's dialect. Mentions that ping many are disarmed outside of code."""
    source = re.sub(r"\r\n?", "\n", markdown).replace("\0", "\ufffd").split("\n")
    lines: list[str] = []
    done = 0
    for change in _changes(parse(markdown), source, margin=""):
        if change.first < done:
            continue
        lines += source[done : change.first]
        lines += change.lines
        done = change.past
    return "\n".join([*lines, *source[done:]])


def measure(markdown: str) -> int:
    """The length that Discord counts: code points of what is drawn."""
    return len(render(markdown))


def _changes(node: SyntaxTreeNode, source: list[str], margin: str) -> Iterator[_Change]:
    """The changes below ``node``, in the order of the source; ``margin`` is a quote's sign."""
    for child in node.children:
        if child.map is None:
            continue
        change = _change(child, source, child.map, margin)
        if change is not None:
            yield change
        elif child.type not in {"paragraph", "heading"}:
            yield from _changes(child, source, "> " if child.type == "blockquote" else margin)


def _change(node: SyntaxTreeNode, source: list[str], lines: tuple[int, int], margin: str) -> _Change | None:
    first, past = lines
    match node.type:
        case "fence":
            return _fence(node, source, lines, margin)
        case "code_block" | "table":
            text = node.content if node.type == "code_block" else aligned(table_rows(node), _TABLE_COLUMNS)
            return _Change(first, _filled(source, lines), _code("", text, margin))
        case "hr":
            return _Change(first, past, (margin + _RULE,))
        case "heading":
            return _heading(node, source, lines)
        case "paragraph":
            return _paragraph(node, source, lines)
    return None


def _filled(source: list[str], lines: tuple[int, int]) -> int:
    """A block's end without the empty lines that the parser counts to it."""
    first, past = lines
    while past > first + 1 and not source[past - 1].strip(" \t>"):
        past -= 1
    return past


def _fence(node: SyntaxTreeNode, source: list[str], lines: tuple[int, int], margin: str) -> _Change | None:
    """A fence that Discord knows: three backticks at the margin, one word of language, closed."""
    first, past = lines
    words = node.info.split()
    language = words[0] if words and _LANGUAGE.match(words[0]) else ""
    stands = not margin and source[first] == _FENCE + language and source[past - 1] == _FENCE
    if stands and past > first + 1 and _FENCE not in node.content:
        return None
    return _Change(first, past, _code(language, node.content, margin))


def _code(language: str, content: str, margin: str) -> tuple[str, ...]:
    """The lines of a code block. Three backticks inside would end it for Discord: they are parted."""
    safe = content.removesuffix("\n").replace(_FENCE, f"``{_ZERO_WIDTH}`")
    return tuple(margin + line for line in (_FENCE + language, *safe.split("\n"), _FENCE))


def _heading(node: SyntaxTreeNode, source: list[str], lines: tuple[int, int]) -> _Change | None:
    """``####`` and smaller become bold; an underlined heading gets its ``#``."""
    first, past = lines
    content = node.children[0].content if node.children else ""
    text = " ".join(_inline(content).split("\n"))
    level = int(node.tag[1:])
    if not node.markup.startswith("#"):
        return _Change(first, past, (f"{_margin(source[first], content)}{'#' * level} {text}",))
    if level < _LARGEST_SMALL_HEADING and text == content:
        return None
    before = source[first][: source[first].index("#")]
    drawn = f"{node.markup} {text}" if level < _LARGEST_SMALL_HEADING else _bold(text)
    return _Change(first, past, (before + drawn,))


def _bold(text: str) -> str:
    if not text or (text.startswith("**") and text.endswith("**")):
        return text
    return f"**{text}**"


def _paragraph(node: SyntaxTreeNode, source: list[str], lines: tuple[int, int]) -> _Change | None:
    first, past = lines
    content = node.children[0].content
    text = _inline(content)
    if text == content:
        return None
    margins = [
        _margin(line, part) for line, part in zip(source[first:past], content.split("\n"), strict=False)
    ]
    drawn = text.split("\n")
    margins += [margins[-1]] * (len(drawn) - len(margins))
    return _Change(first, past, tuple(map("".join, zip(margins, drawn, strict=False))))


def _margin(line: str, content: str) -> str:
    """What stands before a block's text in its source line: quote signs, list marks, spaces."""
    part = content.split("\n", 1)[0].rstrip()
    return line.rstrip().removesuffix(part)


def _inline(content: str) -> str:
    """Pictures as links, links to themselves as addresses, ``@everyone`` without its power."""
    if _ORDINARY.match(content):
        return content
    spans = inline(content).spans
    edits = [edit for span in spans if (edit := _link_edit(content, span)) is not None]
    kept = [*((span.start, span.end) for span in spans if _is_code_or_address(content, span))]
    kept += [(edit.start, edit.end) for edit in edits]
    edits += [
        _Edit(found.end(), found.end(), _ZERO_WIDTH)
        for found in _EVERYBODY.finditer(content)
        if not any(start <= found.start() < end for start, end in kept)
    ]
    return _edited(content, edits)


def _is_code_or_address(content: str, span: Span) -> bool:
    """Where ``@everyone`` pings nobody. A backslash before it, or ``<`` and ``>`` around it, do not help."""
    return content.startswith(("`", "http", "<http"), span.start)


def _link_edit(content: str, span: Span) -> _Edit | None:
    """What becomes of ``[label](address)`` and ``![alt](address)``, or ``None`` when it may stay."""
    whole = content[span.start : span.end]
    is_picture = whole.startswith("![")
    found = re.fullmatch(r"!?\[(?P<label>.*)\]\(\s*(?P<address>\S+?)(?:\s.*)?\)", whole, re.DOTALL)
    if found is None or span.hold is Hold.FREE:
        return None
    address = found["address"].removeprefix("<").removesuffix(">")
    label = _disarmed(found["label"].strip())
    if not is_picture and not _WEB.match(label) and label == found["label"].strip():
        return None
    return _Edit(span.start, span.end, _shown_link(label, address))


def _shown_link(label: str, address: str) -> str:
    """Discord draws a masked link only where the label is no address itself."""
    if not _WEB.match(address):
        return label or _disarmed(address)
    if not label or label == address or label.rstrip("/") == address.rstrip("/"):
        return address
    return f"{label} ({address})" if _WEB.match(label) else f"[{label}]({address})"


def _disarmed(text: str) -> str:
    return _EVERYBODY.sub("@" + _ZERO_WIDTH, text)


def _edited(content: str, edits: list[_Edit]) -> str:
    """Apply edits; of two that overlap, the one that begins first."""
    pieces: list[str] = []
    done = 0
    for edit in sorted(edits, key=lambda each: (each.start, -each.end)):
        if edit.start >= done:
            pieces += [content[done : edit.start], edit.text]
            done = edit.end
    return "".join([*pieces, content[done:]])
