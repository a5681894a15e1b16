"""Equations of Office files as one line, roughly: ``(a + b)/(2)``, ``x^(2)``."""

from collections.abc import Callable

from lxml import etree

from core.files.readers.office_xml import child, kind_of, value

_INVISIBLE = frozenset({"ctrlPr", "rPr", "fPr", "sSupPr", "sSubPr", "sSubSupPr", "radPr", "naryPr", "dPr"})


def formula(element: etree._Element) -> str:
    """The text of an equation, or of a part of it."""
    kind = kind_of(element)
    if kind == "t":
        return element.text or ""
    write = _WRITERS.get(kind)
    if write:
        return write(element)
    return "".join(formula(inner) for inner in element if kind_of(inner) not in _INVISIBLE)


def _fraction(element: etree._Element) -> str:
    return f"({_part(element, 'num')})/({_part(element, 'den')})"


def _root(element: etree._Element) -> str:
    degree = _part(element, "deg")
    return f"root({degree}; {_part(element, 'e')})" if degree else f"sqrt({_part(element, 'e')})"


def _scripted(element: etree._Element) -> str:
    return _part(element, "e") + _scripts(element)


def _sum(element: etree._Element) -> str:
    sign = value(element, "naryPr", "chr", default="∫")
    return f"{sign}{_scripts(element)} {_part(element, 'e')}"


def _brackets(element: etree._Element) -> str:
    return f"({', '.join(formula(inner) for inner in element if kind_of(inner) == 'e')})"


def _part(element: etree._Element, name: str) -> str:
    found = child(element, name)
    return "" if found is None else formula(found)


def _scripts(element: etree._Element) -> str:
    below, above = _part(element, "sub"), _part(element, "sup")
    return (f"_({below})" if below else "") + (f"^({above})" if above else "")


_WRITERS: dict[str, Callable[[etree._Element], str]] = {
    "f": _fraction,
    "rad": _root,
    "nary": _sum,
    "sSup": _scripted,
    "sSub": _scripted,
    "sSubSup": _scripted,
    "d": _brackets,
}
