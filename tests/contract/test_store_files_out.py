"""What every store must do with the files of an answer: kept until they are out, gone with the question."""

from dataclasses import replace
from typing import Protocol

from core.forgetting import Extent, RetentionStore
from core.library import ShownFile
from core.outgoing import FILES_FROM, OutFile, described
from core.storage import PostState, Store, Turn
from tests.contract.keeping import Keeping, person
from tests.contract.stores import ADDRESS, NOW, answer, begin, begun, delete, edit, show

PNG = b"\x89PNG" + bytes(range(256))
CHART = OutFile("chart.png", "image/png", PNG, "Bars: Ada 3, Bob 5.")
TABLE = OutFile("table.csv", "text/csv", b"name,number\n")


class Aging(Store, RetentionStore, Protocol):
    """A store that lets go by age."""


async def enclosed(store: Store, turn: Turn, *files: OutFile) -> None:
    """An answer with files is there, and committed; the files wait."""
    await show(store, turn, "Here.")
    await store.commit_answer(turn, replace(answer("Here."), files=files), ("Here.",), NOW)


async def test_files_wait_behind_the_texts_with_all_that_is_needed(store: Store) -> None:
    turn = await begun(store)
    await enclosed(store, turn, CHART, TABLE)
    text, chart, table = await store.posts(turn)
    assert (text.is_file, text.file) == (False, None)
    assert (chart.file, table.file) == (CHART, TABLE)
    assert (chart.seq, table.seq) == (FILES_FROM, FILES_FROM + 1)
    assert {chart.state, table.state} == {PostState.INTENT}
    assert (chart.final, table.final) == (
        described(CHART.name, len(CHART.content)),
        described(TABLE.name, len(TABLE.content)),
    )
    assert len({text.key, chart.key, table.key}) == 3
    assert await store.intend(turn, chart.seq) == chart
    again = await begin(store)
    assert await store.posts(again) == (text, chart, table)


async def test_bytes_are_let_go_of_once_a_file_is_out(store: Store) -> None:
    turn = await begun(store)
    await enclosed(store, turn, CHART, TABLE)
    await store.posted(turn, FILES_FROM, "f1", described(CHART.name, len(CHART.content)))
    _, chart, table = await store.posts(turn)
    assert (chart.state, chart.platform_id, chart.file) == (PostState.SENT, "f1", None)
    assert chart.shown == chart.final == described(CHART.name, len(CHART.content))
    assert table.file == TABLE


async def test_a_file_that_is_lost_is_a_dead_letter_by_its_name(store: Store) -> None:
    turn = await begun(store)
    await enclosed(store, turn, CHART)
    await store.lost(turn, FILES_FROM, PostState.REJECTED, "missing_scope", NOW)
    (letter,) = await store.dead_letters(10)
    assert (letter.text, letter.reason) == (described(CHART.name, len(CHART.content)), "missing_scope")
    assert (await store.posts(turn))[1].file is None


async def test_files_go_with_the_question_and_what_is_posted_stays_known(store: Store) -> None:
    turn = await begun(store)
    await enclosed(store, turn, CHART, TABLE)
    await store.posted(turn, FILES_FROM, "f1", described(CHART.name, len(CHART.content)))
    await store.end(turn, NOW)
    await delete(store, turn.questions[0])
    again = await begin(store)
    assert [(post.file, post.final, post.shown) for post in await store.posts(again)] == [
        (None, None, None)
    ] * 3
    assert [post.platform_id for post in await store.posts(again)][1:] == ["f1", None]


async def test_an_answer_that_is_redone_has_files_of_its_own(store: Store) -> None:
    turn = await begun(store)
    await enclosed(store, turn, CHART)
    await store.posted(turn, FILES_FROM, "f1", described(CHART.name, len(CHART.content)))
    await store.end(turn, NOW)
    await edit(store, turn.questions[0], "and now?")
    again = await begin(store)
    await enclosed(store, again, TABLE)
    _, before, now = await store.posts(again)
    assert (before.platform_id, before.final, before.file) == ("f1", None, None)
    assert (now.platform_id, now.file) == (None, TABLE)
    assert now.key != before.key
    assert now.seq > before.seq


async def test_a_file_that_is_lost_leaves_no_gap_in_an_answer(store: Store) -> None:
    """A part of a text that was taken back, and a file that is there, are no gap either."""
    turn = await begun(store)
    await show(store, turn, "Here.", "surplus")
    await store.commit_answer(turn, replace(answer("Here."), files=(CHART, TABLE)), ("Here.",), NOW)
    await store.lost(turn, FILES_FROM, PostState.REJECTED, "too_large", NOW)
    await store.posted(turn, FILES_FROM + 1, "f2", described(TABLE.name, len(TABLE.content)))
    await store.lost(turn, 1, PostState.GONE, "surplus", NOW)
    await store.end(turn, NOW)
    await edit(store, turn.questions[0], "and now?")
    again = await begin(store)
    assert [post.seq for post in await store.posts(again)] == [0, FILES_FROM, FILES_FROM + 1]
    await store.commit_answer(again, answer(), ("One", "two"), NOW)
    assert (await store.posts(again))[1].state is PostState.INTENT


