"""The files of an answer under every outcome that a platform may have."""

import asyncio
from dataclasses import replace

import pytest

from core import phrases
from core.capabilities import Capabilities
from core.conversation.pacing import Pacer
from core.conversation.reply import GIVE_UP_AFTER_S, Reply
from core.delivery import Gone, Outcome, Rejected, Retry, Unknown
from core.errors import Overtaken
from core.events import Withdrawn
from core.memory.store import SqliteStore
from core.outgoing import OutFile, described
from core.storage import Answer, PostState, Turn, TurnState
from core.transcript import Role
from tests.fakes.platform import FakePlatform, fast
from tests.questions import asked
from tests.unit.test_reply import NOW, Deleting, FastClock, begun

CHART = OutFile("chart.png", "image/png", b"PNG", "Bars.")
TABLE = OutFile("table.csv", "text/csv", b"a,b\n")
HERE = ("Here.",)


async def committed(store: SqliteStore, *files: OutFile) -> Turn:
    """A question whose answer is committed, with files."""
    turn = await begun(store)
    await store.commit_answer(turn, Answer(Role.ASSISTANT, "Here.", TurnState.DONE, files=files), HERE, NOW)
    return turn


async def delivered(
    store: SqliteStore, turn: Turn, platform: FakePlatform, clock: FastClock | None = None
) -> Reply:
    """Bring a committed answer to people, as a process does that takes it up."""
    clock = clock or FastClock()
    posts = await store.posts(turn)
    reply = Reply(turn, posts, platform=platform, store=store, pacer=Pacer(clock), clock=clock)
    reply.enclose(posts)
    reply.deliver(HERE)
    async with asyncio.timeout(10):
        await reply.present()
    return reply


async def again(store: SqliteStore, turn: Turn) -> Turn:
    """The next process takes the turn up."""
    taken = await store.begin(turn.address, NOW)
    assert taken is not None
    return taken


def posted(platform: FakePlatform) -> list[OutFile]:
    return [shown.file for shown in platform.messages.values() if shown.file is not None]


async def test_files_follow_the_texts_in_their_order_once(store: SqliteStore) -> None:
    turn, platform = await committed(store, CHART, TABLE), FakePlatform()
    reply = await delivered(store, turn, platform)
    assert platform.texts() == ["Here.", "chart.png", "table.csv"]
    assert posted(platform) == [CHART, TABLE]
    assert not reply.has_lost
    await delivered(store, await again(store, turn), platform)
    assert (platform.requests.count("file"), platform.requests.count("edit")) == (2, 0)
    assert [post.file for post in await store.posts(turn)] == [None, None, None]


@pytest.mark.parametrize("outcome", [Retry(0.0), Unknown("reset"), ("after", Unknown("reset"))])
async def test_a_file_that_is_not_taken_at_once_is_there_once(
    store: SqliteStore, outcome: Outcome | tuple[str, Outcome]
) -> None:
    turn = await committed(store, CHART)
    platform = FakePlatform(file_faults=[outcome, outcome, outcome])
    await delivered(store, turn, platform)
    assert platform.texts() == ["Here.", "chart.png"]


async def test_words_stand_in_the_place_of_a_file_that_is_refused(store: SqliteStore) -> None:
    turn = await committed(store, CHART, TABLE)
    platform = FakePlatform(file_faults=[Rejected("missing_scope")])
    reply = await delivered(store, turn, platform)
    note = phrases.file_not_posted("chart.png")
    assert platform.texts() == ["Here.", note, "table.csv"]
    assert not reply.has_lost
    await delivered(store, await again(store, turn), platform)
    assert platform.texts() == ["Here.", note, "table.csv"]


async def test_a_file_that_is_too_large_is_never_tried(store: SqliteStore) -> None:
    turn = await committed(store, replace(CHART, content=b"x" * 101))
    small: Capabilities = replace(fast(), max_file=100)
    platform = FakePlatform(capabilities=small)
    await delivered(store, turn, platform)
    assert platform.texts() == ["Here.", phrases.file_not_posted("chart.png")]
    assert "file" not in platform.requests


