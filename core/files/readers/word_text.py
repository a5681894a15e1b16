"""The blocks of a Word document as Markdown: paragraphs, lists, tables, and what stands in their lines.

Tracked changes are read as accepted: what was inserted is there, what was deleted is not; both are noted.
Hidden text is left out, as it is on paper.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from core.files.readers.office import Relation
from core.files.readers.office_graphics import Graphics
from core.files.readers.office_math import formula
from core.files.readers.office_symbols import readable, sign
from core.files.readers.office_xml import attribute, child, each, is_on, kind_of, table_rows, value
from core.files.readers.word_fields import form_field
from core.files.readers.word_styles import Lists, Style, numbering_of, outline_level
from core.files.text import clean

_MAX_NESTING = 20
_MAX_CHANGES, _MAX_CHANGE = 500, 500
_TRANSPARENT = frozenset(
    {"r", "moveTo", "smartTag", "sdt", "sdtContent", "customXml", "fldSimple", "dir", "bdo", "rubyBase", "rt"}
)
_BLOCK_HOLDERS = frozenset({"sdt", "sdtContent", "customXml", "ins", "moveTo", "AlternateContent", "Choice"})
_SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}
_HEX = re.compile(r"[0-9A-Fa-f]{1,4}")
_NO_STYLE = Style(0, None)


@dataclass(slots=True)
class Writer:
    """Turns elements into text. ``cited`` are the notes and comments met since it was last emptied.

    ``changes`` are sentences on what was inserted and deleted without being accepted yet.
    """

    styles: Mapping[str, Style]
    lists: Lists
    graphics: Graphics
    relations: Mapping[str, Relation]
    cited: list[tuple[str, str]] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    pictures: int = 0
    _nesting: int = 0

    def blocks(self, holder: Iterable[etree._Element]) -> Iterator[tuple[int, str]]:
        """Each paragraph and table: the level of a heading or 0, and its Markdown."""
        for element in holder:
            kind = kind_of(element)
            if kind == "p":
                yield self.paragraph(element)
            elif kind == "tbl":
                yield 0, self.table(element)
            elif kind in _BLOCK_HOLDERS:
                yield from self.blocks(element)

    def plain(self, holder: Iterable[etree._Element]) -> str:
        """All blocks, one under the other."""
        if self._nesting >= _MAX_NESTING:
            return ""
        self._nesting += 1
        try:
            return "\n".join(text for _, text in self.blocks(holder) if text)
        finally:
            self._nesting -= 1

    def paragraph(self, element: etree._Element) -> tuple[int, str]:
        """The level of a heading or 0, and the text with the mark of its list."""
        properties = child(element, "pPr")
        style = self.styles.get(value(properties, "pStyle"), _NO_STYLE)
        text = clean(self.line(element)).strip()
        level = outline_level(properties) or style.level
        numbering = numbering_of(properties) or style.numbering
        if not text:
            return 0, ""
        mark, depth = (self.lists.mark(*numbering), numbering[1]) if numbering else ("", 0)
        if level:
            return level, f"{'#' * min(level, 6)} {f'{mark} '.lstrip()}{' '.join(text.split())}"
        indent = "  " * depth if mark else ""
        return 0, f"{indent}{f'{mark} '.lstrip()}{text}"

    def table(self, element: etree._Element) -> str:
        """A Markdown table; what spans several columns leaves them empty."""
        return table_rows([list(self._cells(row)) for row in _rows(element)])

    def line(self, element: etree._Element) -> str:
        """The text in the elements of a paragraph."""
        return "".join(self._piece(inner) for inner in element)

    def _cells(self, row: etree._Element) -> Iterator[str]:
        for cell in _inside(row, "tc"):
            properties = child(cell, "tcPr")
            merged = child(properties, "vMerge")
            is_continued = merged is not None and attribute(merged, "val", "continue") == "continue"
            yield "" if is_continued else self.plain(cell)
            span = value(properties, "gridSpan", default="1")
            yield from [""] * (min(int(span), 64) - 1 if span.isdecimal() else 0)

    def _piece(self, element: etree._Element) -> str:
        kind = kind_of(element)
        if kind == "t":
            return readable(element.text or "", lambda: _font(element))
        if kind in _TRANSPARENT:
            return "" if is_on(element, "rPr", "vanish") else self.line(element)
        if kind in _SIGNS:
            return _SIGNS[kind]
        write = _WRITERS.get(kind)
        return write(self, element) if write else ""

    def link(self, element: etree._Element) -> str:
        """A link's text with its address, as Markdown."""
        text = self.line(element)
        target = self.relations.get(attribute(element, "id"))
        if not target or not target.is_external or not text.strip():
            return text
        return text if text == target.target else f"[{text}]({clean(target.target)})"

    def reading(self, element: etree._Element) -> str:
        """Words with how they are read behind them: ``東京(とうきょう)``."""
        base, said = child(element, "rubyBase"), child(element, "rt")
        words = "" if base is None else self.line(base)
        return f"{words}({self.line(said)})" if said is not None and len(said) else words

    def note(self, element: etree._Element) -> str:
        """The mark of a footnote, endnote or comment."""
        kind = kind_of(element).removesuffix("Reference")
        number = attribute(element, "id")
        self.cited.append((kind, number))
        return f" [{kind} {number}]"

    def inserted(self, element: etree._Element) -> str:
        """Text that was added."""
        text = self.line(element)
        self._note_change(element, "added", text)
        return text

    def deleted(self, element: etree._Element) -> str:
        """Nothing: what was deleted is noted."""
        text = "".join(piece.text or "" for piece in each(element, "delText"))
        self._note_change(element, "deleted", text)
        return ""

    def _note_change(self, element: etree._Element, what: str, text: str) -> None:
        words = " ".join(clean(text).split())
        if words and len(self.changes) < _MAX_CHANGES:
            author = " ".join(clean(attribute(element, "author")).split()) or "Somebody"
            self.changes.append(f"- {author} {what}: {words[:_MAX_CHANGE]}")

    def drawing(self, element: etree._Element) -> str:
        """A picture's description, the text in boxes and shapes, and what charts and diagrams say."""
        boxes = [self.plain(box) for box in each(element, "txbxContent") if not _is_fallback(box, element)]
        told = ""
        if next(each(element, "blip", "imagedata"), None) is not None:
            self.pictures += 1
            about = next(each(element, "docPr"), None)
            told = attribute(about, "descr") or attribute(about, "title")
        shown = [f"[picture: {' '.join(told.split())}]"] if told else []
        drawn = self.graphics.texts(element)
        return "".join(f"\n{text}\n" for text in (*shown, *boxes, *drawn) if text)

    def alternative(self, element: etree._Element) -> str:
        """The first of several ways to say the same."""
        return self.line(element[0]) if len(element) else ""


