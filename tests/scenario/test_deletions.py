"""A person deletes what they have asked: it gets no answer, or loses the one it has."""

import asyncio
import time

import pytest

from core import phrases
from core.conversation.reply import REMOVED
from core.delivery import Rejected, Retry, Unknown
from core.events import Verdict
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk

QUESTION = asked("Where is the treasure?")
LONG = "\n\n".join(f"Paragraph {number}: " + "word " * 10 for number in range(12)) + "the end"


async def half_said(talk: Talk, text: str = "The treasure is") -> None:
    talk.model.stall(text)
    await talk.ask(QUESTION)
    await talk.shows(text)


async def answered(talk: Talk, text: str = "In the treasure house.") -> None:
    talk.model.say(text)
    await talk.ask(QUESTION)
    await talk.quiet()


async def test_before_the_lane_takes_it(talk: Talk) -> None:
    gate = talk.model.say_held("Let me ", "think.")
    await talk.ask(asked("Busy?", number=2, author=BEN))
    await talk.model.arrived()
    await talk.ask(QUESTION)
    assert await talk.delete(QUESTION) is Verdict.STORED
    gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["Let me think."]
    assert len(talk.model.journal) == 1
    assert talk.rows_with("treasure") == set()


async def test_in_the_moment_in_which_the_lane_takes_it(talk: Talk) -> None:
    await talk.conversations.store.accept(QUESTION, (), 1.0)
    async with talk.one_batch() as batch:
        talk.conversations.lanes.wake(QUESTION.address)
        await batch.holds(1)
        deletion = asyncio.create_task(talk.delete(QUESTION))
        await batch.holds(2)
    await deletion
    await talk.quiet()
    assert talk.model.journal == ()
    assert talk.platform.messages == {}


async def test_before_the_first_word(talk: Talk) -> None:
    talk.model.hang()
    await talk.ask(QUESTION)
    await talk.model.arrived()
    deleted_at = time.monotonic()
    await talk.delete(QUESTION)
    (call,) = await talk.model.ended(timeout_s=1)
    assert call.disconnected
    assert call.ended_at is not None
    assert call.ended_at - deleted_at < 1
    await talk.quiet()
    assert talk.platform.messages == {}
    assert talk.rows_with("treasure") == set()


async def test_in_mid_stream_the_model_is_cut_off_and_the_part_is_taken_away(talk: Talk) -> None:
    await half_said(talk)
    deleted_at = time.monotonic()
    await talk.delete(QUESTION)
    (call,) = await talk.model.ended(timeout_s=1)
    assert call.disconnected
    assert call.ended_at is not None
    assert call.ended_at - deleted_at < 1
    await talk.quiet()
    assert talk.platform.messages == {}
    assert talk.rows_with("treasure") == set()