async def test_words_that_are_refused_as_well_are_a_dead_letter(store: SqliteStore) -> None:
    turn = await committed(store, CHART)
    platform = FakePlatform(file_faults=[Rejected("no")])
    await store.posted(turn, 0, "m1", "Here.")
    platform.faults.append(Rejected("no words either"))
    reply = await delivered(store, turn, platform)
    assert reply.has_lost
    (letter,) = await store.dead_letters(9)
    assert (letter.text, letter.reason) == (described(CHART.name, len(CHART.content)), "no words either")


async def test_a_file_that_nobody_takes_for_long_is_given_up(store: SqliteStore) -> None:
    turn = await committed(store, CHART)
    platform = FakePlatform(file_faults=[Retry(0.0)] * 100_000)

    class Hurried(FastClock):
        def monotonic(self) -> float:
            self.ticks += GIVE_UP_AFTER_S / 50
            return FastClock.monotonic(self)

    reply = await delivered(store, turn, platform, Hurried())
    assert reply.has_lost
    assert [letter.text for letter in await store.dead_letters(9)] == [
        described(CHART.name, len(CHART.content))
    ]


async def test_a_place_that_is_gone_ends_the_files(store: SqliteStore) -> None:
    turn = await committed(store, CHART, TABLE)
    platform = FakePlatform(file_faults=[Gone("channel_closed", place=True)])
    reply = await delivered(store, turn, platform)
    assert reply.has_lost
    assert platform.requests.count("file") == 1
    assert [post.state for post in await store.posts(turn)][1] is PostState.GONE


@pytest.mark.parametrize("refuses", [False, True])
async def test_files_of_a_deleted_question_are_taken_back_and_never_emptied(
    store: SqliteStore, refuses: bool
) -> None:
    turn = await committed(store, CHART, TABLE)
    platform = Deleting(delete_faults=[Rejected("cant_delete_file")] if refuses else [])
    await delivered(store, turn, platform)
    taken = replace(turn, state=TurnState.DELIVERING)
    await store.commit_answer(taken, Answer(Role.NOTICE, "Here.", TurnState.DONE), HERE, NOW)
    reply = await delivered(store, taken, platform)
    assert platform.texts() == (["Here.", "table.csv"] if refuses else ["Here."])
    assert reply.has_lost


async def test_a_file_that_never_arrived_is_not_posted_for_a_question_that_is_gone(
    store: SqliteStore,
) -> None:
    turn, platform = await committed(store, CHART), FakePlatform()
    await store.commit_answer(
        replace(turn, state=TurnState.DELIVERING), Answer(Role.NOTICE, "Here.", TurnState.DONE), HERE, NOW
    )
    await delivered(store, await again(store, turn), platform)
    assert platform.texts() == ["Here."]
    assert "file" not in platform.requests


async def test_a_file_that_somebody_removed_is_not_posted_again(store: SqliteStore) -> None:
    turn, platform = await committed(store, CHART), FakePlatform()
    await delivered(store, turn, platform)
    platform.remove("chart.png")
    await delivered(store, await again(store, turn), platform)
    assert platform.texts() == ["Here."]


async def test_nothing_is_committed_with_files_for_a_question_that_changed(store: SqliteStore) -> None:
    turn = await begun(store)
    question = asked("hi")
    place = question.address
    await store.withdraw(
        Withdrawn(place.platform, place.account, place.channel, question.message_id, question.key, NOW), NOW
    )
    with pytest.raises(Overtaken):
        await store.commit_answer(
            turn, Answer(Role.ASSISTANT, "x", TurnState.DONE, files=(CHART,)), HERE, NOW
        )
    assert all(post.file is None for post in await store.posts(turn))
