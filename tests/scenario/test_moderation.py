"""The operator's check, by a model that guards: before the question is read, before the answer is shown."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from core import phrases
from core.conversation.checking import Checking
from core.llama.connection import Connection
from core.llama.endpoint import Deadlines, Endpoint
from core.llama.moderation import Guard, LlamaModerator, Way
from core.message import Attachment
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Reply, failed, whole
from tests.fakes.platform import FakePlatform
from tests.questions import ADA, asked
from tests.scenario.conftest import Begin

BAD = "forbidden"
REFUSED = phrases.question_refused(("violent crimes", "hate"))


def judged(ask: Ask) -> Reply:
    return whole("unsafe\nS1,S10" if BAD in ask.messages[-1].text else "safe")


@asynccontextmanager
async def checked(
    *, reads_input: bool = False, reads_output: bool = False, fails_open: bool = False
) -> AsyncIterator[tuple[ModelEmulator, Checking]]:
    """A guard, and the check by it."""
    async with ModelEmulator() as guard:
        guard.answer_with(judged)
        async with aclosing(Connection(Endpoint(guard.url), Deadlines(), None)) as connection:
            moderator = LlamaModerator(connection, Guard(Way.CHAT, "llama-guard3", seconds=3))
            yield guard, Checking(moderator, reads_input, reads_output, fails_open)


async def test_a_question_that_is_not_let_pass_never_reaches_the_model(
    begin: Begin, model: ModelEmulator
) -> None:
    async with checked(reads_input=True) as (guard, checking), begin(model, checking=checking) as talk:
        await talk.ask("Something forbidden")
        await talk.quiet()
        assert talk.platform.texts() == [REFUSED]
        assert len(model.journal) == 0
        await talk.ask(asked("Something else", number=2))
        await talk.quiet()
        assert talk.platform.texts()[-1] == "You said: Something else"
        assert BAD not in talk.read()
        assert len(guard.journal) == 2


async def test_it_is_not_read_later_by_a_summary_either(begin: Begin, model: ModelEmulator) -> None:
    async with checked(reads_input=True) as (_, checking), begin(model, checking=checking) as talk:
        await talk.ask("Something forbidden")
        await talk.ask(asked("Something else", number=2))
        await talk.quiet()
        memory = await talk.conversations.store.oldest(asked("").address, 100)
        assert [row.message.text for row in memory.rows] == ["Something else", "You said: Something else"]


async def test_other_words_are_answered_in_the_same_message(begin: Begin, model: ModelEmulator) -> None:
    question = asked("Something forbidden")
    async with checked(reads_input=True) as (_, checking), begin(model, checking=checking) as talk:
        await talk.ask(question)
        await talk.quiet()
        await talk.edit(question, "Something kind")
        await talk.quiet()
        assert talk.platform.texts() == ["You said: Something kind"]
        await talk.edit(question, "Something forbidden again", 2)
        await talk.quiet()
        assert talk.platform.texts() == [REFUSED]
        assert len(model.journal) == 1


async def test_a_file_is_read_too(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(files={"f1": b"line\n" * 3000 + b"forbidden\n"})
    file = Attachment("f1", "notes.txt", "text/plain", 15_010, "f1")
    async with (
        checked(reads_input=True) as (_, checking),
        begin(model, platform, checking=checking) as talk,
    ):
        await talk.ask(asked("What is in it?", attachments=(file,)))
        await talk.quiet()
        assert platform.texts() == [REFUSED]
    assert len(model.journal) == 0


async def test_a_follow_up_waits_for_its_own_check(begin: Begin, model: ModelEmulator) -> None:
    model.call_tool("look_up", {"to": "Ben"})
    model.say("Found.")
    async with checked(reads_input=True) as (_, checking), begin(model, checking=checking) as talk:
        talk.toolbox.held.add("look_up")
        await talk.ask("Look it up")
        await talk.until(lambda: bool(talk.toolbox.calls))
        await talk.ask(asked("and something forbidden", number=2))
        talk.toolbox.gate.set()
        await talk.quiet()
        assert talk.platform.texts() == ["Found.", REFUSED]
    assert BAD not in str([call.ask.messages for call in model.journal])


async def test_a_pinned_fact_is_read_before_it_is_kept(begin: Begin, model: ModelEmulator) -> None:
    async with checked(reads_input=True) as (_, checking), begin(model, checking=checking) as talk:
        said = await talk.conversations.intake.command("pin", asked("").address, ADA, "a forbidden fact")
        assert said == REFUSED
        assert await talk.conversations.store.pins(asked("").address) == ()


@pytest.mark.parametrize("fails_open", [False, True], ids=["closed", "open"])
async def test_while_the_guard_is_away(begin: Begin, model: ModelEmulator, fails_open: bool) -> None:
    checks = checked(reads_input=True, reads_output=True, fails_open=fails_open)
    async with checks as (guard, checking), begin(model, checking=checking) as talk:
        guard.answer_with(lambda _: failed(500))
        await talk.ask("Anything")
        await talk.quiet()
        said = "You said: Anything" if fails_open else phrases.NOT_CHECKED
        assert talk.platform.texts() == [said]


async def test_nobody_sees_a_word_of_an_answer_before_it_was_checked(
    begin: Begin, model: ModelEmulator
) -> None:
    gate = model.say_held("It is a long ", "story.")
    async with checked(reads_output=True) as (guard, checking), begin(model, checking=checking) as talk:
        await talk.ask("Tell me")
        await talk.until(lambda: bool(model.journal) and model.journal[0].first_token_at is not None)
        guard.hang()
        gate.set()
        await guard.arrived()
        assert talk.platform.texts() == []
        assert guard.journal[0].ask.messages[-1].text == "It is a long story."
        assert guard.journal[0].ask.messages[0].text == "Tell me"


async def test_an_answer_that_passes_is_whole(begin: Begin, model: ModelEmulator) -> None:
    long = " ".join(f"word{number}" for number in range(900))
    model.say(long, chunk=50)
    async with checked(reads_output=True) as (_, checking), begin(model, checking=checking) as talk:
        await talk.ask("Tell me")
        await talk.quiet()
        assert " ".join(talk.platform.texts()) == long


async def test_an_answer_that_does_not_pass_is_neither_shown_nor_remembered(
    begin: Begin, model: ModelEmulator
) -> None:
    model.say("Something forbidden and long", chunk=3)
    async with checked(reads_output=True) as (_, checking), begin(model, checking=checking) as talk:
        await talk.ask("Tell me")
        await talk.quiet()
        shown = [text for message in talk.platform.messages.values() for text in message.texts]
        assert shown == [phrases.ANSWER_WITHHELD]
        assert talk.rows_with(BAD) == set()
        await talk.ask(asked("Go on", number=2))
        await talk.quiet()
        assert BAD not in talk.read()


async def test_what_broke_off_is_checked_before_its_part_is_shown(begin: Begin, model: ModelEmulator) -> None:
    for text in ("A forbidden part", "A forbidden part"):
        model.cut(text, after=14)
    async with checked(reads_output=True) as (_, checking), begin(model, checking=checking) as talk:
        await talk.ask("Tell me")
        await talk.quiet()
        assert talk.platform.texts() == [phrases.ANSWER_WITHHELD]


async def test_one_that_begins_once_more_is_the_second_alone(begin: Begin, model: ModelEmulator) -> None:
    model.cut("A forbidden part", after=14)
    model.say("A kind whole.")
    async with checked(reads_output=True) as (_, checking), begin(model, checking=checking) as talk:
        await talk.ask("Tell me")
        await talk.quiet()
        assert talk.platform.texts() == ["A kind whole."]


async def test_reasoning_that_is_shown_is_checked_too(begin: Begin, model: ModelEmulator) -> None:
    async with checked(reads_output=True) as (guard, checking), begin(model, checking=checking) as talk:
        await talk.ask(asked("/settings reasoning on"))
        await talk.quiet()
        model.say("<think>forbidden thoughts</think>Kind words.")
        await talk.ask(asked("Tell me", number=2))
        await talk.quiet()
        assert talk.platform.texts()[-1] == phrases.ANSWER_WITHHELD
        assert "forbidden thoughts" in guard.journal[-1].ask.messages[-1].text


async def test_stopped_while_it_is_held_nothing_is_shown(begin: Begin, model: ModelEmulator) -> None:
    model.stall("Half of it")
    async with checked(reads_output=True) as (_, checking), begin(model, checking=checking) as talk:
        await talk.ask("Tell me")
        await talk.until(lambda: bool(model.journal) and model.journal[0].first_token_at is not None)
        await talk.ask(asked("/stop", number=2))
        await talk.quiet()
        assert talk.platform.texts()[0] == phrases.STOPPED_BEFORE_WORDS
