"""Long threads: summaries are made of what is far back, and nothing that matters is lost by them."""

import asyncio

from core.conversation.compacting import FIRST_REST_S
from core.transcript import Message, Role, TextPart
from core.window import weight_of
from tests.emulators.model import Call, ModelEmulator
from tests.questions import ADA, BEN, asked
from tests.scenario.compaction import (
    ANSWERED,
    LARGE,
    SMALL,
    THREAD,
    Summariser,
    housekeeping,
    read,
    until_there,
    words,
)
from tests.scenario.conftest import Begin


def fits(call: Call) -> bool:
    rows = tuple(Message(Role(said.role), (TextPart(said.text),)) for said in call.ask.messages)
    most = int(call.ask.body["max_tokens"])
    return weight_of(rows) + most <= (SMALL.window or 0)


async def test_pins_and_originals_survive_twenty_compactions(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(summariser := Summariser())
    pins = (
        "The gate code is 4711-x.",
        "Ben is allergic to  nuts\nand to cats.",
        "Call me Dr. Ada 🦙, always.",
    )
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        store = talk.conversations.store
        for pin in pins:
            assert await store.pin(THREAD, pin, ADA, talk.clock.now()) is not None
        for number in range(1, 81):
            await house.grow(range(number, number + 1))
            await house.visit()
            if summariser.made >= 20:
                break
        await house.grow(range(number + 1, number + 2))
        assert len(house.summaries) >= 20
        for call in house.answers:
            assert all(pin in read(call) for pin in pins)
            assert fits(call)
        assert all(fits(call) for call in house.summaries)
        originals = await house.originals()
        assert all(words(at) in originals for at in range(1, number + 2))
        assert f"Summary {summariser.made}: " in read(house.answers[-1])
        assert await store.pins(THREAD) == (await store.memory(THREAD, 1)).pins
        assert tuple(pin.text for pin in await store.pins(THREAD)) == pins


async def test_each_summary_is_made_of_the_one_before_and_what_was_said_since(
    begin: Begin, model: ModelEmulator
) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        for number in range(1, 13):
            await house.grow(range(number, number + 1))
            await house.visit()
        first, second, *_ = house.summaries
        assert "Summary 1: " in read(second)
        assert "Point 1: " in read(first)
        assert "Point 1: " not in read(second)
        told = "\n".join(map(read, house.summaries))
        assert all(told.count(f"Point {number}: ") == 1 for number in range(1, 9))
        # The newest words are read as they were said.
        assert words(12) in read(house.answers[-1])
        assert words(11) in read(house.answers[-1])


async def test_a_thread_is_looked_after_when_it_is_hinted_at(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        await house.grow(range(1, 7))
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(house.compacting.run())
            house.compacting.hint(ANSWERED)
            house.compacting.hint(ANSWERED)
            await talk.until(lambda: len(house.summaries) == 1)
            await until_there(house)
            running.cancel()
        assert len(house.summaries) == 1


async def test_a_summary_is_read_after_a_restart(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        await house.grow(range(1, 7))
        await house.visit()
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        await house.grow(range(7, 8))
        assert "Summary 1: " in read(house.answers[-1])
        assert "Point 1: " not in read(house.answers[-1])
        assert "Point 6: " in read(house.answers[-1])


async def test_nobody_waits_for_a_summary(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        await house.grow(range(1, 7))
        model.hang()
        async with asyncio.TaskGroup() as tasks:
            visiting = tasks.create_task(house.visit())
            await talk.until(lambda: len(house.summaries) == 1)
            await house.grow(range(7, 8))
            assert "Point 7: " in read(house.answers[-1])
            talk.clock.speed = 100
            # A person who needs the slot has it at once, and the summary is made later.
            async with asyncio.timeout(5), house.slots:
                await talk.until(lambda: house.summaries[0].disconnected)
            await visiting
        assert len(house.summaries) == 2
        assert await house.summary() is not None


async def test_what_is_cancelled_leaves_nothing_half_done(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        await house.grow(range(1, 7))
        model.stall("Half a summary")
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(house.compacting.run())
            house.compacting.hint(ANSWERED)
            await talk.until(lambda: len(house.summaries) == 1)
            running.cancel()
        await talk.until(lambda: house.summaries[0].disconnected)
        assert await house.summary() is None
        await house.visit()
        assert await house.summary() is not None


async def test_a_failure_is_tried_again_after_a_rest(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        await house.grow(range(1, 7))
        model.fail(400)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(house.compacting.run())
            house.compacting.hint(ANSWERED)
            await talk.until(lambda: THREAD.key in house.compacting._rests)
            house.compacting.hint(ANSWERED)
            await talk.until(house.compacting._queue.empty)
            assert len(house.summaries) == 1
            talk.clock.skip(FIRST_REST_S + 1)
            house.compacting.hint(ANSWERED)
            await talk.until(lambda: THREAD.key not in house.compacting._rests)
            running.cancel()
        assert len(house.summaries) == 2
        assert await house.summary() is not None


async def test_what_is_no_summary_is_not_kept(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        await house.grow(range(1, 7))
        for text, finish in (("", "stop"), ("I cannot.", "content_filter"), ("long " * 3_000, "stop")):
            model.say(text, finish=finish, chunk=500)
            await house.visit()
            assert await house.summary() is None
        await house.grow(range(7, 8))
        assert "Point 7: " in read(house.answers[-1])


async def test_our_own_words_and_a_turn_at_work_are_no_part_of_it(begin: Begin, model: ModelEmulator) -> None:
    model.answer_with(Summariser())
    async with begin(model, facts=LARGE) as talk, housekeeping(talk) as house:
        model.say("")
        await house.grow(range(1, 7))
        talk.toolbox.held.add("look_up")
        model.call_tool("look_up", {"word": "canary"})
        await talk.ask(asked("Please look up the canary.", number=7, author=BEN))
        await talk.until(lambda: bool(talk.toolbox.calls))
        await house.visit()
        (made,) = house.summaries
        assert "empty answer" not in read(made)
        assert "canary" not in read(made)
        talk.toolbox.gate.set()
        await talk.settled(7)
        last = house.answers[-1].ask
        assert [said.text for said in last.tool_results] == ['found {"word": "canary"}']
        assert "Please look up the canary." in last.last_user_text
