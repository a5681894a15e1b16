"""What every store must do with the documents that people bring."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.documents import KeptDocument, KeptTable
from core.errors import LeaseLost
from core.events import Asked
from core.files.document import Column, ColumnKind, Document, Page, Table
from core.message import Attachment
from core.storage import Turn
from tests.contract.documents import FILE, KeepsDocuments, brought, keep, pages_of, report
from tests.contract.stores import ADDRESS, NOW, answered, ask, begin, begun, commit
from tests.questions import ADA, BEN, asked

COSTS = Table(
    "Costs",
    (Column("Month", ColumnKind.DATE), Column("Amount", ColumnKind.NUMBER)),
    (("2026-01-01", 12.5), ("2026-02-01", None), ("2026-03-01", 10**30)),
    1_200,
)


async def found(store: KeepsDocuments, query: str, thread: str = "t1") -> list[int]:
    """The numbers of the pages that fit best."""
    return [one.number for one in await store.search(asked("", thread=thread).address, query, 20)]


async def test_a_document_is_listed_read_and_found(store: KeepsDocuments) -> None:
    turn, number = await brought(store, replace(report(), tables=(COSTS,), notes=("Cut.",)))
    kept = (
        KeptDocument(
            id=number,
            name="report.pdf",
            kind="PDF",
            pages=3,
            parts=3,
            characters=(await store.documents(ADDRESS))[0].characters,
            tables=(KeptTable("Costs", COSTS.columns, 1_200),),
            notes=("Cut.",),
            by="Ada",
            at=NOW,
        ),
    )
    for _ in range(2):
        assert await store.documents(ADDRESS) == kept
        assert [page.text for page in await store.pages(ADDRESS, number, (3, 1, 9, 1))] == [
            "Refunds take 14 days.",
            "Lamas and alpacas.",
        ]
        assert [(one.number, one.label) for one in await store.headings(ADDRESS, number)] == [
            (1, "page 1"),
            (2, "page 2"),
            (3, "page 3"),
        ]
        assert await found(store, "What about the refunds?") == [1]
        assert await store.table(ADDRESS, number, "Costs") == COSTS
        assert await store.table(ADDRESS, number, "costs?") is None
        # A question that is being answered, and one that was.
        if not await store.waiting():
            break
        await commit(store, turn, "14 days.")
        await store.end(turn, NOW)


async def test_nothing_is_found_from_another_thread(store: KeepsDocuments) -> None:
    _, mine = await brought(store, report())
    other = asked("and this?", number=2, thread="t2", author=BEN, attachments=(FILE,))
    _, theirs = await brought(store, pages_of("Secret refunds."), other, sha256="h2")
    assert mine != theirs
    there = other.address
    assert [one.document for one in await store.search(ADDRESS, "refunds secret", 9)] == [mine]
    assert [one.document for one in await store.search(there, "refunds lamas", 9)] == [theirs]
    assert [one.id for one in await store.documents(ADDRESS)] == [mine]
    for address in (there, replace(ADDRESS, account="a2"), replace(ADDRESS, platform="other")):
        assert await store.pages(address, mine, (1, 2, 3)) == ()
        assert await store.headings(address, mine) == ()
        assert await store.table(address, mine, "Costs") is None
    assert await store.search(replace(ADDRESS, thread=""), "refunds", 9) == ()


async def test_what_stands_in_other_threads_changes_no_rank(store: KeepsDocuments) -> None:
    await brought(store, pages_of("the llama", "an alpaca", "an alpaca and a llama", "nothing"))
    before = await store.search(ADDRESS, "alpaca llama", 9)
    assert [one.number for one in before] == [3, 1, 2]
    for number in range(2, 5):
        event = asked("?", number=number, thread=f"t{number}", attachments=(FILE,))
        await brought(store, pages_of(*["llama " * number] * 30), event)
    after = await store.search(ADDRESS, "alpaca llama", 9)
    assert [one.number for one in after] == [3, 1, 2]
    assert [one.rank for one in after] == pytest.approx([one.rank for one in before], rel=0.2)


async def test_the_same_document_is_kept_once_under_its_last_name(store: KeepsDocuments) -> None:
    turn, number = await brought(store, report())
    await commit(store, turn, "Read.")
    await store.end(turn, NOW)
    again = asked("again", number=2, author=BEN, attachments=(replace(FILE, id="f2"),))
    turn = await begun(store, again)
    assert await store.keep_document(turn, again, "other.pdf", "h1", report(), NOW + 5) == number
    (kept,) = await store.documents(ADDRESS)
    assert (kept.name, kept.by, kept.at) == ("other.pdf", "Ben", NOW + 5)
    assert await found(store, "refunds") == [1]


async def test_only_the_turn_that_holds_the_lane_may_keep(store: KeepsDocuments) -> None:
    event = asked("read it", attachments=(FILE,))
    old = await begun(store, event)
    new = await begin(store)
    with pytest.raises(LeaseLost):
        await keep(store, old, event)
    assert await store.documents(ADDRESS) == ()
    number = await keep(store, new, event)
    with pytest.raises(LeaseLost):
        await store.documents_used(old, (number or 0,), NOW)


async def test_nothing_is_kept_of_a_file_that_the_question_has_no_more(store: KeepsDocuments) -> None:
    event = asked("read it", attachments=(FILE,))
    turn = await begun(store, event)
    other = replace(event, attachments=(Attachment("f9", "b.pdf", "", 1, "x"),))
    assert await keep(store, turn, other) is None
    assert await keep(store, turn, asked("who?", number=9, attachments=(FILE,))) is None
    assert await store.documents(ADDRESS) == ()


async def test_a_long_page_is_kept_in_parts_of_which_none_is_lost(store: KeepsDocuments) -> None:
    lines = [f"Line {number} says nothing of interest." for number in range(2_000)]
    lines[1_234] = "Here stands the needle."
    text = "\n".join(lines)
    _, number = await brought(store, Document("text", (Page("", text), Page("page 2", "short"))))
    (kept,) = await store.documents(ADDRESS)
    assert (kept.pages, kept.parts > 10) == (2, True)
    everything = await store.pages(ADDRESS, number, tuple(range(1, kept.parts + 1)))
    assert "".join(page.text for page in everything[:-1]) == text
    assert everything[0].label == f"part 1 of {kept.parts - 1}"
    (one,) = await store.search(ADDRESS, "needle?", 5)
    (page,) = await store.pages(ADDRESS, number, (one.number,))
    assert "\nHere stands the needle.\n" in page.text


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("Wo steht etwas zur Kündigungsfrist?", [2]),
        ("kundigungsfristen", [2]),
        ("合同的期限是多久?", [3]),
        ("返金ポリシーについて", [4]),
        ("CAFE", [5]),
        ("résumé café", [5]),
        ("Invoice 4711", [6]),
        ("4712", []),
        ("frist", [2]),
        ("", []),
        ("what does it say?", []),
        ("?!… \x00 \ud800 🦙", []),
        ("sheet Costs", [7]),
        ("Кто платит за доставку?", [8]),
        ("환불은 며칠 걸려?", [9]),
        ("कीमत क्या है", [10]),
    ],
)
async def test_words_are_found_in_many_languages(
    store: KeepsDocuments, query: str, numbers: list[int]
) -> None:
    texts = [
        "Nothing here.",
        "Die Kündigungsfrist beträgt drei Monate.",
        "本合同自签字之日起生效。合同期限为三年。",
        "返金ポリシー、三十日以内。",
        "The cafe\u0301 is closed.",
        "Invoice 4711 of March; invoices are paid monthly.",
        "12",
        "Доставку платит покупатель.",
        "환불은 14일 안에 됩니다.",
        "इसकी कीमत दस रुपये है।",
    ]
    pages = tuple(Page(f"page {number}", text) for number, text in enumerate(texts, start=1))
    pages = (*pages[:6], replace(pages[6], label="sheet Costs"), *pages[7:])
    await brought(store, Document("PDF", pages))
    assert await found(store, query) == numbers


async def test_pages_with_more_and_rarer_words_come_first(store: KeepsDocuments) -> None:
    texts = ["common"] * 20
    texts[4] = "common rare"
    texts[9] = "common rare seldom"
    texts[14] = "rare " * 5
    await brought(store, pages_of(*texts))
    best = await store.search(ADDRESS, "common rare seldom", 4)
    assert [one.number for one in best][:3] == [10, 15, 5]
    assert len(best) == 4
    assert sorted((one.rank for one in best), reverse=True) == [one.rank for one in best]


@given(
    query=st.text(max_size=60) | st.sampled_from(['"', 'a" OR "b', "NEAR(a b)", "a*", "^a", "text:a", "{a}"])
)
@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_no_question_breaks_the_search(store: KeepsDocuments, query: str) -> None:
    if not await store.documents(ADDRESS):
        await brought(store, report())
    for one in await store.search(ADDRESS, query, 5):
        assert one.number in {1, 2, 3}
        assert one.rank > 0


async def test_any_text_can_be_kept(store: KeepsDocuments) -> None:
    strange = Document(
        "PDF \ud800",
        (Page("p\x00 \udfff", "half \ud83d and \x00 whole \U0001f999"),),
        (Table("t\x00\ud800", (Column("c\ud800", ColumnKind.MIXED),), ((float("nan"),), ("\ud800",)), 2),),
        notes=("note \ud800",),
    )
    _, number = await brought(store, strange, name="n\ud800.pdf")
    (kept,) = await store.documents(ADDRESS)
    assert kept.name == "n?.pdf"
    (page,) = await store.pages(ADDRESS, number, (1,))
    assert page.text == "half ? and  whole \U0001f999"
    table = await store.table(ADDRESS, number, "t?")
    assert table is not None
    assert table.rows == (("nan",), ("?",))


async def test_a_document_without_pages_or_rows_is_still_one(store: KeepsDocuments) -> None:
    empty = Table("Empty", (), (), 0)
    _, number = await brought(store, Document("Excel", (), (empty,)))
    assert (await store.documents(ADDRESS))[0].tables == (KeptTable("Empty", (), 0),)
    assert await store.table(ADDRESS, number, "Empty") == empty
    assert await found(store, "anything") == []


async def one_more(store: KeepsDocuments, number: int, document: Document, at: float) -> Turn:
    event = asked("read", number=number, attachments=(replace(FILE, id=f"f{number}"),))
    turn = await begun(store, event, now=at)
    assert await store.keep_document(turn, event, f"{number}.pdf", f"h{number}", document, at)
    return turn


async def over(store: KeepsDocuments, turn: Turn, at: float) -> None:
    await commit(store, turn, "Yes.", now=at)
    await store.end(turn, at)


async def test_of_too_many_documents_those_that_nobody_used_go(store: KeepsDocuments) -> None:
    for number in range(1, 21):
        turn = await one_more(store, number, pages_of(f"word{number}"), NOW + number)
        if number == 20:
            first = (await store.documents(ADDRESS))[0].id
            await store.documents_used(turn, (first,), NOW + 20)
        await over(store, turn, NOW + number)
    assert len(await store.documents(ADDRESS)) == 20
    turn = await one_more(store, 21, pages_of("word21"), NOW + 21)
    names = [document.name for document in await store.documents(ADDRESS)]
    assert names == ["1.pdf", *(f"{number}.pdf" for number in range(3, 22))]
    assert await found(store, "word2") == []
    assert await found(store, "word1") == [1]
    await over(store, turn, NOW + 21)


async def test_of_too_much_text_the_oldest_goes(store: KeepsDocuments) -> None:
    half = pages_of(*["x" * 5_999] * 1_700)
    for number in range(1, 4):
        await over(store, await one_more(store, number, half, NOW + number), NOW + number)
        names = [document.name for document in await store.documents(ADDRESS)]
        assert names == [f"{number}.pdf"]


async def test_documents_of_before_a_reset_are_not_found(store: KeepsDocuments) -> None:
    turn, number = await brought(store, report())
    await over(store, turn, NOW)
    await store.reset(ADDRESS, ADA, NOW)
    assert await store.documents(ADDRESS) == ()
    assert await found(store, "refunds") == []
    assert await store.pages(ADDRESS, number, (1,)) == ()
    # Brought once more it is there once more.
    await over(store, await one_more(store, 2, report(), NOW + 1), NOW + 1)
    assert await found(store, "refunds") == [1]


async def test_what_is_kept_by_one_at_a_time_can_be_kept_side_by_side(store: KeepsDocuments) -> None:
    event = asked("read them", attachments=(FILE, replace(FILE, id="f2"), replace(FILE, id="f3")))
    turn = await begun(store, event)
    texts = [pages_of(*[f"word{number} " * 500] * 40) for number in range(3)]
    kept = await asyncio.gather(
        *(store.keep_document(turn, event, f"{at}.pdf", f"h{at}", text, NOW) for at, text in enumerate(texts))
    )
    assert None not in kept
    assert len(await store.documents(ADDRESS)) == 3
    assert len(await found(store, "word1")) == 20


async def test_a_turn_without_files_finds_those_of_earlier_ones(store: KeepsDocuments) -> None:
    turn, number = await brought(store, report())
    await over(store, turn, NOW)
    await answered(store, asked("thanks", number=2))
    event: Asked = await ask(store, asked("and the lamas?", number=3, author=BEN))
    turn = await begin(store)
    (one,) = await store.search(ADDRESS, event.text, 5)
    assert (one.document, one.number, one.label) == (number, 3, "page 3")
    await store.documents_used(turn, (number, 999), NOW + 9)
