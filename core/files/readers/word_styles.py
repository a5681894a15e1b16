"""What a Word document says of its paragraphs elsewhere: which are headings, and how lists are numbered."""

import re
from dataclasses import dataclass, field

from lxml import etree

from core.files.readers.office_numerals import numeral
from core.files.readers.office_xml import attribute, child, each, kind_of, value

_MAX_BASES = 12
_MAX_LEVEL = 9
_HEADING = re.compile(r"heading (\d)$", re.IGNORECASE)
_PLACE = re.compile(r"%(\d)")


@dataclass(frozen=True, slots=True)
class Style:
    """``level`` is the heading's, from 1, or 0; ``numbering`` a list's id and level, or empty."""

    level: int
    numbering: tuple[str, int] | None


@dataclass(frozen=True, slots=True)
class _Level:
    form: str
    text: str
    start: int


def styles_of(root: etree._Element) -> dict[str, Style]:
    """The paragraph styles of ``styles.xml`` by their ids, what they inherit included."""
    written = {attribute(style, "styleId"): style for style in root if kind_of(style) == "style"}
    return {name: _style(name, written) for name in written}


def _style(name: str, written: dict[str, etree._Element]) -> Style:
    level, numbering = 0, None
    for _ in range(_MAX_BASES):
        style = written.get(name)
        if style is None:
            break
        level = level or _heading_level(style)
        numbering = numbering or numbering_of(child(style, "pPr"))
        name = value(style, "basedOn")
    return Style(level, numbering)


def _heading_level(style: etree._Element) -> int:
    title = value(style, "name")
    named = _HEADING.match(title)
    if named:
        return int(named[1])
    if title.lower() == "title":
        return 1
    return outline_level(child(style, "pPr"))


def outline_level(properties: etree._Element | None) -> int:
    """The level of a heading, from 1, by a paragraph's properties; 0 if it is none."""
    level = value(properties, "outlineLvl")
    return int(level) + 1 if level.isdecimal() and int(level) < _MAX_LEVEL else 0


def numbering_of(properties: etree._Element | None) -> tuple[str, int] | None:
    """The list that a paragraph belongs to, and how deep in it."""
    numbered = child(properties, "numPr")
    if numbered is None:
        return None
    depth = value(numbered, "ilvl", default="0")
    return value(numbered, "numId"), min(int(depth), _MAX_LEVEL - 1) if depth.isdecimal() else 0


@dataclass(slots=True)
class Lists:
    """The numbers of lists, counted on while paragraphs come."""

    _levels: dict[str, dict[int, _Level]] = field(default_factory=dict)
    _counts: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, root: etree._Element) -> "Lists":
        """The lists that ``numbering.xml`` defines."""
        abstract = {
            attribute(one, "abstractNumId"): {
                int(attribute(level, "ilvl", "0")): _Level(
                    value(level, "numFmt", default="decimal"),
                    value(level, "lvlText", default="%1."),
                    int(value(level, "start", default="1")),
                )
                for level in each(one, "lvl")
            }
            for one in root
            if kind_of(one) == "abstractNum"
        }
        return cls(
            {
                attribute(num, "numId"): abstract.get(value(num, "abstractNumId"), {})
                for num in root
                if kind_of(num) == "num"
            }
        )

    def mark(self, number: str, depth: int) -> str:
        """What stands before the next paragraph of this list: ``"1."``, ``"-"``, or nothing."""
        levels = self._levels.get(number)
        if levels is None:
            return ""
        level = levels.get(depth)
        if level is None or level.form == "bullet":
            return "-"
        counts = self._counts.setdefault(number, [])
        while len(counts) <= depth:
            upper = levels.get(len(counts))
            counts.append((upper.start if upper else 1) - (len(counts) == depth))
        del counts[depth + 1 :]
        counts[depth] += 1
        return _PLACE.sub(lambda place: _shown(int(place[1]) - 1, counts, levels), level.text)


def _shown(depth: int, counts: list[int], levels: dict[int, _Level]) -> str:
    if not 0 <= depth < len(counts):
        return ""
    return numeral(counts[depth], levels[depth].form if depth in levels else "decimal")
