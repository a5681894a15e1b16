"""What is edited, deleted or forgotten is in no summary, whenever it happens."""

import asyncio

from tests.emulators.model import ModelEmulator
from tests.questions import ADA, asked
from tests.scenario.compaction import LARGE, THREAD, Summariser, housekeeping, read, words
from tests.scenario.conftest import Begin


async def test_an_edit_while_a_summary_is_made_has_it_made_again(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        await house.grow(range(1, 7))
        gate = model.say_held("Point 1 was made by Ada ", "with many words.")
        async with asyncio.TaskGroup() as tasks:
            visiting = tasks.create_task(house.visit())
            await talk.until(lambda: len(house.summaries) == 1)
            await talk.edit(asked(words(1), number=1), "Another matter altogether.")
            gate.set()
            await visiting
        refused, made = house.summaries
        assert words(1) in read(refused)
        assert words(1) not in read(made)
        assert "Another matter altogether." in read(made)
        summary = await house.summary()
        assert summary is not None
        assert summary.text.startswith("Summary ")


async def test_a_deletion_takes_the_summary_away_and_the_originals_are_read_again(
    begin: Begin, model: ModelEmulator
) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        question = asked("My canary is called Kiki.", number=1)
        await talk.ask(question)
        await talk.settled()
        await house.grow(range(2, 7))
        model.say("Ada has a canary, Kiki. They talked about points.", chunk=100)
        await house.visit()
        assert talk.rows_with("Kiki") == {"summary", "message", "inbox"}
        await talk.delete(question)
        await talk.until(lambda: not talk.rows_with("Kiki"))
        assert await house.summary() is None
        await talk.quiet()
        await house.grow(range(7, 8))
        text = read(house.answers[-1])
        assert "Kiki" not in text
        assert words(6) in text
        await house.visit()
        assert "Kiki" not in read(house.summaries[-1])
        assert "Point 2: " in read(house.summaries[-1])
        assert await house.summary() is not None


async def test_a_deletion_while_a_summary_is_made(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        question = asked("My canary is called Kiki.", number=1)
        await talk.ask(question)
        await talk.settled()
        await house.grow(range(2, 7))
        gate = model.say_held("Ada has a canary, ", "Kiki. They talked about points.")
        async with asyncio.TaskGroup() as tasks:
            visiting = tasks.create_task(house.visit())
            await talk.until(lambda: len(house.summaries) == 1)
            await talk.delete(question)
            gate.set()
            await visiting
        await talk.until(lambda: not talk.rows_with("Kiki"))
        assert "Kiki" not in read(house.summaries[-1])


async def test_a_fresh_start_while_a_summary_is_made(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        await house.grow(range(1, 7))
        gate = model.say_held("Point 1 was made by Ada ", "with many words.")
        async with asyncio.TaskGroup() as tasks:
            visiting = tasks.create_task(house.visit())
            await talk.until(lambda: len(house.summaries) == 1)
            await talk.conversations.store.reset(THREAD, ADA, 1.0)
            gate.set()
            await visiting
        assert await house.summary() is None
        await house.grow(range(7, 8))
        assert "Point 1" not in read(house.answers[-1])


async def test_an_edit_of_what_is_summarised_brings_the_originals_back(
    begin: Begin, model: ModelEmulator
) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        await house.grow(range(1, 7))
        await house.visit()
        assert await house.summary() is not None
        await talk.edit(asked(words(1), number=1), "Another matter altogether.")
        assert await house.summary() is None
        await house.grow(range(7, 8))
        assert "Summary 1" not in read(house.answers[-1])
        await house.visit()
        assert "Another matter altogether." in read(house.summaries[-1])
