"""What a conversation reads of its documents, over every store."""

from core.conversation.excerpting import Asking, excerpts_for
from core.excerpts import Excerpt
from core.files.document import Document, Page
from core.window import ROUGH
from tests.contract.documents import FILE, KeepsDocuments, brought, pages_of
from tests.contract.stores import ADDRESS, NOW, commit
from tests.questions import ADA, asked

FILLER = "Nothing of interest stands on this page. " * 40


def contract() -> Document:
    texts = [f"{FILLER} Clause {number}." for number in range(1, 121)]
    texts[30] = f"The notice period is three months. {FILLER}"
    texts[70] = f"{FILLER} A llama may be kept in the yard."
    return pages_of(*texts)


async def read(
    store: KeepsDocuments, question: str, *, budget: int = 2_500, now: frozenset[int] = frozenset()
) -> tuple[Excerpt, ...]:
    documents = await store.documents(ADDRESS)
    return await excerpts_for(store, ADDRESS, documents, Asking(question, budget, now))


async def test_of_a_long_document_the_pages_that_answer_are_read(store: KeepsDocuments) -> None:
    _, number = await brought(store, contract(), name="contract.pdf")
    (made,) = await read(store, "How long is the notice period?", now=frozenset({number}))
    assert made.said == "Read of contract.pdf: pages 1 and 30 to 32 of 120."
    assert "The notice period is three months." in made.text
    assert ROUGH.text(made.text) <= 2_500


async def test_a_later_question_finds_the_file_again(store: KeepsDocuments) -> None:
    turn, _ = await brought(store, contract(), name="contract.pdf")
    await commit(store, turn, "Three months.")
    await store.end(turn, NOW)
    (made,) = await read(store, "And what about llamas?")
    assert "A llama may be kept in the yard." in made.text
    assert made.said == "Read of contract.pdf: pages 1 and 70 to 72 of 120."
    (made,) = await read(store, "What stands on page 31?")
    assert made.labels == ("page 1", "page 30", "page 31", "page 32")
    assert "three months" in made.text
    assert await read(store, "Thanks!") == ()
    assert await read(store, "Who won the championship yesterday evening?") == ()
    await store.reset(ADDRESS, ADA, NOW)
    assert await read(store, "And what about llamas?") == ()


async def test_a_summary_is_of_pages_from_all_over(store: KeepsDocuments) -> None:
    _, number = await brought(store, contract())
    (made,) = await read(store, "Please summarise this document", now=frozenset({number}), budget=3_500)
    assert {"page 1", "page 60", "page 120"} <= set(made.labels)
    assert made.said.endswith(" of 120.")


async def test_a_short_one_is_read_whole_beside_a_long_one(store: KeepsDocuments) -> None:
    event = asked("compare them", attachments=(FILE,))
    turn, long = await brought(store, contract(), event, name="contract.pdf")
    short = Document("Markdown", (Page("", "# Notes\n\nThe llama is brown."),))
    note = await store.keep_document(turn, event, "notes.md", "h2", short, NOW)
    assert note is not None
    made = await read(store, event.text, now=frozenset({long, note}))
    said = {one.document.name: one.said for one in made}
    assert said["notes.md"] == "Read all of notes.md."
    assert said["contract.pdf"].startswith("Read of contract.pdf: pages 1, ")
    assert sum(ROUGH.text(one.text) for one in made) <= 2_500


async def test_in_a_long_text_without_pages_the_right_part_is_found(store: KeepsDocuments) -> None:
    lines = [f"2026-11-23 12:00:{number % 60:02d} INFO request {number} served" for number in range(20_000)]
    lines[12_345] = "2026-11-23 12:34:56 ERROR disk full on /dev/sda1"
    _, number = await brought(store, Document("log", (Page("", "\n".join(lines)),)), name="app.log")
    (made,) = await read(store, "Which error is in the log?", now=frozenset({number}), budget=4_000)
    assert "ERROR disk full on /dev/sda1" in made.text
    assert made.said.startswith("Read of app.log: parts 1 (in part)")


async def test_a_thread_without_documents_reads_none(store: KeepsDocuments) -> None:
    assert await read(store, "Summarise the file") == ()
