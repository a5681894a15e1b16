"""The live message under every outcome that a platform may have."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from core.conversation.pacing import Pacer
from core.conversation.reply import GIVE_UP_AFTER_S, REMOVED, Reply
from core.delivery import Draft, Lookup, MessageRef, Outcome, Rejected, Retry, Unknown
from core.errors import PlatformError
from core.memory.store import SqliteStore
from core.storage import Answer, PostState, Turn, TurnState
from core.transcript import Role
from tests.fakes.clock import ManualClock
from tests.fakes.platform import FakePlatform, fast
from tests.questions import asked

NOW = 1_700_000_100.0


class FastClock(ManualClock):
    """Runs as time does, can be put forward, and sleeps for no time."""

    def monotonic(self) -> float:
        return time.monotonic() + self.ticks


@dataclass
class Deleting(FakePlatform):
    """Answers deletes as scripted, and may not be searched."""

    delete_faults: list[Outcome] = field(default_factory=list)
    blind: bool = False

    async def find(self, lookup: Lookup) -> str | None:
        if self.blind:
            raise PlatformError("not now")
        return await FakePlatform.find(self, lookup)

    async def delete(self, ref: MessageRef) -> Outcome:
        if self.delete_faults:
            return self.delete_faults.pop(0)
        return await FakePlatform.delete(self, ref)


@dataclass
class Picky(FakePlatform):
    """Refuses drafts with an open bracket."""

    async def post(self, draft: Draft) -> Outcome:
        return Rejected("odd") if "[" in draft.text else await FakePlatform.post(self, draft)

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:
        return Rejected("odd") if "[" in text else await FakePlatform.edit(self, ref, text)


async def begun(store: SqliteStore) -> Turn:
    await store.accept(asked("hi"), (), NOW)
    turn = await store.begin(asked("").address, NOW)
    assert turn is not None
    return turn


@asynccontextmanager
async def presenting(
    store: SqliteStore, turn: Turn, platform: FakePlatform, clock: FastClock | None = None
) -> AsyncIterator[Reply]:
    """A reply that is being sent; leaving without its delivery cancels it, as a crash does."""
    clock = clock or FastClock()
    posts = await store.posts(turn)
    reply = Reply(turn, posts, platform=platform, store=store, pacer=Pacer(clock), clock=clock)
    task = asyncio.create_task(reply.present())
    try:
        yield reply
        if not reply._closed:
            task.cancel()
        async with asyncio.timeout(5):
            await asyncio.wait({task})
        if not task.cancelled():
            task.result()
    finally:
        task.cancel()


async def shows(platform: FakePlatform, *texts: str) -> None:
    deadline = time.monotonic() + 5
    while platform.texts() != list(texts):
        assert time.monotonic() < deadline, f"on screen: {platform.texts()}"
        await asyncio.sleep(0.001)


async def delivered(store: SqliteStore, turn: Turn, reply: Reply) -> None:
    texts = reply.close()
    answer = Answer(Role.ASSISTANT, reply.answer, TurnState.DONE)
    await store.commit_answer(turn, answer, texts, NOW)
    reply.deliver(texts)


async def test_what_stands_there_is_not_trusted_after_a_crash(store: SqliteStore) -> None:
    """The first words were written down, the edits after them were not."""
    turn, platform = await begun(store), FakePlatform()
    async with presenting(store, turn, platform) as reply:
        reply.grow("Yes")
        await shows(platform, "Yes")
        reply.grow(", and here is why: ")
        await shows(platform, "Yes, and here is why: ")
    again = await store.begin(turn.address, NOW)
    assert again is not None
    async with presenting(store, again, platform) as reply:
        reply.grow("Yes")
        await delivered(store, again, reply)
    assert platform.texts() == ["Yes"]


async def test_nor_between_the_commit_and_the_last_edit(store: SqliteStore) -> None:
    platform = FakePlatform(capabilities=fast(20))
    turn = await begun(store)
    async with presenting(store, turn, platform) as reply:
        reply.grow("Yes, indeed")
        await shows(platform, "Yes, indeed")
        reply.grow("\n\nAnd")
        await shows(platform, "Yes, indeed\n\nAnd")
        platform.edit_faults.extend([Retry(0.0)] * 1000)
        reply.grow(" so it goes on")
        texts = reply.close()
        assert texts == ("Yes, indeed", "And so it goes on")
        await store.commit_answer(turn, Answer(Role.ASSISTANT, "x", TurnState.DONE), texts, NOW)
    platform.edit_faults.clear()
    again = await store.begin(turn.address, NOW)
    assert again is not None
    async with presenting(store, again, platform) as reply:
        reply.deliver(texts)
    assert platform.texts() == list(texts)


async def test_a_frozen_message_that_was_confirmed_is_not_touched_after_a_crash(store: SqliteStore) -> None:
    platform = FakePlatform(capabilities=fast(20))
    turn = await begun(store)
    async with presenting(store, turn, platform) as reply:
        reply.grow("The first message.\n\nThe second")
        await delivered(store, turn, reply)
    edits = platform.requests.count("edit")
    again = await store.begin(turn.address, NOW)
    assert again is not None
    async with presenting(store, again, platform) as reply:
        reply.deliver(("The first message.", "The second"))
    assert platform.requests.count("edit") == edits


async def longer_before(store: SqliteStore, platform: FakePlatform) -> Turn:
    """The turn, begun again; its earlier attempt left two messages."""
    turn = await begun(store)
    async with presenting(store, turn, platform) as reply:
        reply.grow("The first message.\n\nThe second")
        await shows(platform, "The first message.", "The second")
    again = await store.begin(turn.address, NOW)
    assert again is not None
    return again


@pytest.mark.parametrize(
    "faults",
    [[], [Retry(0.0)], [Retry(0.0), Unknown("reset"), Retry(0.0)]],
    ids=["at once", "after a refusal", "after several"],
)
async def test_a_surplus_message_is_removed_in_the_end(store: SqliteStore, faults: list[Outcome]) -> None:
    platform = Deleting(capabilities=fast(20))
    turn = await longer_before(store, platform)
    platform.delete_faults = faults
    async with presenting(store, turn, platform) as reply:
        reply.grow("Short.")
        await delivered(store, turn, reply)
    assert platform.texts() == ["Short."]


async def test_a_surplus_message_that_may_not_be_removed_is_emptied(store: SqliteStore) -> None:
    platform = Deleting(capabilities=fast(20))
    turn = await longer_before(store, platform)
    platform.delete_faults = [Rejected("may_not"), Rejected("may_not")]
    platform.edit_faults = [Retry(0.0)]
    async with presenting(store, turn, platform) as reply:
        reply.grow("Short.")
        await delivered(store, turn, reply)
    assert platform.texts() == ["Short.", REMOVED]


async def test_a_surplus_message_of_which_nobody_heard_is_looked_for(store: SqliteStore) -> None:
    platform = Deleting(capabilities=fast(20), blind=True)
    turn = await begun(store)
    async with presenting(store, turn, platform) as reply:
        reply.grow("The first message.")
        await shows(platform, "The first message.")
        platform.faults.extend([("after", Unknown("reset"))])
        reply.grow("\n\nThe second")
        await shows(platform, "The first message.", "The second")
    posts = await store.posts(turn)
    assert posts[1].state is PostState.INTENT
    platform.blind = False
    again = await store.begin(turn.address, NOW)
    assert again is not None
    async with presenting(store, again, platform) as reply:
        reply.grow("Short.")
        await delivered(store, again, reply)
    assert platform.texts() == ["Short."]


async def test_a_refused_draft_waits_for_the_whole_text(store: SqliteStore) -> None:
    """Half a construct may be refused where the whole of it is fine."""
    turn, platform = await begun(store), Picky()
    async with presenting(store, turn, platform) as reply:
        reply.grow("See ")
        await shows(platform, "See ")
        reply.grow("\\[")
        await asyncio.sleep(0.02)
        reply._text._rest = reply._text._rest.replace("\\[", "here")
        await delivered(store, turn, reply)
    assert platform.texts() == ["See here"]


async def test_a_message_whose_first_draft_was_refused_is_posted_when_it_is_whole(store: SqliteStore) -> None:
    turn, platform = await begun(store), Picky()
    async with presenting(store, turn, platform) as reply:
        reply.grow("\\[ and more")
        await asyncio.sleep(0.02)
        reply._text._rest = "here"
        await delivered(store, turn, reply)
    assert platform.texts() == ["here"]


async def test_patience_is_counted_from_the_first_failure(store: SqliteStore) -> None:
    """A turn that waited long for the model has all of its patience left."""
    turn, platform, clock = (
        await begun(store),
        FakePlatform(faults=[Retry(0.0), Unknown("reset")]),
        FastClock(),
    )
    async with presenting(store, turn, platform, clock) as reply:
        clock.advance(GIVE_UP_AFTER_S + 1)
        reply.grow("Late, but here.")
        await delivered(store, turn, reply)
    assert platform.texts() == ["Late, but here."]


async def test_what_fails_for_ever_is_given_up(store: SqliteStore) -> None:
    turn, platform, clock = (
        await begun(store),
        FakePlatform(faults=[Unknown("reset")] * 100_000),
        FastClock(),
    )
    async with presenting(store, turn, platform, clock) as reply:
        reply.grow("Never.")
        await delivered(store, turn, reply)
        await asyncio.sleep(0.05)
        clock.advance(GIVE_UP_AFTER_S + 1)
    (post,) = await store.posts(turn)
    assert post.state is PostState.REJECTED
