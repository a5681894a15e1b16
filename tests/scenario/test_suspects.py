"""A question that ends the process, or breaks the delivery, is found out and given up; the others go on."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from core import phrases
from core.conversation.recovery import MOST_CRASHES
from core.delivery import Draft, Outcome
from core.events import Asked
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Hold, Reply, opening, said, tokens
from tests.fakes.platform import FakePlatform
from tests.questions import BEN, asked
from tests.scenario.clock import BEGUN, StoryClock
from tests.scenario.conftest import Begin, Talk

BOMB = asked("bomb", thread="bomb")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.conversation.recovery.ALONE_S", 0.3)
    monkeypatch.setattr("core.conversation.lanes.STORE_PAUSE_S", 0.01)


def innocent(number: int, text: str = "innocent") -> Asked:
    return asked(f"{text} {number}", number=number + 10, thread=f"t{number}", author=BEN)


def answers(ask: Ask) -> Reply:
    """The bomb is never answered; what is slow waits for its gate."""
    text = ask.last_user_text
    return Reply((Hold(),)) if "bomb" in text or "slow" in text else said(f"You said: {text}")


async def stored(begin: Begin, model: ModelEmulator, *questions: Asked) -> None:
    async with begin(model) as talk:
        for number, question in enumerate(questions):
            await talk.conversations.store.accept(question, (), BEGUN + number)


def bombs(model: ModelEmulator) -> int:
    return sum("bomb" in call.ask.last_user_text for call in model.journal)


async def life(begin: Begin, model: ModelEmulator, platform: FakePlatform, fuse_s: float = 0.0) -> Talk:
    """Live until the bomb goes off, or until it is given up and nothing else can be done."""
    before = bombs(model)
    async with begin(model, platform) as talk:
        bomb = asyncio.create_task(model.until(lambda _: bombs(model) > before))
        given_up = asyncio.create_task(talk.shows(phrases.GAVE_UP, thread="bomb"))
        await asyncio.wait({given_up, bomb}, return_when=asyncio.FIRST_COMPLETED)
        talk.crashed = bombs(model) > before
        await asyncio.sleep(fuse_s if talk.crashed else 0.0)
        if not talk.crashed and not any("slow" in call.ask.last_user_text for call in model.journal):
            await talk.quiet()
        given_up.cancel()
        bomb.cancel()
    return talk


async def crashes(begin: Begin, model: ModelEmulator, platform: FakePlatform, count: int) -> None:
    for _ in range(count):
        async with begin(model, platform) as talk:
            talk.crashed = True


def strikes(folder: Path) -> dict[str, int]:
    """Of each thread's turn."""
    with closing(sqlite3.connect(folder / "tampu.db")) as connection:
        return {
            key.rpartition(":")[2]: count
            for key, count in connection.execute("SELECT thread_key, strikes FROM turn")
        }


