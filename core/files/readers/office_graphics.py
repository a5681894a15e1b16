"""Charts and diagrams: what they say stands in a part of its own, not where they are drawn."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from core.errors import FileError
from core.files.readers.office import Package, Relation
from core.files.readers.office_chart import chart_text
from core.files.readers.office_xml import attribute, each, kind_of, paragraphs
from core.files.text import clean

_MAX_GRAPHICS = 500


@dataclass(slots=True)
class Graphics:
    """The charts and diagrams that one part of a file draws, of which the first 500 are read."""

    package: Package
    relations: Mapping[str, Relation]
    _read: int = 0

    def texts(self, drawing: etree._Element) -> Iterator[str]:
        """What those inside of this element say, in their order; nothing of a damaged one."""
        for element in each(drawing, "chart", "relIds"):
            attribute_name, tell = _READERS[kind_of(element)]
            text = self._part(attribute(element, attribute_name), tell)
            if text:
                yield text

    def _part(self, relation_id: str, tell: Callable[[etree._Element], str]) -> str:
        relation = self.relations.get(relation_id)
        if relation is None or relation.target not in self.package or self._read >= _MAX_GRAPHICS:
            return ""
        self._read += 1
        try:
            return tell(self.package.tree(relation.target))
        except FileError:
            return ""


def _diagram_text(root: etree._Element) -> str:
    """The texts of a diagram, one a line; how they are connected is not told."""
    points = (clean(" / ".join(filter(None, paragraphs(point)))) for point in each(root, "pt"))
    return "\n".join(f"- {point}" for point in points if point)


_READERS: Mapping[str, tuple[str, Callable[[etree._Element], str]]] = {
    "chart": ("id", chart_text),
    "relIds": ("dm", _diagram_text),
}
