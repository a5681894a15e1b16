"""Which pages of a document a model asks for: by their numbers, by their names, by lines of a text. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from core.choosing_pages import page_of
from core.documents import Heading

MOST_LISTED: Final = 10

# Signs and empty lines around a part.
_BESIDE: Final = 8

_RANGE: Final = re.compile(r"(\d{1,7})(?:\s*(?:-|\u2013|to)\s*(?:[^\W\d_]+\s+)?(\d{1,7}))?")
_NUMBERED: Final = re.compile(r"^[^\W\d_]+ (\d+)$")
_TITLED: Final = re.compile(r"^[^\W\d_]+ (\d+)(?=:|$)")
_LINES: Final = re.compile(r"^lines? ([\d,]+)(?: to ([\d,]+))?")
_GROUPED: Final = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")

Span = tuple[int, int]


def asked_pages(asked: str, headings: Sequence[Heading]) -> tuple[int, ...]:
    """List the parts that are meant, in their order; none where there are no such pages.

    Names are those of ``headings``, of a whole page or of a part of it. Numbers are those of pages,
    of lines where a text has no pages, else places in the document.
    """
    named, rest = _named(asked, headings)
    found = named | set(_numbered(rest, headings))
    return tuple(heading.number for heading in headings if heading.number in found)


def fitting(headings: Sequence[Heading], most: int) -> int:
    """How many of the first parts ``most`` characters hold: one at the least."""
    taken = size = 0
    for heading in headings:
        size += heading.characters + _BESIDE
        if taken and size > most:
            break
        taken += 1
    return taken


def listed(headings: Sequence[Heading]) -> str:
    """Their names, of many the first ones and the last."""
    names = list(dict.fromkeys(heading.label for heading in headings))
    if len(names) > MOST_LISTED:
        names[MOST_LISTED - 1 : -1] = [f"{len(names) - MOST_LISTED:,} more"]
    return "; ".join(names)


def _named(asked: str, headings: Sequence[Heading]) -> tuple[set[int], str]:
    """What is meant by name, and the rest of what was asked for."""
    parts: dict[str, list[int]] = {}
    for heading in headings:
        page = page_of(heading.label)
        for name in {heading.label, *(() if _NUMBERED.match(page) else (page,))}:
            if not _NUMBERED.match(name):
                parts.setdefault(name.casefold(), []).append(heading.number)
    rest, found = asked.casefold(), set[int]()
    for name in sorted(filter(None, parts), key=len, reverse=True):
        if name in rest:
            rest, times = re.subn(rf"(?<!\w){re.escape(name)}(?!\w)", " ; ", rest)
            found.update(parts[name] if times else ())
    return found, rest


def _numbered(asked: str, headings: Sequence[Heading]) -> Iterator[int]:
    has_lines = any(_LINES.match(heading.label) for heading in headings)
    numbers = _GROUPED.sub("", asked) if has_lines else asked
    wanted = [(int(first), int(last or first)) for first, last in _RANGE.findall(numbers)]
    for heading, (first, last) in zip(headings, _spans(headings), strict=True):
        if any(begin <= last and first <= end for begin, end in wanted):
            yield heading.number


def _spans(headings: Sequence[Heading]) -> Iterator[Span]:
    """From which number to which each part reaches, as people and models count."""
    places: dict[str, int] = {}
    for heading in headings:
        page = page_of(heading.label)
        place = places.setdefault(page, len(places) + 1)
        if lines := _LINES.match(page):
            first, last = (int(number.replace(",", "")) for number in (lines[1], lines[2] or lines[1]))
            yield first, last
        elif number := _TITLED.match(page):
            yield int(number[1]), int(number[1])
        else:
            yield place, place
