"""Five ways in which messages get lost between queue and handler; here each of them is answered once."""

import pytest

from core import phrases
from core.address import Address
from core.conversation.answering import Answering
from core.conversation.reply import Reply
from core.errors import StoreError
from core.events import Verdict
from core.memory.store import SqliteStore
from core.ports import Platform
from core.storage import Answer, Turn
from tests.questions import asked
from tests.scenario.conftest import Talk


async def test_two_threads_of_one_channel_wait_behind_a_third(talk: Talk) -> None:
    gate = talk.model.say_held("First ", "answer.")
    await talk.ask(asked("a", thread="t1"))
    await talk.model.arrived()
    await talk.ask(asked("b", number=2, thread="t1"))
    await talk.ask(asked("c", number=3, thread="t2"))
    await talk.shows("You said: c", thread="t2")
    gate.set()
    await talk.shows("First answer.", "You said: b")


async def test_a_message_that_comes_between_the_last_look_and_the_letting_go(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, late = SqliteStore.begin, [asked("b", number=2)]

    async def begin(self: SqliteStore, address: Address, now: float, *, strike: bool = False) -> Turn | None:
        turn = await real(self, address, now, strike=strike)
        if turn is None and late:
            # The lane has seen that nothing waits, and has not gone yet.
            assert await talk.ask(late.pop()) is Verdict.STORED
        return turn

    monkeypatch.setattr(SqliteStore, "begin", begin)
    await talk.ask("a")
    await talk.shows("You said: a", "You said: b")
    await talk.quiet()


async def test_a_message_whose_handling_failed_and_that_is_delivered_again(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = SqliteStore.posts, [StoreError("gone wrong")]

    async def posts(self: SqliteStore, turn: Turn) -> object:
        if failures:
            raise failures.pop()
        return await real(self, turn)

    monkeypatch.setattr(SqliteStore, "posts", posts)
    monkeypatch.setattr("core.conversation.lanes.STORE_PAUSE_S", 0.01)
    assert await talk.ask("a") is Verdict.STORED
    assert await talk.ask("a") is Verdict.DUPLICATE
    await talk.shows("You said: a")
    assert await talk.ask("a") is Verdict.DUPLICATE
    await talk.quiet()
    assert talk.platform.texts() == ["You said: a"]


async def test_a_message_behind_one_whose_handling_breaks(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Answering.answer

    async def answer(self: Answering, turn: Turn, platform: Platform, reply: Reply) -> Answer:
        if turn.questions[0].text == "a":
            await gate.wait()
            raise ArithmeticError("nobody thought of this")
        return await real(self, turn, platform, reply)

    gate = talk.toolbox.gate
    monkeypatch.setattr(Answering, "answer", answer)
    await talk.ask("a")
    await talk.ask(asked("b", number=2))
    gate.set()
    # The model still reads what nobody could answer.
    await talk.shows(phrases.BUG, "You said: a\nb")


async def test_a_message_that_comes_while_another_is_handled_and_is_delivered_again(talk: Talk) -> None:
    gate = talk.model.say_held("First ", "answer.")
    await talk.ask("a")
    await talk.model.arrived()
    late = asked("b", number=2)
    assert [await talk.ask(late), await talk.ask(late)] == [Verdict.STORED, Verdict.DUPLICATE]
    gate.set()
    await talk.shows("First answer.", "You said: b")
    await talk.quiet()
    assert len(talk.platform.texts()) == 2
