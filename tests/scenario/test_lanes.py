"""From the door to the lane: whoever was taken in is answered once, whatever happens between."""

import asyncio
from dataclasses import dataclass

import pytest

from core.address import Address
from core.delivery import Draft, Outcome
from core.errors import StoreError
from core.events import Verdict
from core.memory.store import SqliteStore
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import asked
from tests.scenario.conftest import Begin, Talk


async def test_a_question_whose_caller_gave_up_is_answered(talk: Talk) -> None:
    """Stored, but the one who handed it in had stopped waiting by then; the platform delivers it again."""
    task = asyncio.create_task(talk.ask("hi"))
    while not task.done():
        await asyncio.sleep(0)
        if talk.conversations.store._database._writer._queue.qsize():
            task.cancel()
    assert task.cancelled()
    await talk.settled()
    assert talk.platform.texts() == ["You said: hi"]
    assert await talk.ask("hi") is Verdict.DUPLICATE
    await talk.settled(2)
    assert len(talk.platform.texts()) == 1


async def test_a_question_that_is_delivered_again_is_answered_even_if_nobody_was_woken(talk: Talk) -> None:
    assert await talk.conversations.store.accept(asked("hi"), (), 1.0)
    assert await talk.ask("hi") is Verdict.DUPLICATE
    await talk.settled()
    assert talk.platform.texts() == ["You said: hi"]


async def test_a_hint_about_a_thread_of_which_nothing_is_stored_is_harmless(talk: Talk) -> None:
    talk.conversations.lanes.wake(asked("", thread="nowhere").address)
    await talk.settled()
    await talk.ask("hi")
    await talk.settled(2)
    assert talk.platform.texts() == ["You said: hi"]


async def test_a_store_that_fails_under_a_tool_call_costs_nothing(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = SqliteStore.tool_started, [1]

    async def failing(self: SqliteStore, *args: object) -> None:
        if failures:
            failures.pop()
            raise StoreError("locked")
        await real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(SqliteStore, "tool_started", failing)
    monkeypatch.setattr("core.conversation.lanes.STORE_PAUSE_S", 0.01)
    talk.model.call_tool("look_up", {})
    talk.model.call_tool("look_up", {})
    talk.model.say("Found.")
    await talk.ask("look it up")
    await talk.settled()
    assert talk.platform.texts() == ["Found."]


async def test_commands_with_openers_are_answered_one_by_one(talk: Talk) -> None:
    gate = talk.model.say_held("First ", "answer.")
    await talk.ask("first")
    await talk.model.arrived()
    for number in (2, 3):
        await talk.ask(asked(f"q{number}", number=number, opener=f"**Ada asked:** q{number}"))
    gate.set()
    await talk.settled()
    assert talk.platform.texts() == [
        "First answer.",
        "**Ada asked:** q2",
        "You said: q2",
        "**Ada asked:** q3",
        "You said: q3",
    ]


@dataclass
class Closing(FakePlatform):
    """Its connection breaks when a request is cancelled."""

    async def post(self, draft: Draft) -> Outcome:
        self.requests.append("post")
        try:
            return await FakePlatform.post(self, draft)
        except asyncio.CancelledError:
            raise OSError("closed") from None


async def test_an_end_is_an_end_though_something_fails_at_that_moment(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = Closing(pause=30.0)
    async with asyncio.timeout(10), begin(model, platform) as talk:
        await talk.ask("hi")
        await talk.until(lambda: "post" in platform.requests)
    assert platform.texts() == []


@dataclass
class Rude(FakePlatform):
    """Breaks the rule that a sign is best effort."""

    async def show_idle(self, address: Address) -> None:
        self.idle.append(address.key)
        raise RuntimeError("a bug")


async def test_a_bug_after_the_answer_is_not_repeated_for_ever(
    begin: Begin, model: ModelEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.conversation.lanes.STORE_PAUSE_S", 0.01)
    platform = Rude()
    async with begin(model, platform) as talk:
        await talk.ask("hi")
        await talk.settled()
        await asyncio.sleep(0.1)
        assert len(platform.idle) == 1
        await talk.ask(asked("more", number=2))
        await talk.until(lambda: len(platform.texts()) == 2)
