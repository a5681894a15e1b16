"""An edit or a deletion at every stage of an answer, and a restart a moment later."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from core import phrases
from core.delivery import Retry
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Hold, Reply, opening, said, tokens
from tests.fakes.platform import FakePlatform, fast
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk

OLD, NEW = "Old-words", "New-words"
QUESTION = asked(OLD, number=5)
TAIL = "\n\n".join(f"Paragraph {number}: " + "word " * 10 for number in range(8))
PAUSES = (0, 1, 2, 4, 7, 12, 30, 100)


def answer(ask: Ask) -> Reply:
    """Several messages about the last line."""
    return said(f"About {ask.last_user_text.splitlines()[-1]}.\n\n{TAIL}", size=40)


def half(ask: Ask) -> Reply:
    """The beginning of it, for ever."""
    text = f"About {ask.last_user_text.splitlines()[-1]}.\n\n{TAIL}"
    return Reply((*opening(), *tokens(text[:350], 40), Hold()))


async def waiting(talk: Talk) -> None:
    """Behind another person's question."""
    talk.model.answer_with(half)
    await talk.ask(asked("Busy?", number=1, author=BEN))
    await talk.model.arrived()
    await talk.ask(QUESTION)


async def asked_for(talk: Talk) -> None:
    """The model has it, and has said nothing."""
    talk.model.hang()
    await talk.ask(QUESTION)
    await talk.model.arrived()


async def growing(talk: Talk) -> None:
    """Some messages are there."""
    talk.model.answer_with(half)
    await talk.ask(QUESTION)
    await talk.until(lambda: len(talk.platform.texts()) >= 2)


async def posting(talk: Talk) -> None:
    """The first message is on its way."""
    talk.platform.pause = 0.05
    await talk.ask(QUESTION)
    await talk.until(lambda: "post" in talk.platform.requests)


async def delivering(talk: Talk) -> None:
    """The answer is committed, and half of it is there."""
    await talk.ask(QUESTION)
    await talk.until(lambda: talk.platform.texts() != [])
    talk.platform.faults.extend([Retry(0.02)] * 3)
    await talk.model.ended()


async def ended(talk: Talk) -> None:
    """The whole answer is there."""
    await talk.ask(QUESTION)
    await talk.quiet()


async def stopped(talk: Talk) -> None:
    """A part of it is there, and will stay so."""
    await growing(talk)
    await talk.conversations.intake.command("stop", QUESTION.address, ADA, "")
    await talk.quiet()


Stage = Callable[[Talk], Awaitable[None]]
STAGES: tuple[Stage, ...] = (waiting, asked_for, growing, posting, delivering, ended, stopped)


async def until_restart(
    begin: Begin, model: ModelEmulator, stage: Stage, change: Callable[[Talk], Awaitable[object]], pause: int
) -> FakePlatform:
    """Live until a moment after the change, then once more to the end."""
    platform = FakePlatform(capabilities=fast(200))
    model.answer_with(answer)
    async with begin(model, platform) as talk:
        await stage(talk)
        await change(talk)
        for _ in range(pause):
            await asyncio.sleep(0)
        talk.crashed = bool(pause % 2)
    platform.pause = 0.0
    platform.faults.clear()
    model._queue.clear()
    model.answer_with(answer)
    async with begin(model, platform) as talk:
        await talk.quiet()
        if change is delete:
            assert talk.rows_with(OLD) == set()
    return platform


async def edit(talk: Talk) -> None:
    await talk.edit(QUESTION, NEW)


async def delete(talk: Talk) -> None:
    await talk.delete(QUESTION)


def whole(words: str) -> list[str]:
    return f"About {words}.\n\n{TAIL}".split()


@pytest.mark.parametrize("pause", PAUSES)
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
async def test_the_new_words_are_answered_once(
    begin: Begin, model: ModelEmulator, stage: Stage, pause: int
) -> None:
    platform = await until_restart(begin, model, stage, edit, pause)
    texts = " ".join(platform.texts()).split()
    assert texts == (whole("Busy?") if stage is waiting else []) + whole(NEW)
    assert phrases.STOPPED not in " ".join(platform.texts())
    assert OLD not in str(model.journal[-1].ask.messages)


@pytest.mark.parametrize("pause", PAUSES)
@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.__name__)
async def test_nothing_is_left_of_what_is_deleted(
    begin: Begin, model: ModelEmulator, stage: Stage, pause: int
) -> None:
    platform = await until_restart(begin, model, stage, delete, pause)
    texts = " ".join(platform.texts()).split()
    assert texts == (whole("Busy?") if stage is waiting else [])
