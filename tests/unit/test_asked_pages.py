"""Which pages of a document a model asks for, in the words that it was given for them and in others."""

import pytest

from core.asked_pages import MOST_LISTED, asked_pages, fitting, listed
from core.documents import PART, Heading, parts_of
from core.files.document import Document, Page
from core.files.limits import DEFAULT_LIMITS
from core.files.readers.plain_pages import as_document


def headings_of(document: Document) -> tuple[Heading, ...]:
    parts = parts_of(document)
    return tuple(Heading(part.number, part.label, len(part.label) + len(part.text)) for part in parts)


def headings(*labels: str) -> tuple[Heading, ...]:
    return tuple(Heading(number, label, 10) for number, label in enumerate(labels, start=1))


LOG = headings_of(
    as_document(
        "text", "\n".join(f"line {at}: {'x' * 60}" for at in range(1, 2_001)), "a.log", DEFAULT_LIMITS
    )
)
PDF = headings("page 1", "page 2, part 1 of 2", "page 2, part 2 of 2", "page 3", "page 12")
BOOK = headings(
    "sheet Costs, part 1 of 3", "sheet Costs, part 2 of 3", "sheet Costs, part 3 of 3", "sheet 2026"
)
DECK = headings("slide 1: Welcome", "slide 3: Plans of 2025", "slide 4")
ONE = headings("part 1 of 3", "part 2 of 3", "part 3 of 3")


@pytest.mark.parametrize(
    ("asked", "found", "numbers"),
    [
        ("3", PDF, (4,)),
        ("page 2", PDF, (2, 3)),
        ("1-3", PDF, (1, 2, 3, 4)),
        ("pages 2 to 3 and 12", PDF, (2, 3, 4, 5)),
        ("page 1 to page 3", PDF, (1, 2, 3, 4)),
        ("page 2, part 2 of 2", PDF, (3,)),
        ("Page 2, part 2 of 2; page 12", PDF, (3, 5)),
        ("4", PDF, ()),
        ("the last", PDF, ()),
        ("sheet Costs, part 2 of 3", BOOK, (2,)),
        ("SHEET COSTS", BOOK, (1, 2, 3)),
        ("sheet 2026", BOOK, (4,)),
        ("1", BOOK, (1, 2, 3)),
        ("3", DECK, (2,)),
        ("slide 3", DECK, (2,)),
        ("slide 3: Plans of 2025", DECK, (2,)),
        ("slides 1-3", DECK, (1, 2)),
        ("2", DECK, ()),
        ("2", ONE, (2,)),
        ("part 3 of 3", ONE, (3,)),
        ("2", headings("sheet January", "sheet June"), (2,)),
        ("all", headings(""), ()),
        ("1", headings(""), (1,)),
    ],
)
def test_pages_are_meant_by_number_or_by_name(
    asked: str, found: tuple[Heading, ...], numbers: tuple[int, ...]
) -> None:
    assert asked_pages(asked, found) == numbers


@pytest.mark.parametrize("asked", ["1500", "1,500", "line 1500", "1490-1510", "lines 1,499 to 1,501"])
def test_lines_of_a_text_are_meant_by_their_numbers(asked: str) -> None:
    names = [heading.label for heading in LOG if heading.number in asked_pages(asked, LOG)]
    assert names
    for name in names:
        first, last = (int(word.replace(",", "")) for word in name.split(", part ")[0].split(" ")[1::2])
        assert first <= 1_510
        assert last >= 1_490


def test_every_part_is_reached_by_the_name_that_it_has() -> None:
    assert len(LOG) > MOST_LISTED
    for document in (LOG, PDF, BOOK, DECK, ONE):
        for heading in document:
            assert asked_pages(heading.label, document) == (heading.number,)


def test_one_part_always_fits_and_what_is_left_has_names() -> None:
    large = (Heading(1, "page 1", 2 * PART), *headings("page 2", "page 3"))
    assert [fitting(large, PART), fitting(PDF, 20), fitting(PDF, 100), fitting((), 100)] == [1, 1, 5, 0]
    assert listed(PDF[1:3]) == "page 2, part 1 of 2; page 2, part 2 of 2"
    many = headings_of(Document("PDF", tuple(Page(f"page {at}", "x") for at in range(1, 31))))
    assert listed(many).endswith("page 9; 20 more; page 30")
