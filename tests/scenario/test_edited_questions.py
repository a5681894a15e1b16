"""What can be edited: files, commands, one question of several, what was no question before."""

import asyncio
from dataclasses import replace

from core import phrases
from core.events import Addressing, Verdict
from core.message import Attachment
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk

QUESTION = asked("What is the capital of Peru?")
LONG = "\n\n".join(f"Paragraph {number}: " + "word " * 10 for number in range(12)) + "the end"


async def answered(talk: Talk, text: str = "Lima.") -> None:
    talk.model.say(text)
    await talk.ask(QUESTION)
    await talk.quiet()


async def half_said(talk: Talk) -> None:
    talk.model.stall("The capital of Peru")
    await talk.ask(QUESTION)
    await talk.shows("The capital of Peru")


async def test_one_of_several_questions_that_are_answered_together(talk: Talk) -> None:
    gate = talk.model.say_held("wa", "it")
    await talk.ask(asked("Busy?", number=1, author=BEN))
    await talk.model.arrived()
    several = [asked(f"Question {number}", number=number) for number in (2, 3, 4)]
    for question in several:
        await talk.ask(question)
    gate.set()
    await talk.quiet()
    await talk.edit(several[1], "Something else")
    await talk.quiet()
    read = talk.model.journal[-1].ask.last_user_text
    assert "Question 2" in read
    assert "Something else" in read
    assert "Question 4" in read
    assert "Question 3" not in talk.read()
    assert len(talk.platform.texts()) == 2


async def test_with_a_new_file(talk: Talk) -> None:
    talk.platform.files.update({"old": b"the plan is blue", "new": b"the plan is green"})
    question = asked("The plan?", attachments=(Attachment("f1", "plan.txt", "text/plain", None, "old"),))
    await talk.ask(question)
    await talk.quiet()
    assert "the plan is blue" in talk.read()
    await talk.edit(question, "The plan?", 1, (Attachment("f2", "plan.txt", "text/plain", None, "new"),))
    await talk.quiet()
    assert "the plan is green" in talk.read()
    assert "the plan is blue" not in talk.read()
    assert len(talk.platform.texts()) == 1


async def test_without_its_file(talk: Talk) -> None:
    talk.platform.files["old"] = b"the plan is blue"
    question = asked("The plan?", attachments=(Attachment("f1", "plan.txt", "text/plain", None, "old"),))
    await talk.ask(question)
    await talk.quiet()
    await talk.edit(question, "The plan?", 1, ())
    await talk.quiet()
    assert "the plan is blue" not in talk.read()
    assert talk.rows_with("the plan is blue") == set()


async def test_new_words_beside_the_same_file(talk: Talk) -> None:
    talk.platform.files["plan"] = b"the plan is blue"
    question = asked("The plan?", attachments=(Attachment("f1", "plan.txt", "text/plain", None, "plan"),))
    await talk.ask(question)
    await talk.quiet()
    await talk.edit(question, "Which colour?")
    await talk.quiet()
    assert "the plan is blue" in talk.read()
    assert talk.read().count("the plan is blue") == 1


async def test_an_unknown_message_that_now_turns_to_us_is_answered_once(talk: Talk) -> None:
    aside = asked("Ben, look at this", addressing=Addressing.ELSEWHERE)
    assert await talk.ask(aside) is Verdict.NOT_ADDRESSED
    mention = replace(aside, addressing=Addressing.MENTION)
    assert await talk.edit(mention, "What is this?") is Verdict.STORED
    await talk.quiet()
    assert talk.platform.texts() == ["You said: What is this?"]
    # The original comes late, or again, and so does the edit.
    assert await talk.ask(replace(mention, text="look at this")) is Verdict.DUPLICATE
    await talk.edit(mention, "What is this?")
    await talk.quiet()
    assert talk.platform.texts() == ["You said: What is this?"]
    assert len(talk.model.journal) == 1


async def test_an_older_edit_after_the_one_that_made_it_a_question(talk: Talk) -> None:
    await talk.edit(QUESTION, "Edition 2", 2)
    await talk.quiet()
    await talk.edit(QUESTION, "Edition 1", 1)
    await talk.quiet()
    assert talk.platform.texts() == ["You said: Edition 2"]


