"""What the shapes of a slide say, as Markdown."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from core.files.readers.office import Relation
from core.files.readers.office_graphics import Graphics
from core.files.readers.office_math import formula
from core.files.readers.office_symbols import readable
from core.files.readers.office_xml import attribute, child, each, kind_of, table_rows
from core.files.readers.slides_lists import Numbers
from core.files.text import clean

_TITLES = frozenset({"title", "ctrTitle"})
_FURNITURE = frozenset({"sldNum", "dt", "ftr", "hdr", "sldImg"})
_BULLETED = frozenset({"", "body", "obj", "subTitle"})
_MAX_LEVEL = 8
_MAX_NESTING = 20


@dataclass(slots=True)
class SlideText:
    """Turns the shapes of one slide into text; ``title`` and ``pictures`` (how many) are met on the way.

    ``has_bullets`` says whether the lines of its bodies are points.
    """

    graphics: Graphics
    relations: Mapping[str, Relation]
    has_bullets: bool = True
    title: str = ""
    pictures: int = 0
    _nesting: int = 0

    def shapes(self, holder: Iterable[etree._Element]) -> str:
        """All of them, in their order, the title aside."""
        if self._nesting >= _MAX_NESTING:
            return ""
        self._nesting += 1
        told = [text for text in map(self._shape, holder) if text]
        self._nesting -= 1
        return "\n\n".join(told)

    def _shape(self, element: etree._Element) -> str:
        write = _WRITERS.get(kind_of(element))
        return write(self, element) if write else ""

    def box(self, element: etree._Element) -> str:
        """A shape with text. A slide's number, date and footer are left out."""
        place = child(element, "nvSpPr", "nvPr", "ph")
        role = attribute(place, "type") if place is not None else "free"
        if role in _FURNITURE:
            return ""
        body = child(element, "txBody")
        lines = (
            list(self._lines(body, bulleted=self.has_bullets and role in _BULLETED))
            if body is not None
            else []
        )
        if role in _TITLES and not self.title:
            self.title = " ".join(" ".join(lines).split())
            return ""
        return "\n".join(lines)

    def frame(self, element: etree._Element) -> str:
        """A table, a chart or a diagram."""
        table = next(each(element, "tbl"), None)
        if table is not None:
            return table_rows([[self._cell(cell) for cell in each(row, "tc")] for row in each(table, "tr")])
        return "\n\n".join(self.graphics.texts(element))

    def picture(self, element: etree._Element) -> str:
        """Its description, if it has one."""
        self.pictures += 1
        about = child(element, "nvPicPr", "cNvPr")
        told = clean(" ".join((attribute(about, "descr") or attribute(about, "title")).split()))
        return f"[picture: {told}]" if told else ""

    def alternative(self, element: etree._Element) -> str:
        """The first of several ways to show the same."""
        return self.shapes(element[0]) if len(element) else ""

    def _cell(self, cell: etree._Element) -> str:
        body = child(cell, "txBody")
        return "\n".join(self._lines(body, bulleted=False)) if body is not None else ""

    def _lines(self, body: etree._Element, *, bulleted: bool) -> Iterator[str]:
        numbers = Numbers()
        for paragraph in body:
            if kind_of(paragraph) != "p":
                continue
            properties = child(paragraph, "pPr")
            text = clean("".join(map(self._run, paragraph))).strip()
            if text:
                level = attribute(properties, "lvl", "0")
                depth = min(int(level), _MAX_LEVEL) if level.isdecimal() else 0
                marked = child(properties, "buNone") is None if bulleted else depth > 0
                mark = numbers.mark(properties, depth) or ("-" if marked else "")
                yield f"{'  ' * depth}{mark} {text}" if mark else text

    def _run(self, element: etree._Element) -> str:
        kind = kind_of(element)
        if kind == "br":
            return "\n"
        if kind in {"oMath", "oMathPara", "m"}:
            return f" {formula(element)} "
        if kind == "AlternateContent":
            return "".join(map(self._run, element[0])) if len(element) else ""
        inner = child(element, "t") if kind in {"r", "fld"} else None
        properties = child(element, "rPr")
        said = (inner.text or "") if inner is not None else ""
        text = readable(said, lambda: attribute(child(properties, "sym"), "typeface"))
        target = self.relations.get(attribute(child(properties, "hlinkClick"), "id"))
        if target and target.is_external and text.strip() and text != target.target:
            return f"[{text}]({target.target})"
        return text


def _group(slide: SlideText, element: etree._Element) -> str:
    return slide.shapes(element)


_WRITERS: dict[str, Callable[[SlideText, etree._Element], str]] = {
    "sp": SlideText.box,
    "graphicFrame": SlideText.frame,
    "pic": SlideText.picture,
    "grpSp": _group,
    "AlternateContent": SlideText.alternative,
}
