"""What the model reads of a document, and what is said of it."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.choosing_pages import chosen_documents, wanted_pages
from core.documents import Found, Heading, KeptDocument, KeptPage, KeptTable, parts_of, told_apart
from core.excerpts import Reading, excerpt, excerpts
from core.files.document import Column, ColumnKind, Document, Page
from core.page_search import terms_of
from core.window import ROUGH

COLUMNS = (Column("Month", ColumnKind.DATE), Column("Amount", ColumnKind.NUMBER))


def kept(
    pages: Sequence[KeptPage],
    *,
    number: int = 1,
    name: str = "report.pdf",
    tables: tuple[KeptTable, ...] = (),
) -> KeptDocument:
    size = sum(len(page.text) for page in pages)
    return KeptDocument(number, name, "PDF", len(pages), len(pages), size, tables, (), "Ada", 1.0)


def headings_of(pages: Sequence[KeptPage]) -> tuple[Heading, ...]:
    return tuple(Heading(page.number, page.label, len(page.label) + len(page.text)) for page in pages)


def pages_of(count: int, words: int = 100, label: str = "page") -> tuple[KeptPage, ...]:
    """Pages with so many words, of which each has its own."""
    return tuple(
        KeptPage(at, f"{label} {at}", f"own{at} " + "word " * (words - 1)) for at in range(1, count + 1)
    )


def hit(number: int, document: int = 1, share: float = 1.0) -> Found:
    return Found(document, number, f"page {number}", share, share)


def reading(
    pages: Sequence[KeptPage], question: str = "", hits: Sequence[int] = (), *, rest: bool = False
) -> Reading:
    """With the pages that are wanted, or with the ``rest`` behind them."""
    wanted = wanted_pages(question, headings_of(pages), [hit(number) for number in hits])
    order = dict.fromkeys((*wanted, *(page.number for page in pages if rest)))
    by_number = {page.number: page for page in pages}
    words = tuple(term.text for term in terms_of(question))
    return Reading(kept(pages), headings_of(pages), tuple(by_number[at] for at in order), words)


def test_a_document_that_fits_is_read_whole() -> None:
    made = excerpt(reading(pages_of(3), rest=True), 2_000)
    assert made is not None
    assert (made.is_whole, made.said) == (True, "Read all of report.pdf.")
    assert made.labels == ("page 1", "page 2", "page 3")
    assert made.text.startswith("report.pdf (PDF)\n\n## page 1\n\nown1 ")
    assert all(f"own{at} " in made.text for at in (1, 2, 3))


def test_of_a_long_one_the_pages_with_the_words_are_read_and_named() -> None:
    pages = pages_of(120)
    made = excerpt(reading(pages, hits=(31, 8)), 1_200)
    assert made is not None
    assert made.said == "Read of report.pdf: pages 1, 7 to 9 and 30 to 32 of 120."
    assert made.labels == tuple(f"page {at}" for at in (1, 7, 8, 9, 30, 31, 32))
    assert "Only this of it is here: pages 1, 7 to 9 and 30 to 32 of 120." in made.text
    assert made.text.index("own8 ") < made.text.index("own31 ")
    assert "own50 " not in made.text
    assert not made.is_whole


def test_of_what_has_no_room_the_worse_hits_are_left_out() -> None:
    made = excerpt(reading(pages_of(120), hits=(31, 8, 99)), 480)
    assert made is not None
    assert made.said == "Read of report.pdf: pages 1 (in part), 8 and 31 of 120."


def test_without_words_pages_from_all_over_it_are_read() -> None:
    made = excerpt(reading(pages_of(101)), 900)
    assert made is not None
    assert made.said == "Read of report.pdf: pages 1, 26, 51, 76 and 101 of 101."


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("What does page 31 say?", [31]),
        ("Was steht auf Seite 7?", [7]),
        ("pages 3 to 5", [3, 4, 5]),
        ("pp. 3-5", [3, 4, 5]),
        ("Seiten 2 und 9", [2, 9]),
        ("páginas 2, 4 y 6", [2, 4, 6]),
        ("slide 99999", [1]),
        ("it's 5 o'clock", [1]),
        ("page 99999999999999999999", [1]),
    ],
)
def test_a_page_that_is_named_comes_first(question: str, first: list[int]) -> None:
    wanted = wanted_pages(question, headings_of(pages_of(40)), [])
    assert list(wanted[: len(first)]) == first


def test_parts_of_a_page_belong_to_it() -> None:
    text = "\n".join(f"line {at}" for at in range(3_000))
    parts = parts_of(Document("PDF", (Page("page 1", "short"), Page("page 2", text), Page("page 3", "end"))))
    made = excerpt(reading(parts, "page 2"), 3_000)
    assert made is not None
    assert made.said == "Read of report.pdf: pages 1, 2 (in part) and 3 of 3."
    alone = parts_of(Document("text", (Page("", text),)))
    made = excerpt(reading(alone, hits=(4,)), 12_000)
    assert made is not None
    assert made.said == f"Read of report.pdf: parts 1 and 3 to 5 of {len(alone)}."


def test_pages_with_names_are_listed() -> None:
    names = ["Costs", "Plan", "Staff 2026", "Notes"]
    pages = tuple(KeptPage(at, f"sheet {name}", "word " * 500) for at, name in enumerate(names, start=1))
    table = KeptTable("Costs", COLUMNS, 1_200)
    made = excerpt(Reading(kept(pages, tables=(table,)), headings_of(pages), pages[1:2]), 1_500)
    assert made is not None
    assert made.said == "Read of report.pdf: sheet Plan, 1 of 4."
    assert "Contents: sheet Costs, sheet Plan, sheet Staff 2026 and sheet Notes." in made.text
    assert "Table Costs: 1,200 rows of Month and Amount." in made.text


def test_of_a_page_that_is_too_long_what_stands_around_the_words_is_read() -> None:
    text = f"{'before ' * 700}the needle is here {'after ' * 700}"
    pages = (KeptPage(1, "page 1", "first"), KeptPage(2, "page 2", text), *pages_of(9)[2:])
    made = excerpt(reading(pages, "needle", hits=(2,)), 300)
    assert made is not None
    assert "the needle is here" in made.text
    assert made.labels == ("page 1", "page 2")
    assert made.said == "Read of report.pdf: pages 1 and 2 (in part) of 9."


def test_without_room_for_anything_there_is_nothing() -> None:
    assert excerpt(reading(pages_of(3)), 10) is None
    assert excerpts([reading(pages_of(3))], 0) == ()
    assert excerpts([], 1_000) == ()


def test_what_a_short_document_does_not_need_the_others_have() -> None:
    short = Reading(kept(pages_of(1), number=2, name="short.txt"), headings_of(pages_of(1)), pages_of(1))
    long = reading(pages_of(120), hits=(50,))
    together = excerpts([long, short], 1_200)
    assert [one.document.id for one in together] == [1, 2]
    assert together[1].is_whole
    assert together[0].labels == ("page 1", "page 49", "page 50", "page 51")
    assert sum(ROUGH.text(one.text) for one in together) <= 1_200


@given(
    sizes=st.lists(st.integers(0, 900), min_size=1, max_size=40),
    hits=st.lists(st.integers(1, 40), max_size=6, unique=True),
    budget=st.integers(0, 3_000),
)
@settings(max_examples=150, deadline=None)
def test_never_more_than_the_room_and_never_a_page_that_is_not_there(
    sizes: list[int], hits: list[int], budget: int
) -> None:
    pages = tuple(KeptPage(at, f"page {at}", f"own{at} " * size) for at, size in enumerate(sizes, start=1))
    one = reading(pages, "own", [at for at in hits if at <= len(pages)], rest=True)
    made = excerpt(one, budget)
    if made is None:
        assert budget < 300
        return
    assert ROUGH.text(made.text) <= budget
    assert set(made.labels) <= {page.label for page in pages}
    assert list(made.labels) == sorted(made.labels, key=lambda label: int(label.split()[1]))
    assert made.is_whole == (made.said == "Read all of report.pdf.")
    if made.is_whole:
        assert made.labels == tuple(page.label for page in pages)


def test_words_that_stand_everywhere_choose_nothing() -> None:
    pages = headings_of(pages_of(9))
    weak = [Found(1, at, f"page {at}", 0.1, 1.0) for at in range(1, 9)]
    assert wanted_pages("word", pages, weak)[:4] == (1, 9, 5, 3)
    strong = Found(1, 7, "page 7", 3.0, 1.0)
    assert wanted_pages("own7 word", pages, [strong, *weak]) == (1, 7, 8, 6)
    some = Found(1, 3, "page 3", 1.0, 0.3)
    assert wanted_pages("own7 word", pages, [strong, some, *weak]) == (1, 7, 8, 6, 3)


def documents() -> tuple[KeptDocument, ...]:
    names = ("contract.pdf", "costs.xlsx", "notes.md")
    return tuple(kept(pages_of(9), number=at, name=name) for at, name in enumerate(names, start=1))


@pytest.mark.parametrize(
    ("question", "found", "brought", "chosen"),
    [
        ("How long is the notice period?", [hit(2, 1, 0.8), hit(3, 2, 0.2)], set(), [1]),
        ("How long is the notice period?", [hit(2, 1, 0.8), hit(3, 2, 0.9)], set(), [2, 1]),
        ("What's the weather?", [hit(2, 1, 0.2)], set(), []),
        ("thanks!", [], set(), []),
        ("Summarise the file", [], set(), [3]),
        ("Und auf Seite 3?", [], set(), [3]),
        ("what is in Contract.pdf", [hit(1, 3, 0.4)], set(), [1, 3]),
        ("the contract, again", [], set(), [1]),
        ("compare", [hit(1, 2, 0.5)], {1, 3}, [3, 1, 2]),
        ("", [], {2}, [2]),
    ],
)
def test_which_documents_a_question_is_about(
    question: str, found: list[Found], brought: set[int], chosen: list[int]
) -> None:
    about = chosen_documents(question, documents(), found, frozenset(brought))
    assert [document.id for document in about] == chosen


def test_without_documents_a_question_is_about_none() -> None:
    assert chosen_documents("Summarise the file", (), [], frozenset()) == ()


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("a.pdf", "b.pdf"), ["a.pdf", "b.pdf"]),
        (("a.pdf", "A.PDF", "a.pdf"), ["a.pdf", "A (2).PDF", "a (3).pdf"]),
        (("a.pdf", "a (2).pdf", "a.pdf"), ["a.pdf", "a (2).pdf", "a (3).pdf"]),
        (("notes", "notes", ".env", ".env"), ["notes", "notes (2)", ".env", ".env (2)"]),
    ],
)
def test_documents_of_one_name_get_names_of_their_own(names: tuple[str, ...], told: list[str]) -> None:
    came = [kept(pages_of(1), number=number, name=name) for number, name in enumerate(names, start=1)]
    assert [document.name for document in told_apart(came)] == told
    again = told_apart(came[::-1])
    assert [document.name for document in again] == told[::-1]


def test_a_name_with_a_number_in_brackets_is_a_name() -> None:
    copies = [kept(pages_of(1), number=1, name="Invoice (1).pdf"), kept(pages_of(1), number=2, name="x.pdf")]
    for question in ("Who pays Invoice (1)?", "Who pays invoice (1).pdf?", "Who pays invoice.pdf?"):
        assert [one.id for one in chosen_documents(question, copies, [], frozenset())] == [1]


@pytest.mark.parametrize(
    ("question", "label"),
    [("What is on slide 30?", "slide 30: Costs of 2025"), ("Lies Teil 7", "part 7: Rest")],
)
def test_a_page_with_a_title_is_named_by_its_number(question: str, label: str) -> None:
    kind, number = label.split(":", maxsplit=1)[0].split(" ")
    labels = [label if f"{at}" == number else f"{kind} {at}: Other" for at in range(1, 41)]
    headings = [Heading(at, one, 50) for at, one in enumerate(labels, start=1)]
    assert wanted_pages(question, headings, [])[0] == int(number)
