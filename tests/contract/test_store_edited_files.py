"""What every store must do with the files of a question that is edited."""

from dataclasses import replace

from core.events import Revised
from core.message import Upload
from core.storage import Change, Store
from core.transcript import FilePart, ImagePart, TextPart
from tests.contract.stores import ADDRESS, IMAGE, NOW, PICTURE, answer, ask, begin, begun, commit, edit
from tests.questions import asked


async def test_the_same_words_change_nothing_but_the_address_of_a_file(store: Store) -> None:
    event = await ask(store, asked("what is it?", attachments=(PICTURE,)))
    turn = await begin(store)
    moved = replace(event, attachments=(replace(PICTURE, locator="y"),))
    assert (await store.revise(Revised(moved, NOW), redo=True)).change is Change.NOTHING
    assert (await begin(store)).questions[0].attachments[0].locator == "y"
    await store.commit_answer(await begin(store), answer(), ("A cat.",), NOW)
    assert (await store.revise(Revised(event, NOW + 1), redo=True)).change is Change.NOTHING
    assert turn.questions[0].attachments[0].locator == "x"


async def test_another_file_is_another_question(store: Store) -> None:
    event = await ask(store, asked("what is it?", attachments=(PICTURE,)))
    turn = await begin(store)
    await store.keep_parts(
        turn, event, (TextPart("what is it?"), ImagePart("h1", "", 1, 1, "cat.png")), IMAGE
    )
    other = replace(event, attachments=(replace(PICTURE, id="f2", name="dog.png"),))
    assert (await store.revise(Revised(other, NOW), redo=True)).change is Change.ANEW
    (row,) = await store.transcript(ADDRESS, 10)
    assert row.parts == (TextPart("what is it?"),)
    assert await store.images(("h1",)) == ()


async def test_new_words_keep_what_the_files_came_to(store: Store) -> None:
    event = asked("what is it?", attachments=(PICTURE,))
    turn = await begun(store, event)
    files = (ImagePart("h1", "image/png", 2, 3, "cat.png"), FilePart("a.txt", "hi"))
    await store.keep_parts(turn, event, (TextPart(event.text), *files), IMAGE)
    await commit(store, turn, "A cat.")
    await store.end(turn, NOW)
    await edit(store, event, "who is it?", redo=False)
    first = (await store.transcript(ADDRESS, 10))[0]
    assert first.parts == (TextPart("who is it?"), *files)
    assert await store.images(("h1",)) == IMAGE


async def test_files_that_are_read_late_do_not_bring_old_words_back(store: Store) -> None:
    event = asked("what is it?", attachments=(PICTURE,))
    turn = await begun(store, event)
    await edit(store, event, "who is it?", redo=False)
    await store.keep_parts(turn, event, (TextPart(event.text), ImagePart("h1", "", 2, 3, "cat.png")), IMAGE)
    (row,) = await store.transcript(ADDRESS, 10)
    assert row.parts == (TextPart("who is it?"), ImagePart("h1", "", 2, 3, "cat.png"))


async def test_files_that_are_no_longer_there_are_not_kept_late(store: Store) -> None:
    event = asked("what is it?", attachments=(PICTURE,))
    turn = await begun(store, event)
    await store.revise(Revised(replace(event, attachments=()), NOW), redo=True)
    await store.keep_parts(turn, event, (TextPart(event.text), ImagePart("h1", "", 2, 3, "cat.png")), IMAGE)
    (row,) = await store.transcript(ADDRESS, 10)
    assert row.parts == (TextPart("what is it?"),)
    assert await store.images(("h1",)) == ()


async def test_uploads_stay_with_an_edited_question(store: Store) -> None:
    event = asked("what is it?", attachments=(PICTURE,))
    await store.accept(event, (Upload("f1", b"abc"),), NOW)
    await edit(store, event, "who is it?")
    assert await store.upload("f1") == b"abc"