async def test_an_edit_and_its_original_at_the_same_time(talk: Talk) -> None:
    """Whichever is stored first, the newest words are answered."""
    for number in range(1, 21):
        question = asked(f"Old words {number}", number=number, thread=f"t{number}")
        edit, original = talk.edit(question, f"New words {number}"), talk.ask(question)
        await asyncio.gather(*((edit, original) if number % 2 else (original, edit)))
    await talk.quiet()
    for number in range(1, 21):
        assert talk.platform.texts(f"t{number}") == [f"You said: New words {number}"]


async def test_an_edit_of_what_is_not_for_us_is_not_stored(talk: Talk) -> None:
    aside = asked("lunch?", addressing=Addressing.OVERHEARD)
    assert await talk.edit(aside, "lunch at one?") is Verdict.NOT_ADDRESSED
    assert await talk.conversations.store.messages(aside.address) == ()


async def test_a_commands_reply_is_not_redone(talk: Talk) -> None:
    command = asked("/help")
    await talk.ask(command)
    await talk.quiet()
    before = talk.platform.texts()
    await talk.edit(command, "/model")
    await talk.quiet()
    assert talk.platform.texts() == before
    assert talk.platform.requests.count("post") == 1


async def test_a_command_that_becomes_a_question_is_answered(talk: Talk) -> None:
    command = asked("/help")
    await talk.ask(command)
    await talk.quiet()
    await talk.edit(command, "help me with this")
    await talk.quiet()
    assert talk.platform.texts() == ["You said: help me with this"]


async def test_a_question_that_becomes_a_command_while_it_waits_is_one(talk: Talk) -> None:
    gate = talk.model.say_held("wa", "it")
    await talk.ask(asked("Busy?", number=1, author=BEN))
    await talk.model.arrived()
    question = asked("model?", number=2)
    await talk.ask(question)
    await talk.edit(question, "/model")
    gate.set()
    await talk.quiet()
    assert "emulated-llama" in talk.platform.texts()[1]
    assert len(talk.model.journal) == 1


async def test_after_new_it_stays_forgotten(talk: Talk) -> None:
    await answered(talk)
    await talk.conversations.intake.command("new", QUESTION.address, ADA, "")
    await talk.edit(QUESTION, "What is the capital of Chile?")
    await talk.quiet()
    assert talk.platform.texts() == ["Lima."]
    await talk.ask(asked("Well?", number=2))
    await talk.quiet()
    assert "Chile" not in talk.read()
    assert "Lima" not in talk.read()


async def test_after_a_typed_new_too(talk: Talk) -> None:
    await answered(talk)
    await talk.ask(asked("/new", number=2))
    await talk.quiet()
    await talk.edit(QUESTION, "What is the capital of Chile?")
    await talk.quiet()
    assert talk.platform.texts() == ["Lima.", phrases.FRESH]
    assert len(talk.model.journal) == 1


async def test_an_answer_that_somebody_took_away_is_not_written_again(talk: Talk) -> None:
    await answered(talk)
    talk.platform.remove("Lima.")
    await talk.edit(QUESTION, "What is the capital of Chile?")
    await talk.quiet()
    assert talk.platform.texts() == []
    assert talk.platform.requests.count("post") == 1


async def test_an_answer_whose_first_message_is_gone_leaves_no_half(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = FakePlatform(capabilities=fast(200))
    async with begin(model, platform) as talk:
        await answered(talk, LONG)
        platform.remove(platform.texts()[0])
        posts = platform.requests.count("post")
        model.say("\n\n".join("other " * 20 for _ in range(12)), chunk=40)
        await talk.edit(QUESTION, "What is the capital of Chile?")
        await talk.quiet()
        assert "other" not in " ".join(platform.texts())
        assert platform.requests.count("post") == posts
        model.say("Well.")
        await talk.ask(asked("Hello?", number=2))
        await talk.quiet()
    assert platform.texts()[-1] == "Well."


async def test_an_answer_that_was_stopped_is_made_anew(talk: Talk) -> None:
    await half_said(talk)
    await talk.conversations.intake.command("stop", QUESTION.address, ADA, "")
    await talk.quiet()
    talk.model.say("Santiago.")
    await talk.edit(QUESTION, "What is the capital of Chile?")
    await talk.quiet()
    assert talk.platform.texts() == ["Santiago."]
    assert phrases.STOPPED not in talk.read()


async def test_an_answer_that_failed_is_made_anew(talk: Talk) -> None:
    talk.model.fail(500)
    await talk.ask(QUESTION)
    await talk.quiet()
    talk.model.say("Santiago.")
    await talk.edit(QUESTION, "What is the capital of Chile?")
    await talk.quiet()
    assert talk.platform.texts() == ["Santiago."]
