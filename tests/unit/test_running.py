"""Turns at work, and how they are ended early."""

import asyncio
from dataclasses import replace

import pytest

from core.conversation.pacing import Pacer
from core.conversation.reply import Reply
from core.conversation.running import Cut, Running, Stoppable
from core.events import Closed
from core.storage import Post, PostState, Turn, TurnState
from tests.fakes.clock import ManualClock
from tests.fakes.platform import FakePlatform
from tests.fakes.store import MemoryStore
from tests.questions import ADA, BEN, asked

HERE = asked("").address


def turn(name: str = "turn1", thread: str = "t1", author: str = ADA.id, channel: str = "c1") -> Turn:
    question = asked("?", thread=thread, author=ADA if author == ADA.id else BEN)
    address = replace(question.address, channel=channel)
    return Turn(name, address, 1, 1, TurnState.RUNNING, (question,), "q1")


def reply_of(one: Turn, *, visible: bool = False) -> Reply:
    posts = (Post(0, "k", PostState.SENT, "m1", "Hi", None),) if visible else ()
    clock = ManualClock()
    return Reply(one, posts, platform=FakePlatform(), store=MemoryStore(), pacer=Pacer(clock), clock=clock)


@pytest.fixture
def running() -> Running:
    return Running()


async def never() -> object:
    return await asyncio.Event().wait()


async def ended(work: asyncio.Task[object]) -> bool:
    await asyncio.wait({work}, timeout=0.05)
    was_cancelled = work.cancelled()
    work.cancel()
    return was_cancelled


async def test_a_stop_cancels_the_work_once(running: Running) -> None:
    with running.entered(turn(), is_command=False) as stoppable:
        work = asyncio.create_task(never())
        stoppable.bind(work)
        assert running.stop(HERE, BEN.id)
        assert not running.stop(HERE, BEN.id)
        assert stoppable.cut is Cut.STOPPED
        assert await ended(work)


async def test_a_stop_before_there_is_work_waits_for_it(running: Running) -> None:
    with running.entered(turn(), is_command=False) as stoppable:
        assert running.stop(HERE, ADA.id)
        work = asyncio.create_task(never())
        stoppable.bind(work)
        assert await ended(work)


async def test_what_is_over_cannot_be_stopped_only_overtaken(running: Running) -> None:
    with running.entered(turn(), is_command=False) as stoppable:
        stoppable.over()
        assert not running.stop(HERE, ADA.id)
        running.interrupt(HERE, ADA.id)
        running.close(Closed("test", "a1", "c1"))
        assert stoppable.cut is None
        running.overtake("turn1")
        assert stoppable.cut is Cut.OVERTAKEN


async def test_what_has_left_is_not_found(running: Running) -> None:
    with running.entered(turn(), is_command=False):
        pass
    assert not running.stop(HERE, ADA.id)


async def test_without_a_thread_a_stop_means_ones_own_in_the_channel(running: Running) -> None:
    everywhere = replace(HERE, thread="")
    with (
        running.entered(turn("a", "t1"), is_command=False) as own,
        running.entered(turn("b", "t2"), is_command=False) as own_too,
        running.entered(turn("c", "t3", BEN.id), is_command=False) as another,
        running.entered(turn("d", "t4", channel="c2"), is_command=False) as elsewhere,
    ):
        assert running.stop(everywhere, ADA.id)
        cuts = [one.cut for one in (own, own_too, another, elsewhere)]
    assert cuts == [Cut.STOPPED, Cut.STOPPED, None, None]


async def test_the_turn_of_a_typed_stop_hears_that_there_was_something(running: Running) -> None:
    with running.entered(turn(), is_command=False):
        running.stop_at_once(HERE, ADA.id)
    assert running.stop(HERE, ADA.id)
    assert not running.stop(HERE, ADA.id)


async def test_a_command_is_neither_stopped_nor_interrupted(running: Running) -> None:
    with running.entered(turn(), is_command=True) as command:
        assert not running.stop(HERE, ADA.id)
        running.interrupt(HERE, ADA.id)
        assert command.cut is None


@pytest.mark.parametrize(
    ("visible", "words", "cut"),
    [(False, "Hi", Cut.OVERTAKEN), (True, "Hi", Cut.INTERRUPTED), (True, "", Cut.OVERTAKEN)],
    ids=["unseen", "seen", "seen of an earlier attempt"],
)
async def test_an_interruption_depends_on_what_is_seen(
    running: Running, visible: bool, words: str, cut: Cut
) -> None:
    one = turn()
    with running.entered(one, is_command=False) as stoppable:
        reply = reply_of(one, visible=visible)
        reply.grow(words)
        stoppable.show(reply)
        running.interrupt(HERE, BEN.id)
        assert stoppable.cut is None
        running.interrupt(replace(HERE, thread="t2"), ADA.id)
        assert stoppable.cut is None
        running.interrupt(HERE, ADA.id)
        assert stoppable.cut is cut


async def test_a_turn_that_is_overtaken_before_it_has_a_reply_sends_nothing() -> None:
    one = turn()
    stoppable = Stoppable(one, is_command=False)
    stoppable.overtake()
    reply = reply_of(one)
    stoppable.show(reply)
    reply.grow("never")
    async with asyncio.timeout(1):
        await reply.present()
    assert not reply.is_visible


@pytest.mark.parametrize(
    ("place", "gone"),
    [
        (Closed("test", "a1", "c1"), True),
        (Closed("test", "a1"), True),
        (Closed("test", "a1", "c2"), False),
        (Closed("test", "a2"), False),
        (Closed("other", "a1"), False),
    ],
)
async def test_a_place_that_closes(running: Running, place: Closed, gone: bool) -> None:
    with running.entered(turn(), is_command=False) as stoppable:
        running.close(place)
        assert (stoppable.cut is Cut.GONE) is gone


async def test_an_edit_outweighs_a_stop(running: Running) -> None:
    with running.entered(turn(), is_command=False) as stoppable:
        running.stop(HERE, ADA.id)
        running.overtake("turn1")
        assert stoppable.cut is Cut.OVERTAKEN
        assert not stoppable.end(Cut.STOPPED)


async def test_a_stop_between_two_attempts_stops_the_next(running: Running) -> None:
    with running.entered(turn(), is_command=False):
        running.overtake("turn1")
        assert running.stop(HERE, ADA.id)
    with running.entered(turn(), is_command=False) as anew:
        assert anew.cut is Cut.STOPPED
    with running.entered(turn(), is_command=False) as later:
        assert later.cut is None


async def test_another_turn_is_not_overtaken(running: Running) -> None:
    with running.entered(turn(), is_command=False) as stoppable:
        running.overtake("turn2")
        assert stoppable.cut is None
