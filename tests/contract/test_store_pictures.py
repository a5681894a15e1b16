"""Which pictures an answer is about: what every store finds."""

from dataclasses import replace

from core.storage import Answer, Change, Store, TurnState
from core.transcript import Image, ImagePart, Role, TextPart
from tests.contract.stores import ADDRESS, NOW, PICTURE, begin, begun, commit, delete, edit
from tests.questions import BEN, asked

OTHER = asked("", thread="t2").address


async def answered_about(
    store: Store, number: int, picture: str = "", about: str = "", thread: str = "t1"
) -> str:
    """An answer to a question with a picture, or one below another answer; the id of its message."""
    files = (replace(PICTURE, id=picture),) if picture else ()
    event = replace(asked("look", number=number, attachments=files, thread=thread), about=about)
    turn = await begun(store, event)
    if picture:
        part = ImagePart(picture, "image/png", 1, 1, f"{picture}.png")
        image = ((picture, Image("image/png", picture.encode())),)
        await store.keep_parts(turn, event, (TextPart("look"), part), image)
    await commit(store, turn, "A cat.", "And more of it.")
    await store.end(turn, NOW)
    return f"{turn.anchor}-m1"


async def found(store: Store, message: str) -> list[str]:
    return [part.sha256 for part in await store.pictures_about(ADDRESS, message)]


async def test_an_answer_is_about_what_came_with_its_question(store: Store) -> None:
    first = await answered_about(store, 1, "h1")
    second = await answered_about(store, 2, "h2")
    assert (await found(store, first), await found(store, second)) == (["h1"], ["h2"])
    assert await found(store, "q1-m0") == ["h1"]
    assert await found(store, "q1") == []
    assert await found(store, "") == []


async def test_an_answer_below_an_answer_is_about_the_same(store: Store) -> None:
    first = await answered_about(store, 1, "h1")
    await answered_about(store, 2, "h2")
    third = await answered_about(store, 3, about=first)
    fourth = await answered_about(store, 4, "h4", about=third)
    assert await found(store, third) == ["h1"]
    assert await found(store, fourth) == ["h1", "h4"]


async def test_another_thread_lends_none(store: Store) -> None:
    theirs = await answered_about(store, 1, "h1", thread="t2")
    mine = await answered_about(store, 2, about=theirs)
    assert await found(store, theirs) == []
    assert await found(store, mine) == []
    assert [part.sha256 for part in await store.pictures_about(OTHER, theirs)] == ["h1"]


async def test_circles_end(store: Store) -> None:
    first = await answered_about(store, 1, "h1", about="q2-m1")
    second = await answered_about(store, 2, about=first)
    assert await found(store, second) == ["h1"]


async def test_what_was_deleted_is_not_found(store: Store) -> None:
    first = await answered_about(store, 1, "h1")
    second = await answered_about(store, 2, "h2")
    await delete(store, asked("look", number=1, attachments=(replace(PICTURE, id="h1"),)))
    assert (await found(store, first), await found(store, second)) == ([], ["h2"])


async def test_what_was_not_let_pass_is_not_found(store: Store) -> None:
    first = await answered_about(store, 1, "h1")
    event = asked("look", number=1, attachments=(replace(PICTURE, id="h1"),))
    assert (await edit(store, event, "How do I harm?")).change is Change.ANEW
    again = await begin(store)
    await store.commit_answer(
        again, Answer(Role.NOTICE, "No.", TurnState.REFUSED, error="moderated"), ("No.",), NOW
    )
    await store.end(again, NOW)
    second = await answered_about(store, 2, "h2", about=first)
    assert (await found(store, first), await found(store, second)) == ([], ["h2"])


async def test_what_was_left_behind_is_not_found(store: Store) -> None:
    first = await answered_about(store, 1, "h1")
    await store.reset(ADDRESS, BEN, NOW)
    second = await answered_about(store, 2, "h2", about=first)
    assert (await found(store, first), await found(store, second)) == ([], ["h2"])
