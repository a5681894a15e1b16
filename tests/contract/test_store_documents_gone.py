"""What every store must let go of, of the documents that people brought."""

from dataclasses import replace

import pytest

from core.documents import UNUSED_S
from core.events import Asked, Revised
from core.forgetting import EVERYTHING, Extent
from core.message import Attachment, Author
from core.storage import Answer, Change, TurnState
from core.transcript import Role
from tests.contract.documents import FILE, KeepsDocuments, brought, keep, report
from tests.contract.keeping import person
from tests.contract.stores import ADDRESS, NOW, begin, begun, commit, delete, edit
from tests.questions import ADA, BEN, asked

OTHER = Attachment("f2", "other.pdf", "application/pdf", 3, "x")


def question(number: int, author: Author = ADA, thread: str = "t1") -> Asked:
    files = (replace(FILE, id=f"f{number}"),)
    return asked("read it", number=number, author=author, thread=thread, attachments=files)


async def brought_by(store: KeepsDocuments, event: Asked, *, sha256: str = "h1") -> int:
    """A question with a document that has its answer."""
    turn, number = await brought(store, report(), event, sha256=sha256, name=f"{event.message_id}.pdf")
    await commit(store, turn, "Read.")
    await store.end(turn, NOW)
    return number


async def names(store: KeepsDocuments, thread: str = "t1") -> list[str]:
    return [document.name for document in await store.documents(asked("", thread=thread).address)]


async def nothing_is_left(store: KeepsDocuments, number: int) -> None:
    assert await store.documents(ADDRESS) == ()
    assert await store.pages(ADDRESS, number, (1, 2, 3)) == ()
    assert await store.search(ADDRESS, "refunds", 5) == ()


async def test_a_document_goes_with_its_deleted_question(store: KeepsDocuments) -> None:
    event = question(1)
    number = await brought_by(store, event)
    await delete(store, event)
    await nothing_is_left(store, number)


async def test_a_document_that_two_brought_goes_with_the_last(store: KeepsDocuments) -> None:
    first, second = question(1), question(2, BEN)
    number = await brought_by(store, first)
    assert await brought_by(store, second) == number
    await delete(store, second)
    assert await names(store) == ["q1.pdf"]
    assert len(await store.search(ADDRESS, "refunds", 5)) == 1
    await delete(store, first)
    await nothing_is_left(store, number)


async def test_an_edit_of_the_words_keeps_a_document(store: KeepsDocuments) -> None:
    event = question(1)
    await brought_by(store, event)
    assert (await edit(store, event, "read it, please")).change is Change.ANEW
    assert await names(store) == ["q1.pdf"]


@pytest.mark.parametrize("files", [(), (OTHER,), (FILE, OTHER)])
async def test_an_edit_of_the_files_lets_go_of_what_they_came_to(
    store: KeepsDocuments, files: tuple[Attachment, ...]
) -> None:
    event = question(1)
    number = await brought_by(store, event)
    after = replace(event, attachments=files)
    assert (await store.revise(Revised(after, NOW), redo=True)).change is Change.ANEW
    await nothing_is_left(store, number)
    turn = await begin(store)
    assert await keep(store, turn, event) is None
    assert (await keep(store, turn, after)) not in {None, number}
    assert await names(store) == ["report.pdf"]


async def test_somebody_forgotten_takes_their_documents_along(store: KeepsDocuments) -> None:
    number = await brought_by(store, question(1))
    theirs = await brought_by(store, question(2, BEN), sha256="h2")
    both = await brought_by(store, question(3), sha256="h3")
    assert await brought_by(store, question(4, BEN), sha256="h3") == both
    elsewhere = await brought_by(store, question(5, thread="t2"))
    assert (await store.inventory(person(), Extent(ADDRESS))).files == 2
    await store.forget(person(), Extent(ADDRESS), NOW)
    assert await names(store) == ["q2.pdf", "q4.pdf"]
    assert {kept.by for kept in await store.documents(ADDRESS)} == {"Ben"}
    assert await store.pages(ADDRESS, number, (1,)) == ()
    assert {one.document for one in await store.search(ADDRESS, "refunds", 9)} == {theirs, both}
    assert await names(store, "t2") == ["q5.pdf"]
    await store.forget(person(), EVERYTHING, NOW)
    assert await store.pages(asked("", thread="t2").address, elsewhere, (1,)) == ()
    assert await names(store) == ["q2.pdf", "q4.pdf"]


async def test_what_is_noted_of_a_document_does_not_name_who_is_forgotten(store: KeepsDocuments) -> None:
    hers = "Ada's notice.pdf"
    noted = replace(report(), notes=(f"{hers}: only its beginning is here.", f"{hers} holds scripts."))
    for event, name in ((question(1), hers), (question(2, BEN), "scan.pdf")):
        turn, _ = await brought(store, noted, event, name=name)
        await commit(store, turn, "Read.")
        await store.end(turn, NOW)
    await store.forget(person(), EVERYTHING, NOW)
    (kept,) = await store.documents(ADDRESS)
    assert kept.name == "scan.pdf"
    assert kept.notes == ("only its beginning is here.", "This file holds scripts.")


async def test_somebody_forgotten_while_it_is_read_keeps_nothing(store: KeepsDocuments) -> None:
    event = question(1)
    turn = await begun(store, event)
    await store.forget(person(), EVERYTHING, NOW)
    again = await begin(store)
    assert again.id == turn.id
    assert await keep(store, again, event) is None
    await nothing_is_left(store, 1)


async def test_old_threads_take_their_documents_along(store: KeepsDocuments) -> None:
    number = await brought_by(store, question(1))
    assert await store.prune_threads(NOW, 50) == 0
    assert await names(store) == ["q1.pdf"]
    assert await store.prune_threads(NOW + 1, 50) == 1
    await nothing_is_left(store, number)


async def test_a_document_goes_when_nobody_used_it_for_long(store: KeepsDocuments) -> None:
    await brought_by(store, question(1))
    turn, used = await brought(store, report(), question(2), sha256="h2", name="used.pdf")
    await store.documents_used(turn, (used,), NOW + 9)
    await store.documents_used(turn, (used,), NOW + 5)
    await store.prune_notes(NOW + UNUSED_S)
    assert await names(store) == ["q1.pdf", "used.pdf"]
    await store.prune_notes(NOW + UNUSED_S + 1)
    assert await names(store) == ["used.pdf"]
    await store.prune_notes(NOW + UNUSED_S + 9)
    assert await names(store) == ["used.pdf"]
    await store.prune_notes(NOW + UNUSED_S + 10)
    await nothing_is_left(store, used)


async def test_a_document_of_somebody_who_was_not_let_pass_is_not_found(store: KeepsDocuments) -> None:
    event = question(1)
    turn, number = await brought(store, report(), event)
    refusal = Answer(Role.NOTICE, "No.", TurnState.REFUSED, error="moderated")
    await store.commit_answer(turn, refusal, ("No.",), NOW)
    await store.end(turn, NOW)
    await nothing_is_left(store, number)
