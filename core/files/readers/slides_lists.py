"""The numbers that PowerPoint puts before paragraphs (ECMA-376 part 1, 20.1.10.61)."""

from dataclasses import dataclass, field

from lxml import etree

from core.files.readers.office_numerals import numeral
from core.files.readers.office_xml import attribute, child

_FORMS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_AROUND = {"ParenBoth": ("(", ")"), "ParenR": ("", ")"), "Plain": ("", "")}
_MAX_START = 32_767


@dataclass(slots=True)
class Numbers:
    """Counts the paragraphs of one text, each level by itself; one without a number ends its level."""

    _counts: dict[int, tuple[str, int, int]] = field(default_factory=dict)

    def mark(self, properties: etree._Element | None, depth: int) -> str:
        """What stands before the next paragraph: ``"2."``, or nothing where it has no number."""
        for deeper in [level for level in self._counts if level > depth]:
            del self._counts[deeper]
        numbered = child(properties, "buAutoNum")
        if numbered is None:
            self._counts.pop(depth, None)
            return ""
        kind, first = attribute(numbered, "type"), _start(attribute(numbered, "startAt"))
        before = self._counts.get(depth, ("", 0, 0))
        count = before[2] + 1 if before[:2] == (kind, first) else first
        self._counts[depth] = (kind, first, count)
        left, right = next((signs for end, signs in _AROUND.items() if kind.endswith(end)), ("", "."))
        return f"{left}{numeral(count, _FORMS.get(kind[:7], ''))}{right}"


def _start(said: str) -> int:
    return min(int(said), _MAX_START) if said.isdecimal() else 1