def _rows(table: etree._Element) -> Iterator[etree._Element]:
    for row in _inside(table, "tr"):
        if child(row, "trPr", "del") is None:
            yield row


def _inside(holder: etree._Element, name: str) -> Iterator[etree._Element]:
    """Children of this name, also inside of content controls."""
    for element in holder:
        kind = kind_of(element)
        if kind == name:
            yield element
        elif kind in _BLOCK_HOLDERS:
            yield from _inside(element, name)


def _is_fallback(box: etree._Element, drawing: etree._Element) -> bool:
    """Whether the box is an old copy of another, or stands in another and is read with it."""
    for above in box.iterancestors():
        if above is drawing:
            return False
        if kind_of(above) in {"Fallback", "txbxContent"}:
            return True
    return False


def _font(text: etree._Element) -> str:
    return attribute(child(text.getparent(), "rPr", "rFonts"), "ascii")


def _sign(_writer: Writer, element: etree._Element) -> str:
    code = attribute(element, "char")
    return sign(attribute(element, "font"), int(code, 16)) if _HEX.fullmatch(code) else ""


def _field(_writer: Writer, element: etree._Element) -> str:
    return clean(form_field(element))


def _formula(_writer: Writer, element: etree._Element) -> str:
    return f" {formula(element)} "


_WRITERS: dict[str, Callable[[Writer, etree._Element], str]] = {
    "hyperlink": Writer.link,
    "ins": Writer.inserted,
    "del": Writer.deleted,
    "footnoteReference": Writer.note,
    "endnoteReference": Writer.note,
    "commentReference": Writer.note,
    "drawing": Writer.drawing,
    "pict": Writer.drawing,
    "object": Writer.drawing,
    "AlternateContent": Writer.alternative,
    "sym": _sign,
    "fldChar": _field,
    "ruby": Writer.reading,
    "oMath": _formula,
    "oMathPara": _formula,
}