async def test_what_is_committed_in_the_place_of_an_answer_takes_its_files_away(store: Store) -> None:
    turn = await begun(store)
    await enclosed(store, turn, CHART)
    again = await begin(store)
    await store.commit_answer(again, answer("I was away."), ("I was away.",), NOW)
    _, chart = await store.posts(again)
    assert (chart.final, chart.file) == (None, None)


async def test_a_person_who_is_forgotten_leaves_no_file(store: Keeping) -> None:
    turn = await begun(store)
    await enclosed(store, turn, CHART)
    await store.forget(person(), Extent(), NOW)
    assert all(post.file is None and post.final is None for post in await store.posts(turn))


async def test_old_threads_go_with_their_files(store: Aging) -> None:
    turn = await begun(store)
    await enclosed(store, turn, CHART)
    await store.lost(turn, FILES_FROM, PostState.REJECTED, "missing_scope", NOW)
    await store.end(turn, NOW)
    assert len(await store.dead_letters(10)) == 1
    assert await store.prune_threads(NOW + 1, 1) == 1
    assert await store.dead_letters(10) == ()
    assert await store.known_since(ADDRESS) is None


async def test_where_people_read_them_from_here_bytes_stay_as_long_as_the_conversation(
    store: Keeping,
) -> None:
    turn = await begun(store)
    await enclosed(store, turn, CHART, TABLE)
    key = (await store.posts(turn))[1].key
    assert await store.files(ADDRESS) == ()
    await store.posted(turn, FILES_FROM, "f1", described(CHART.name, len(CHART.content)), keeps_file=True)
    await store.posted(turn, FILES_FROM + 1, "f2", described(TABLE.name, len(TABLE.content)))
    assert await store.files(ADDRESS) == (
        ShownFile(turn.id, key, CHART.name, CHART.mime, CHART.alt, len(PNG)),
    )
    assert await store.file(ADDRESS, key) == CHART
    assert await store.file(replace(ADDRESS, thread="t2"), key) is None
    await store.end(turn, NOW)
    await store.forget(person(), Extent(), NOW)
    assert (await store.files(ADDRESS), await store.file(ADDRESS, key)) == ((), None)


async def made(store: Store, turn: Turn, *files: OutFile, call: str = "c1") -> None:
    """A tool runs and makes files."""
    await store.tool_started(turn, call, "draw", "{}", NOW)
    await store.tool_ended(turn, call, "drawn", failed=False, files=files)


async def test_what_tools_made_goes_out_with_the_answer_that_brings_it(store: Store) -> None:
    turn = await begun(store)
    await made(store, turn, CHART)
    again = await begin(store)
    await made(store, again, TABLE, call="c2")
    assert [(post.file, post.final) for post in await store.posts(again)] == [(CHART, None), (TABLE, None)]
    brings = replace(answer(), brings_files=True)
    assert await store.commit_answer(again, brings, ("Four.",), NOW) is True
    assert [post.final for post in await store.posts(again)][1:] == [
        described(CHART.name, len(CHART.content)),
        described(TABLE.name, len(TABLE.content)),
    ]


async def test_what_tools_made_is_let_go_of_with_an_answer_that_does_not_bring_it(store: Store) -> None:
    turn = await begun(store)
    await made(store, turn, CHART)
    assert await store.commit_answer(turn, answer("Stopped."), ("Stopped.",), NOW) is False
    assert [post.file for post in await store.posts(turn)] == [None]


async def test_an_answer_without_files_says_so(store: Store) -> None:
    turn = await begun(store)
    assert await store.commit_answer(turn, replace(answer(), brings_files=True), ("Four.",), NOW) is False


async def test_an_answer_has_room_for_so_many_files(store: Store) -> None:
    turn = await begun(store)
    await made(store, turn, *[CHART] * 3)
    await made(store, turn, *[TABLE] * 9, call="c2")
    assert [post.file for post in await store.posts(turn)] == [CHART, CHART, CHART, TABLE]


async def test_what_was_made_for_a_question_that_is_gone_or_changed_is_let_go_of(store: Store) -> None:
    turn = await begun(store)
    await made(store, turn, CHART)
    await edit(store, turn.questions[0], "and now?")
    again = await begin(store)
    assert [post.file for post in await store.posts(again) if post.file] == []
    await made(store, again, TABLE)
    await delete(store, again.questions[0])
    assert [post.file for post in await store.posts(await begin(store)) if post.file] == []


async def test_what_was_made_for_who_is_forgotten_is_let_go_of(store: Keeping) -> None:
    turn = await begun(store)
    await made(store, turn, CHART)
    await store.forget(person(), Extent(), NOW)
    assert all(post.file is None for post in await store.posts(turn))
