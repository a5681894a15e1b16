"""The visible part of an HTML tree as Markdown. The walk keeps no stack of Python's: depth costs nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode

_UNSEEN = frozenset(
    (
        *("script", "style", "noscript", "template", "head", "svg", "iframe", "object", "embed", "canvas"),
        *("audio", "video", "map", "datalist", "input", "select", "dialog"),
    )
)
_HIDING = re.compile(r"display:none|visibility:hidden|opacity:0(?:\.0+)?(?![.\d])|font-size:0(?![.\d])")
_HEADINGS = {f"h{level}": f"{'#' * level} " for level in range(1, 7)}
_LISTS = frozenset(("ul", "ol", "menu"))
_CELLS = frozenset(("td", "th"))
_CODE = frozenset(("code", "kbd", "samp"))
_APART = frozenset((*_HEADINGS, "p", "table", "blockquote", "pre", "hr"))
"""Blocks with an empty line before and behind them."""

_BLOCKS = _APART | frozenset(
    (
        *("div", "section", "article", "main", "header", "footer", "nav", "aside", "address", "figure"),
        *("figcaption", "form", "fieldset", "legend", "details", "summary", "dl", "dt", "dd", "center"),
        *("html", "body", "thead", "tbody", "tfoot", "tr", "caption", "hgroup", "search", "li", *_LISTS),
    )
)
_BREAK = "\x0b"
"""A line break within a block, until the block is written."""

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_SPACE = re.compile(r"[ \t\n\r\f]+")
_MAX_ADDRESS = 500
_MAX_ALT = 300
_DEEPEST = 6


def markdown(root: LexborNode | None, most: int) -> tuple[str, bool]:
    """The text under ``root``, and whether it was cut at about ``most`` characters."""
    page = _Page()
    for node, is_end in _walk(root):
        if page.size > most:
            break
        if is_end:
            page.leave(node)
        else:
            page.enter(node)
    page.end_block()
    text = "\n".join(page.lines)
    return text[:most], page.size > most


def _walk(root: LexborNode | None) -> Iterator[tuple[LexborNode, bool]]:
    """Every seen node, at its beginning and at its end; what is not seen is passed by with all inside."""
    node = root
    depth = 0
    while node is not None:
        if _is_seen(node):
            yield node, False
            if node.child is not None:
                node = node.child
                depth += 1
                continue
            yield node, True
        while node.next is None:
            node = node.parent if depth else None
            if node is None:
                return
            depth -= 1
            yield node, True
        if not depth:
            return
        node = node.next


def _is_seen(node: LexborNode) -> bool:
    if node.is_text_node:
        return True
    if not node.is_element_node or node.tag in _UNSEEN:
        return False
    attributes = node.attributes
    if not attributes:
        return True
    style = _SPACE.sub("", attributes.get("style") or "").lower()
    return "hidden" not in attributes and not (style and _HIDING.search(style))


@dataclass(slots=True)
class _List:
    is_ordered: bool
    items: int = 0


@dataclass(slots=True)
class _Rows:
    """A table. One with a table in a cell lays out a page: its cells are blocks."""

    is_layout: bool = False
    is_in_cell: bool = False
    rows: int = 0
    cells: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Page:
    """Lines that are done, and the words of the one that is not."""

    lines: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    size: int = 0
    prefix: str = ""
    quotes: int = 0
    pre: int = 0
    lists: list[_List] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    tables: list[_Rows] = field(default_factory=list)

    def enter(self, node: LexborNode) -> None:
        """A node begins."""
        tag = node.tag or ""
        if node.is_text_node:
            text = node.text_content or ""
            self.words.append(text.replace(_BREAK, " ").replace("\xa0", " "))
            self.size += len(text)
        elif tag in _CELLS and self.tables:
            self.end_block()
            self.tables[-1].is_in_cell = True
        elif tag in _BLOCKS and not self._is_in_cell(tag):
            self._begin_block(tag)
        elif tag in _BLOCKS:
            self.words.append(" ")
        else:
            self._begin_inline(tag, node)

    def leave(self, node: LexborNode) -> None:
        """A node ends."""
        tag = node.tag or ""
        if tag in _CELLS and self.tables:
            self._end_cell(self.tables[-1])
        elif tag in _BLOCKS and not self._is_in_cell(tag):
            self._end_of(tag)
        elif tag in _BLOCKS:
            self.words.append(" ")
        elif tag == "a" and self.links:
            self._end_link()
        elif tag in _CODE and not self.pre:
            self.words.append("`")

    def end_block(self) -> None:
        """The line that is being written is done."""
        text = self._taken()
        if not text:
            return
        for line in text.split("\n"):
            self._write(self.prefix + line)
            self.prefix = "" if self.prefix.startswith("#") else " " * len(self.prefix)
        self.prefix = ""

    def _taken(self) -> str:
        """The words so far, as they are shown; a link that is still open ends here."""
        while self.links and self.words:
            self._end_link()
        text = "".join(self.words)
        self.words.clear()
        if self.pre:
            return text.strip("\n")
        return "\n".join(filter(None, (_SPACE.sub(" ", line).strip() for line in text.split(_BREAK))))

    def _write(self, line: str) -> None:
        self.lines.append("> " * min(self.quotes, _DEEPEST) + line)

    def _blank(self) -> None:
        if self.lines and self.lines[-1]:
            self.lines.append("")

    def _is_in_cell(self, tag: str) -> bool:
        """Whether the words are those of a cell of a table with data; a table in it begins anew."""
        return (
            bool(self.tables)
            and self.tables[-1].is_in_cell
            and not self.tables[-1].is_layout
            and tag != "table"
        )

    def _begin_block(self, tag: str) -> None:
        if tag == "table" and self.tables:
            self._lay_out(self.tables[-1])
        self.end_block()
        if tag in _APART or (tag in _LISTS and not self.lists):
            self._blank()
        if tag in _LISTS:
            self.lists.append(_List(tag == "ol"))
        elif tag == "table":
            self.tables.append(_Rows())
        elif tag == "li":
            self._begin_item()
        elif tag == "blockquote":
            self.quotes += 1
        elif tag == "pre":
            self._write("```")
            self.pre += 1
        elif tag == "hr":
            self._write("---")
        else:
            self.prefix = _HEADINGS.get(tag, self.prefix)

    def _end_of(self, tag: str) -> None:
        self.end_block()
        if tag in _LISTS and self.lists:
            self.lists.pop()
        elif tag == "blockquote":
            self.quotes -= 1
        elif tag == "table" and self.tables:
            self.tables.pop()
        elif tag == "tr" and self.tables:
            self._end_row(self.tables[-1])
        elif tag == "pre" and self.pre:
            self.pre -= 1
            self._write("```")
        if tag in _APART or (tag in _LISTS and not self.lists):
            self._blank()

    def _begin_item(self) -> None:
        around = self.lists[-1] if self.lists else _List(is_ordered=False)
        around.items += 1
        indent = "  " * min(max(len(self.lists) - 1, 0), _DEEPEST)
        self.prefix = f"{indent}{around.items}. " if around.is_ordered else f"{indent}- "

    def _begin_inline(self, tag: str, node: LexborNode) -> None:
        if tag == "br":
            self.words.append("\n" if self.pre else " " if self._is_in_cell(tag) else _BREAK)
        elif tag == "img":
            alt = _SPACE.sub(" ", node.attributes.get("alt") or "").strip()[:_MAX_ALT]
            self.words.append(f"[image: {alt}]" if alt else "")
        elif tag == "a":
            self.links.append((len(self.words), _address(node)))
        elif tag in _CODE and not self.pre:
            self.words.append("`")

    def _end_link(self) -> None:
        start, address = self.links.pop()
        text = _SPACE.sub(" ", "".join(self.words[start:]).replace(_BREAK, " ")).strip()
        if address and text and not self.pre:
            self.words[start:] = [text if text == address else f"[{text}]({address})"]

    def _end_cell(self, table: _Rows) -> None:
        if table.is_layout:
            self.end_block()
        else:
            table.cells.append(self._taken().replace("\n", " ").replace("|", "\\|"))
        table.is_in_cell = False

    def _end_row(self, table: _Rows) -> None:
        if len(table.cells) == 1 and table.cells[0]:
            self._write(table.cells[0])
        elif any(table.cells):
            self._write("| " + " | ".join(table.cells) + " |")
            table.rows += 1
            if table.rows == 1:
                self._write("|" + "---|" * len(table.cells))
        table.cells.clear()

    def _lay_out(self, table: _Rows) -> None:
        """What was taken for data so far becomes lines."""
        if not table.is_layout:
            table.is_layout = True
            for cell in filter(None, table.cells):
                self._write(cell)
            table.cells.clear()


def _address(node: LexborNode) -> str:
    """Where a link goes, if it goes to a page or to a person."""
    address = (node.attributes.get("href") or "").strip()
    if not address or address.startswith("#") or len(address) > _MAX_ADDRESS or _SPACE.search(address):
        return ""
    if _SCHEME.match(address) and not address.lower().startswith(("http://", "https://", "mailto:")):
        return ""
    return address.replace("(", "%28").replace(")", "%29")
