"""What the model reads of a document that is too long for it, and what is said of that. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from core.choosing_pages import page_of
from core.documents import Heading, KeptDocument, KeptPage, KeptTable
from core.phrases import joined
from core.window import ROUGH, Counter

# The first page is for knowing what it is: with others beside it, it has this share of the room.
FIRST_SHARE: Final = 0.25
# Less than this of a page is not worth its heading.
LEAST_TOKENS: Final = 60
MOST_LISTED: Final = 40
MOST_SAID: Final = 12
MOST_COLUMNS: Final = 30
IN_PART: Final = " (in part)"
_CAUTION: Final = 0.95
_NUMBERED: Final = re.compile(r"^([^\W\d_]+) (\d+)$")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Pages of a document as the model reads them, under their labels, in the document's order.

    ``said`` tells people in one sentence what was read; ``is_whole`` says that it was everything.
    """

    document: KeptDocument
    labels: tuple[str, ...]
    text: str
    said: str
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A document to choose from: all its headings, and pages that were read, the most wanted first.

    ``words`` are what is looked for: of a page that is cut what stands around one stays.
    """

    document: KeptDocument
    headings: tuple[Heading, ...]
    pages: tuple[KeptPage, ...]
    words: tuple[str, ...] = ()


def excerpts(readings: Sequence[Reading], budget: int, counter: Counter = ROUGH) -> tuple[Excerpt, ...]:
    """Make excerpts that fit into ``budget`` tokens together; what one does not need the others have.

    A document without room for anything of it is left out.
    """
    left = budget
    made: dict[int, Excerpt] = {}
    by_size = sorted(readings, key=lambda reading: reading.document.characters)
    for at, reading in enumerate(by_size):
        one = excerpt(reading, left // (len(by_size) - at), counter)
        if one is not None:
            made[reading.document.id] = one
            left -= counter.text(one.text)
    return tuple(made[reading.document.id] for reading in readings if reading.document.id in made)


def excerpt(reading: Reading, budget: int, counter: Counter = ROUGH) -> Excerpt | None:
    """Take the whole document where it fits into ``budget`` tokens, else the pages that are wanted most."""
    read = sorted(reading.pages, key=lambda page: page.number)
    if len(read) == len(reading.headings):
        made = _written(reading, read, is_whole=True)
        if counter.text(made.text) <= budget:
            return made
    room = budget - counter.text(_head(reading, _used(reading, read)))
    taken = _taken(reading, room, counter)
    while taken:
        made = _written(reading, sorted(taken, key=lambda page: page.number), is_whole=False)
        if counter.text(made.text) <= budget:
            return made
        # Tokens of a whole are not quite those of its pieces, nor does every list of pages have as many.
        taken.pop()
    return None


def _taken(reading: Reading, room: int, counter: Counter) -> list[KeptPage]:
    taken: list[KeptPage] = []
    first = reading.headings[0].number if reading.headings else 0
    for page in reading.pages:
        is_first = page.number == first and len(reading.pages) > 1
        may_cut = is_first or all(one.number == first for one in taken)
        space = int(room * FIRST_SHARE) if is_first else room
        fitting = _fitting(page, space, counter, reading.words if may_cut else None)
        if fitting is not None:
            taken.append(fitting)
            room -= counter.text(_shown(fitting))
    return taken


def _fitting(page: KeptPage, room: int, counter: Counter, words: tuple[str, ...] | None) -> KeptPage | None:
    """The page, or, with ``words``, what stands around them, in so many tokens."""
    tokens = counter.text(_shown(page))
    if tokens <= room:
        return page
    if words is None or room < LEAST_TOKENS:
        return None
    size, cut = len(page.text), page
    while tokens > room and size:
        size = int(size * room / tokens * _CAUTION)
        cut = KeptPage(page.number, page.label, _around(page.text, words, size))
        tokens = counter.text(_shown(cut))
    return cut if size else None


def _around(text: str, words: tuple[str, ...], size: int) -> str:
    """So many characters of a text, around the first of some words that stands in it."""
    small = text.lower()
    found = next((at for word in words if (at := small.find(word.lower())) >= 0), 0)
    begin = max(0, min(found - size // 3, len(text) - size))
    return f"{'… ' if begin else ''}{text[begin : begin + size].strip()} …"


def _written(reading: Reading, pages: Sequence[KeptPage], *, is_whole: bool) -> Excerpt:
    used = _used(reading, pages)
    head = _head(reading, "" if is_whole else used)
    text = "\n\n".join((head, *(_shown(page) for page in pages if page.text.strip())))
    name = reading.document.name
    said = f"Read all of {name}." if is_whole else f"Read of {name}: {used}."
    return Excerpt(reading.document, tuple(page.label for page in pages), text, said, is_whole)


def _head(reading: Reading, used: str) -> str:
    """A line of contents: what it is, what is here of it, what else there is."""
    document = reading.document
    lines = [f"{document.name} ({document.kind})"]
    if used:
        lines.append(f"Only this of it is here: {used}.")
    names = [name for name in _sizes((heading.label, 0) for heading in reading.headings) if name]
    if used and not all(map(_NUMBERED.match, names)):
        lines.append(f"Contents: {_listed(names, MOST_LISTED)}.")
    lines += [_of_table(table) for table in document.tables[:MOST_LISTED]]
    lines += document.notes
    return "\n".join(lines)


def _of_table(table: KeptTable) -> str:
    columns = _listed([column.name for column in table.columns], MOST_COLUMNS)
    return f"Table {table.name}: {table.total:,} rows of {columns}." if columns else f"Table {table.name}."


def _shown(page: KeptPage) -> str:
    return f"## {page.label}\n\n{page.text}" if page.label else page.text


def _used(reading: Reading, pages: Sequence[KeptPage]) -> str:
    """Which pages these are, as ``"pages 1, 7 to 9 and 31 (in part) of 120"``."""
    sizes = _sizes((heading.label, heading.characters) for heading in reading.headings)
    used = _sizes((page.label, len(page.label) + len(page.text)) for page in pages)
    cut = {label for label, size in used.items() if size < sizes.get(label, 0)}
    numbered = [_NUMBERED.match(label) for label in sizes]
    kinds = {found[1] for found in numbered if found}
    if len(kinds) != 1 or not all(numbered):
        names = [f"{label}{IN_PART if label in cut else ''}" for label in used if label]
        many = f", {len(used):,} of {len(sizes):,}" if len(sizes) > 1 else ""
        return f"{_listed(names, MOST_SAID)}{many}" if names else "a part"
    numbers = {int(label.rsplit(" ", 1)[1]): label in cut for label in used}
    kind = kinds.pop() + ("" if len(numbers) == 1 else "s")
    return f"{kind} {_listed(list(_ranges(numbers)), MOST_SAID)} of {len(sizes):,}"


def _sizes(parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Characters of pages, by the parts of them."""
    sizes: dict[str, int] = {}
    for label, size in parts:
        page = page_of(label)
        sizes[page] = sizes.get(page, 0) + size
    return sizes


def _ranges(numbers: Mapping[int, bool]) -> Iterator[str]:
    """Write numbers, with those that follow each other as one, but for those that are not all there."""
    for (_, is_cut), run in groupby(
        enumerate(sorted(numbers)), key=lambda one: (one[1] - one[0], numbers[one[1]])
    ):
        found = [number for _, number in run]
        if is_cut:
            yield from (f"{number}{IN_PART}" for number in found)
        elif len(found) > 2:  # noqa: PLR2004 - two are as short one by one
            yield f"{found[0]} to {found[-1]}"
        else:
            yield from map(str, found)


def _listed(names: Sequence[str], most: int) -> str:
    if len(names) > most:
        return f"{', '.join(names[:most])} and {len(names) - most:,} more"
    return joined(names)