async def test_in_mid_stream_of_several_messages(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(capabilities=fast(200))
    async with begin(model, platform) as talk:
        model.stall(LONG)
        await talk.ask(QUESTION)
        await talk.until(lambda: " ".join(platform.texts()).endswith("the end"))
        await talk.delete(QUESTION)
        await talk.quiet()
        assert platform.messages == {}
        assert talk.rows_with("Paragraph") == set()


async def test_while_the_first_post_is_on_its_way(begin: Begin, model: ModelEmulator) -> None:
    """It arrives after the deletion, and is taken away."""
    gate = asyncio.Event()
    platform = FakePlatform(gate=gate)
    async with begin(model, platform) as talk:
        model.stall("The treasure is")
        await talk.ask(QUESTION)
        await talk.until(lambda: "post" in platform.requests)
        await talk.delete(QUESTION)
        (call,) = await model.ended(timeout_s=1)
        assert call.disconnected
        gate.set()
        await talk.quiet()
    assert platform.messages == {}
    assert platform.requests.count("delete") == 1


async def test_while_a_post_is_out_of_which_nobody_hears(talk: Talk) -> None:
    talk.platform.faults.append(("after", Unknown("reset")))
    talk.model.stall("The treasure is")
    await talk.ask(QUESTION)
    await talk.until(lambda: talk.platform.texts() != [])
    await talk.delete(QUESTION)
    await talk.quiet()
    assert talk.platform.messages == {}


async def test_during_delivery(talk: Talk) -> None:
    gate = talk.model.say_held("The treasure ", "is under the stairs.")
    await talk.ask(QUESTION)
    await talk.shows("The treasure ")
    talk.platform.edit_faults.extend([Retry(0.2)] * 3)
    gate.set()
    await talk.model.ended()
    await talk.until(lambda: talk.platform.requests.count("edit") > 0)
    await talk.delete(QUESTION)
    await talk.quiet()
    assert talk.platform.messages == {}
    assert talk.rows_with("treasure") == set()


async def test_after_the_end_all_messages_of_the_answer_go(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(capabilities=fast(200))
    async with begin(model, platform) as talk:
        model.say("Hello.")
        await talk.ask(asked("Hi", number=0))
        await talk.quiet()
        await answered(talk, LONG)
        assert len(platform.texts()) > 4
        await talk.delete(QUESTION)
        await talk.quiet()
        assert platform.texts() == ["Hello."]
        assert talk.rows_with("treasure") == set()
        assert talk.rows_with("Paragraph") == set()


async def test_the_next_answer_knows_nothing_of_it(talk: Talk) -> None:
    await answered(talk)
    await talk.delete(QUESTION)
    await talk.quiet()
    await talk.ask(asked("What did I ask?", number=2))
    await talk.quiet()
    assert "treasure" not in talk.read()
    assert [message.role for message in talk.model.journal[-1].ask.messages] == ["system", "user"]


async def test_where_nothing_can_be_deleted_it_is_emptied(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(capabilities=fast(200), delete_faults=[Rejected("may_not")] * 99)
    async with begin(model, platform) as talk:
        await answered(talk, LONG)
        await talk.delete(QUESTION)
        await talk.quiet()
        assert set(platform.texts()) == {REMOVED}
        assert await talk.conversations.store.waiting() == ()


async def test_where_deletions_are_limited_they_are_made_later(talk: Talk) -> None:
    await answered(talk)
    talk.platform.delete_faults.extend([Retry(0.05), Unknown("reset"), Retry(0.05)])
    await talk.delete(QUESTION)
    await talk.quiet()
    assert talk.platform.messages == {}


async def test_twice(talk: Talk) -> None:
    await answered(talk)
    assert [await talk.delete(QUESTION), await talk.delete(QUESTION)] == [Verdict.STORED] * 2
    await talk.quiet()
    assert talk.platform.messages == {}
    assert await talk.delete(QUESTION) is Verdict.STORED
    await talk.quiet()
    assert talk.platform.requests.count("delete") == 1


async def test_before_it_arrives(talk: Talk) -> None:
    assert await talk.delete(QUESTION) is Verdict.NOT_ADDRESSED
    assert await talk.ask(QUESTION) is Verdict.DUPLICATE
    assert await talk.edit(QUESTION, "Where is the treasure now?") is Verdict.DUPLICATE
    await talk.quiet()
    assert talk.platform.messages == {}
    assert talk.model.journal == ()
    assert talk.rows_with("treasure") == set()


async def test_an_edit_of_what_is_deleted_changes_nothing(talk: Talk) -> None:
    await answered(talk)
    await talk.delete(QUESTION)
    await talk.edit(QUESTION, "Where is the treasure now?")
    await talk.quiet()
    assert talk.platform.messages == {}
    assert talk.rows_with("treasure") == set()
    assert len(talk.model.journal) == 1


async def test_an_edit_and_a_deletion_in_a_row(talk: Talk) -> None:
    await half_said(talk)
    await talk.edit(QUESTION, "Where is the treasure now?")
    await talk.delete(QUESTION)
    await talk.quiet()
    assert talk.platform.messages == {}
    assert talk.rows_with("treasure") == set()


async def test_a_message_of_somebody_else_changes_nothing(talk: Talk) -> None:
    await answered(talk)
    assert await talk.delete(asked("lunch?", number=7, author=BEN)) is Verdict.NOT_ADDRESSED
    await talk.quiet()
    assert talk.platform.texts() == ["In the treasure house."]


async def test_an_old_question_while_another_answer_runs_in_its_thread(talk: Talk) -> None:
    await answered(talk)
    gate = talk.model.say_held("The weather ", "is fine.")
    await talk.ask(asked("And the weather?", number=2, author=BEN))
    await talk.shows("In the treasure house.", "The weather ")
    await talk.delete(QUESTION)
    assert talk.rows_with("treasure") == set()
    gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["The weather is fine."]
    (_, second) = talk.model.journal
    assert not second.disconnected


async def test_a_command_loses_its_reply(talk: Talk) -> None:
    command = asked("/help")
    await talk.ask(command)
    await talk.quiet()
    await talk.delete(command)
    await talk.quiet()
    assert talk.platform.messages == {}


async def test_a_stopped_answer_goes_too(talk: Talk) -> None:
    await half_said(talk)
    await talk.conversations.intake.command("stop", QUESTION.address, ADA, "")
    await talk.quiet()
    assert talk.platform.texts() == [f"The treasure is\n\n{phrases.STOPPED}"]
    await talk.delete(QUESTION)
    await talk.quiet()
    assert talk.platform.messages == {}
    assert talk.rows_with("treasure") == set()


@pytest.mark.parametrize("pause", [0, 1, 2, 3, 5, 8, 13, 21, 34], ids=str)
async def test_a_restart_after_a_deletion_in_mid_stream(
    begin: Begin, model: ModelEmulator, pause: int
) -> None:
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await half_said(talk)
        await talk.delete(QUESTION)
        for _ in range(pause):
            await asyncio.sleep(0)
    async with begin(model, platform) as talk:
        await talk.quiet()
        assert talk.rows_with("treasure") == set()
    assert platform.messages == {}
    assert len(model.journal) == 1


async def test_a_restart_before_the_messages_are_gone(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(capabilities=fast(200))
    async with begin(model, platform) as talk:
        await answered(talk, LONG)
        platform.delete_faults.extend([Retry(30.0)] * 9)
        await talk.delete(QUESTION)
        await talk.until(lambda: "delete" in platform.requests)
        assert platform.messages
    platform.delete_faults.clear()
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.messages == {}
    assert len(model.journal) == 1


async def test_a_deletion_while_nobody_listened(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await half_said(talk)
    model.stall("Once more: the treasure is")
    async with begin(model, platform) as talk:
        await model.arrived(2)
        await talk.delete(QUESTION)
        await talk.quiet()
        assert talk.rows_with("treasure") == set()
    assert platform.messages == {}


async def test_of_a_question_that_is_older_than_what_is_answered_after_a_restart(
    begin: Begin, model: ModelEmulator
) -> None:
    """What is too late for an answer is not too late to be taken back."""
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await answered(talk)
        platform.delete_faults.append(Retry(30.0))
        await talk.delete(QUESTION)
        await talk.until(lambda: "delete" in platform.requests)
        later = talk.clock
    later.skip(7200)
    async with begin(model, platform, clock=later) as talk:
        await talk.quiet()
    assert platform.messages == {}