async def test_the_one_that_ends_the_process_is_given_up_honestly(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(answers)
    await stored(begin, model, BOMB)
    platform = FakePlatform()
    lives = [await life(begin, model, platform) for _ in range(9)]
    assert platform.texts("bomb") == [phrases.GAVE_UP]
    exploded = [talk.crashed for talk in lives]
    assert exploded == sorted(exploded, reverse=True)
    assert sum(exploded) == MOST_CRASHES + 3


async def test_the_others_are_unharmed(begin: Begin, model: ModelEmulator) -> None:
    """They wait for the bomb and for one another, and none of them is blamed."""
    model.answer_with(answers)
    await stored(begin, model, BOMB, *(innocent(number) for number in range(5)))
    platform = FakePlatform()
    await crashes(begin, model, platform, MOST_CRASHES + 1)
    for _ in range(9):
        talk = await life(begin, model, platform)
    assert platform.texts("bomb") == [phrases.GAVE_UP]
    for number in range(5):
        assert platform.texts(f"t{number}") == [f"You said: innocent {number}"]
    assert max(count for thread, count in strikes(talk.folder).items() if thread != "bomb") == 0


async def test_one_that_only_takes_long_is_not_blamed(begin: Begin, model: ModelEmulator) -> None:
    """It stands before the bomb every time, and is at work when that goes off."""
    model.answer_with(answers)
    await stored(begin, model, innocent(1, "slow"), BOMB)
    platform = FakePlatform()
    for _ in range(MOST_CRASHES + 4):
        talk = await life(begin, model, platform)
        if not talk.crashed:
            break
    assert strikes(talk.folder)["t1"] == 0
    model.answer_with(lambda ask: said(f"You said: {ask.last_user_text}"))
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.texts("t1") == ["You said: slow 1"]
    assert platform.texts("bomb") == [phrases.GAVE_UP]


async def test_a_bomb_with_a_long_fuse_is_found_out_too(begin: Begin, model: ModelEmulator) -> None:
    """It goes off when a suspect has long been pardoned: the longer the loop, the longer each is watched."""
    model.answer_with(answers)
    await stored(begin, model, BOMB, innocent(1))
    platform = FakePlatform()
    for _ in range(MOST_CRASHES + 8):
        talk = await life(begin, model, platform, fuse_s=0.9)
        if not talk.crashed:
            break
    assert platform.texts("bomb") == [phrases.GAVE_UP]
    assert platform.texts("t1") == ["You said: innocent 1"]


async def test_a_hanging_suspect_does_not_hold_the_next_for_long(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(answers)
    await stored(begin, model, innocent(1, "slow"), innocent(2), innocent(3))
    platform = FakePlatform()
    await crashes(begin, model, platform, MOST_CRASHES + 1)
    async with begin(model, platform) as talk:
        await model.arrived(1)
        await asyncio.sleep(0.1)
        assert platform.texts("t2") == []
        await talk.shows("You said: innocent 2", thread="t2")
        await talk.shows("You said: innocent 3", thread="t3")
        assert platform.texts("t1") == []


async def test_after_a_few_crashes_all_go_at_once(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(answers)
    await stored(begin, model, innocent(1, "slow"), innocent(2, "slow"))
    platform = FakePlatform()
    await crashes(begin, model, platform, MOST_CRASHES - 1)
    asked_before = len(model.journal)
    async with begin(model, platform):
        await model.arrived(asked_before + 2, timeout_s=0.25)


async def test_ends_in_order_are_no_crashes(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(answers)
    await stored(begin, model, innocent(1, "slow"), innocent(2, "slow"))
    platform = FakePlatform()
    for _ in range(10):
        async with begin(model, platform):
            pass
    asked_before = len(model.journal)
    async with begin(model, platform):
        await model.arrived(asked_before + 2, timeout_s=0.25)


async def test_crashes_of_long_ago_are_forgotten(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(answers)
    await stored(begin, model, innocent(1, "slow"), innocent(2, "slow"))
    platform, clock = FakePlatform(), StoryClock()
    await crashes(begin, model, platform, MOST_CRASHES + 3)
    clock.skip(600)
    asked_before = len(model.journal)
    async with begin(model, platform, clock=clock):
        await model.arrived(asked_before + 2, timeout_s=0.25)


async def test_something_new_in_its_thread_does_not_set_it_off(begin: Begin, model: ModelEmulator) -> None:
    """It would be taken up beside the others, and nobody would be blamed."""
    model.answer_with(answers)
    await stored(begin, model, innocent(1, "slow"), BOMB)
    platform = FakePlatform()
    for _ in range(MOST_CRASHES + 1):
        assert (await life(begin, model, platform)).crashed
    calls, before = len(model.journal), bombs(model)
    async with begin(model, platform) as talk:
        await talk.ask(asked("Hello?", number=2, thread="bomb", author=BEN))
        await model.arrived(calls + 1)
        await asyncio.sleep(0.1)
        assert bombs(model) == before
        await model.until(lambda _: bombs(model) == before + 1)
        assert strikes(talk.folder) == {"t1": 0, "bomb": 1}


async def test_what_was_given_up_is_answered_when_it_is_edited(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(answers)
    await stored(begin, model, BOMB)
    platform = FakePlatform()
    while (await life(begin, model, platform)).crashed:
        pass
    async with begin(model, platform) as talk:
        await talk.edit(BOMB, "a harmless word")
        await talk.quiet()
    assert platform.texts("bomb") == ["You said: a harmless word"]
    assert len(platform.messages) == 1


@dataclass
class Broken(FakePlatform):
    """Has a bug that some words bring out."""

    word: str = "bomb"
    failures: int = 1000

    async def post(self, draft: Draft) -> Outcome:
        if self.word in draft.text and self.failures:
            self.failures -= 1
            raise RuntimeError("a bug")
        return await FakePlatform.post(self, draft)


async def test_a_bug_in_the_delivery_ends_in_an_honest_word(begin: Begin, model: ModelEmulator) -> None:
    platform = Broken()
    async with begin(model, platform) as talk:
        await talk.ask(BOMB)
        await talk.ask(innocent(1))
        await talk.quiet()
        assert platform.texts("bomb") == [phrases.GAVE_UP]
        assert platform.texts("t1") == ["You said: innocent 1"]
        assert len(model.journal) <= 4
        await talk.ask(asked("Go on", number=2, thread="bomb"))
        await talk.until(lambda: "Go on" in str(model.journal[-1].ask.messages))


async def test_a_bug_that_shows_late_is_no_endless_loop(begin: Begin, model: ModelEmulator) -> None:
    """Every attempt lives longer than a suspect has to; it fails all the same."""
    model.answer_with(lambda _: Reply((*opening(0.5), *tokens("bomb"), Hold())))
    platform = Broken()
    async with begin(model, platform) as talk:
        await talk.ask(BOMB)
        await talk.quiet()
        assert platform.texts("bomb") == [phrases.GAVE_UP]
        assert len(model.journal) == 3


async def test_a_bug_that_cannot_even_be_told_ends_too(begin: Begin, model: ModelEmulator) -> None:
    platform = Broken(word="")
    async with begin(model, platform) as talk:
        await talk.ask(BOMB)
        await talk.quiet()
        assert platform.messages == {}
        platform.failures = 0
        await talk.ask(asked("Go on", number=2, thread="bomb"))
        await talk.quiet()
        assert platform.texts("bomb") != []


async def test_a_bug_that_passes_costs_nothing(begin: Begin, model: ModelEmulator) -> None:
    platform = Broken(failures=1)
    async with begin(model, platform) as talk:
        await talk.ask(BOMB)
        await talk.quiet()
        assert platform.texts("bomb") == ["You said: bomb"]
