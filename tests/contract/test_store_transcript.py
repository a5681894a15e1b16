"""What every store must give the model to read, and people to see."""

from core.message import Attachment, Upload
from core.storage import Answer, Store, TurnState
from core.transcript import FilePart, ImagePart, Role, TextPart
from tests.contract.stores import (
    ADDRESS,
    IMAGE,
    NOW,
    PICTURE,
    answer,
    answered,
    ask,
    begin,
    begun,
    commit,
    screen,
    talk,
)
from tests.questions import ADA, BEN, asked


async def test_the_transcript_has_questions_and_answers_but_no_notices_nor_commands(store: Store) -> None:
    await answered(store)
    second = await begun(store, asked("/help", number=2))
    said = Answer(Role.NOTICE, "I can ...", TurnState.DONE)
    await store.commit_answer(second, said, ("I can ...",), NOW)
    assert await talk(store) == [(Role.USER, "2+2?"), (Role.ASSISTANT, "Four.")]


async def test_a_command_that_the_model_answered_is_part_of_the_talk(store: Store) -> None:
    await answered(store, asked("/summarize this"), texts=("Short.",))
    assert await talk(store) == [(Role.USER, "/summarize this"), (Role.ASSISTANT, "Short.")]


async def test_a_command_that_is_being_answered_is_read(store: Store) -> None:
    await begun(store, asked("/summarize this"))
    assert await talk(store) == [(Role.USER, "/summarize this")]


async def test_the_newest_rows_are_read_oldest_first_with_their_authors(store: Store) -> None:
    await answered(store, asked("a"), texts=("1",))
    await answered(store, asked("b", number=2, author=BEN), texts=("2",))
    rows = await store.transcript(ADDRESS, 3)
    assert [(row.role, row.text, row.author) for row in rows] == [
        (Role.ASSISTANT, "1", ""),
        (Role.USER, "b", "Ben"),
        (Role.ASSISTANT, "2", ""),
    ]


async def test_a_question_is_read_once_its_turn_begins(store: Store) -> None:
    await ask(store, asked("2+2?"))
    assert await talk(store) == []
    await begin(store)
    assert await talk(store) == [(Role.USER, "2+2?")]


async def test_a_reset_hides_what_stands_before_from_the_model_only(store: Store) -> None:
    await answered(store)
    await store.reset(ADDRESS, ADA, NOW)
    assert await talk(store) == []
    assert await screen(store) == ["2+2?", "Four."]
    await answered(store, asked("hello", number=2), texts=("Hi.",))
    assert await talk(store) == [(Role.USER, "hello"), (Role.ASSISTANT, "Hi.")]


async def test_an_answer_to_what_was_reset_is_reset_with_it(store: Store) -> None:
    turn = await begun(store)
    await store.reset(ADDRESS, ADA, NOW)
    await commit(store, turn, "Four.")
    await store.end(turn, NOW)
    assert await talk(store) == []


async def test_a_question_that_is_being_answered_is_read_whatever_is_reset(store: Store) -> None:
    await answered(store, asked("before"))
    await begun(store, asked("2+2?", number=2))
    await store.reset(ADDRESS, ADA, NOW)
    await begin(store)
    assert await talk(store) == [(Role.USER, "2+2?")]


async def test_a_reset_is_of_one_thread_and_of_none_that_is_unknown(store: Store) -> None:
    await answered(store)
    await store.reset(asked("", thread="t2").address, ADA, NOW)
    assert await talk(store) == [(Role.USER, "2+2?"), (Role.ASSISTANT, "Four.")]


async def test_files_and_pictures_are_kept_with_their_question(store: Store) -> None:
    question = asked("what is it?", attachments=(PICTURE,))
    await store.accept(question, (Upload("f1", b"abc"),), NOW)
    assert await store.upload("f1") == b"abc"
    turn = await begin(store)
    parts = (TextPart("what is it?"), ImagePart("h1", "image/png", 2, 3, "cat.png"), FilePart("a.txt", "hi"))
    await store.keep_parts(turn, question, parts, IMAGE)
    (row,) = await store.transcript(ADDRESS, 10)
    assert row.parts == parts
    assert await store.images(("h1", "h2")) == IMAGE
    assert await store.question_parts(turn) == parts
    (shown,) = await store.messages(ADDRESS)
    assert shown.files == ("cat.png", "a.txt")


async def test_nobody_elses_question_gets_the_files(store: Store) -> None:
    mine = asked("look", attachments=(PICTURE,))
    turn = await begun(store, mine, asked("and?", number=2))
    parts = (TextPart("look"), FilePart("cat.txt", "miaow"))
    await store.keep_parts(turn, mine, parts, ())
    assert [row.parts for row in await store.transcript(ADDRESS, 10)] == [parts, (TextPart("and?"),)]


async def test_a_waiting_question_is_already_shown(store: Store) -> None:
    await ask(store, asked("hello?", attachments=(Attachment("f", "a.txt", "", 1, ""),)))
    (shown,) = await store.messages(ADDRESS)
    assert (shown.id, shown.role, shown.text, shown.files) == ("q1", Role.USER, "hello?", ("a.txt",))


async def test_a_stopped_answer_is_marked(store: Store) -> None:
    turn = await begun(store)
    await store.commit_answer(turn, answer("Fo", TurnState.STOPPED), ("Fo",), NOW)
    question, said = await store.messages(ADDRESS)
    assert (question.stopped, question.turn, question.sent_at) == (False, "", asked("").sent_at)
    assert (said.stopped, said.turn, said.text, said.sent_at) == (True, turn.id, "Fo", NOW)


async def test_what_stands_on_the_screen_is_shown_beside_the_answer_itself(store: Store) -> None:
    turn = await begun(store)
    assert [row.shown for row in await store.messages(ADDRESS)] == [""]
    texts = ("> a.png is damaged.\n\nFour", "and more.")
    await store.commit_answer(turn, answer("Four and more."), texts, NOW)
    question, said = await store.messages(ADDRESS)
    assert (question.shown, said.text) == ("", "Four and more.")
    assert said.shown == "> a.png is damaged.\n\nFour\n\nand more."


async def test_conversations_are_those_of_one_account_newest_first(store: Store) -> None:
    await ask(store, asked("first question", thread="t1"), NOW)
    await ask(store, asked("second " + "word " * 40, number=2, thread="t2"), NOW + 5)
    await ask(store, asked("not yours", number=3, platform="other"), NOW + 9)
    found = await store.conversations("test", "a1")
    assert [summary.address.thread for summary in found] == ["t2", "t1"]
    assert found[1].title == "first question"
    assert len(found[0].title) <= 80
    assert found[0].title.endswith("…")
