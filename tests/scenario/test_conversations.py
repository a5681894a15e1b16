"""Conversations as people have them, on the whole core."""

import asyncio

from core import phrases
from core.events import Addressing, Verdict
from core.message import Author, PastMessage
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.questions import ADA, BEN, asked
from tests.scenario.conftest import Begin, Talk


async def test_a_question_is_answered_in_its_thread(talk: Talk) -> None:
    talk.model.say("Four.")
    assert await talk.ask("What is 2+2?") is Verdict.STORED
    await talk.settled()
    assert talk.platform.texts() == ["Four."]
    (shown,) = talk.platform.messages.values()
    assert shown.draft.reply_to == "q1"
    assert shown.draft.first


async def test_the_answer_is_seen_while_it_grows(talk: Talk) -> None:
    gate = talk.model.say_held("First words, ", "then the rest.")
    await talk.ask("Go")
    await talk.until(lambda: talk.platform.texts() == ["First words, "])
    gate.set()
    await talk.settled()
    assert talk.platform.texts() == ["First words, then the rest."]


async def test_what_was_said_is_remembered(talk: Talk) -> None:
    talk.model.say("Nice to meet you, Ada.")
    await talk.ask(asked("My name is Ada."))
    await talk.settled()
    talk.model.say("Ada.")
    await talk.ask(asked("What is my name?", number=2))
    await talk.settled(2)
    sent = talk.model.journal[1].ask.messages
    assert [message.role for message in sent] == ["system", "user", "assistant", "user"]
    assert "My name is Ada." in str(sent[1].text)
    assert sent[2].text == "Nice to meet you, Ada."


async def test_memory_is_still_there_after_a_restart(begin: Begin, model: ModelEmulator) -> None:
    model.say("Noted.")
    async with begin(model) as talk:
        await talk.ask("The word is tampu.")
        await talk.settled()
    model.say("tampu")
    async with begin(model) as talk:
        await talk.ask(asked("Which word?", number=2))
        await talk.settled()
    assert "The word is tampu." in str(model.journal[1].ask.messages)


async def test_threads_know_nothing_of_each_other(talk: Talk) -> None:
    await talk.ask(asked("My secret is 4711.", thread="t1"))
    await talk.ask(asked("What is the secret?", number=2, thread="t2"))
    await talk.settled(2)
    for call in talk.model.journal:
        if "What is the secret?" in str(call.ask.messages):
            assert "4711" not in str(call.ask.messages)


async def test_the_same_event_again_is_not_answered_again(talk: Talk) -> None:
    verdicts = [await talk.ask("hi") for _ in range(5)]
    await talk.settled()
    assert verdicts == [Verdict.STORED, *[Verdict.DUPLICATE] * 4]
    assert len(talk.model.journal) == 1
    assert talk.platform.texts() == ["You said: hi"]


async def test_what_is_not_for_us_is_not_even_stored(talk: Talk) -> None:
    overheard = asked("lunch?", addressing=Addressing.OVERHEARD)
    assert await talk.ask(overheard) is Verdict.NOT_ADDRESSED
    assert await talk.ask(asked("x", addressing=Addressing.ELSEWHERE)) is Verdict.NOT_ADDRESSED
    assert await talk.conversations.store.messages(overheard.address) == ()
    assert talk.model.journal == ()


async def test_in_a_thread_where_it_was_asked_it_follows_along(talk: Talk) -> None:
    await talk.ask("hi")
    await talk.settled()
    follow = asked("and more?", number=2, addressing=Addressing.OVERHEARD)
    assert await talk.ask(follow) is Verdict.STORED
    aside = asked("Ben, look", number=3, addressing=Addressing.ELSEWHERE)
    assert await talk.ask(aside) is Verdict.NOT_ADDRESSED
    await talk.settled(2)
    assert len(talk.model.journal) == 2


async def test_several_people_are_told_apart(talk: Talk) -> None:
    await talk.ask(asked("I like tea.", author=ADA))
    await talk.settled()
    await talk.ask(asked("I like coffee.", number=2, author=BEN))
    await talk.settled(2)
    words = str(talk.model.journal[1].ask.messages)
    assert "[Ada says]" in words
    assert "[Ben says]" in words


async def test_a_burst_of_one_person_is_one_turn_and_others_wait(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model) as talk:
        gate = model.say_held("wait", "ed")
        await talk.ask(asked("first"))
        await model.arrived(1)
        for number, (text, author) in enumerate([("a", ADA), ("b", ADA), ("c", BEN)], 2):
            await talk.ask(asked(text, number=number, author=author))
        gate.set()
        await talk.settled()
    assert [call.ask.last_user_text.split("\n")[-1] for call in model.journal] == ["first", "b", "c"]
    assert "a" in model.journal[1].ask.last_user_text


async def test_a_long_answer_comes_in_several_messages(begin: Begin, model: ModelEmulator) -> None:
    words = "\n\n".join(f"Paragraph {number}: " + "word " * 30 for number in range(20)).strip()
    model.say(words, chunk=50)
    async with begin(model, FakePlatform(capabilities=fast(500))) as talk:
        await talk.ask("Tell me everything")
        await talk.settled()
        texts = talk.platform.texts()
    assert len(texts) > 5
    assert all(len(text) <= 500 for text in texts)
    assert " ".join(" ".join(texts).split()) == " ".join(words.split())
    assert [shown.draft.first for shown in talk.platform.messages.values()] == [True] + [False] * (
        len(texts) - 1
    )


async def test_a_frozen_message_is_not_touched_again(begin: Begin, model: ModelEmulator) -> None:
    model.say("\n\n".join("word " * 40 for _ in range(10)), chunk=20, delay_s=0.002)
    async with begin(model, FakePlatform(capabilities=fast(450))) as talk:
        await talk.ask("Go")
        await talk.settled()
        first = next(iter(talk.platform.messages.values()))
        steps = [
            (len(before), len(after)) for before, after in zip(first.texts, first.texts[1:], strict=False)
        ]
    assert len(first.texts[-1]) <= 450
    assert len([step for step in steps if step[1] < step[0]]) <= 1


async def test_new_begins_afresh(talk: Talk) -> None:
    await talk.ask("My secret is 4711.")
    await talk.settled()
    await talk.ask(asked("/new", number=2))
    await talk.settled(2)
    await talk.ask(asked("What did I say?", number=3))
    await talk.settled(3)
    assert phrases.FRESH in talk.platform.texts()
    assert "4711" not in str(talk.model.journal[-1].ask.messages)


async def test_help_and_model_are_answered_without_the_model(talk: Talk) -> None:
    await talk.ask("/help")
    await talk.settled()
    await talk.ask(asked("/model", number=2))
    await talk.settled(2)
    first, second = talk.platform.texts()
    assert "/stop" in first
    assert "emulated-llama" in second
    assert talk.model.journal == ()


async def test_an_empty_message_gets_a_question_back(talk: Talk) -> None:
    await talk.ask("   ")
    await talk.settled()
    assert talk.platform.texts() == [phrases.EMPTY_QUESTION]


async def test_tools_run_and_the_answer_goes_on(talk: Talk) -> None:
    talk.model.call_tool("look_up", {"word": "tampu"}, text="Let me look. ")
    talk.model.say("It is a way-station.")
    await talk.ask("What is a tampu?")
    await talk.settled()
    assert [call.name for call in talk.toolbox.calls] == ["look_up"]
    assert talk.platform.texts() == ["Let me look. \n\nIt is a way-station."]
    follow = talk.model.journal[1].ask.messages
    assert follow[-1].role == "tool"
    assert "tampu" in str(follow[-1].text)


async def test_a_model_that_only_calls_tools_is_made_to_answer(talk: Talk) -> None:
    for _ in range(4):
        talk.model.call_tool("look_up", {"again": True})
    talk.model.say("Enough.")
    await talk.ask("Loop!")
    await talk.settled()
    assert talk.platform.texts() == ["Enough."]
    assert not talk.model.journal[-1].ask.body.get("tools")


async def test_asked_inside_a_thread_it_reads_what_stood_there(talk: Talk) -> None:
    talk.platform.history = (PastMessage(Author("U9", "Cleo"), "The launch is on Friday.", "p1", 1.0),)
    talk.model.say("Soon.")
    await talk.ask(asked("When is it?", joined_midway=True))
    await talk.settled()
    assert "Cleo: The launch is on Friday." in str(talk.model.journal[0].ask.messages)
    rows = await talk.conversations.store.transcript(asked("").address, 10)
    assert "Friday" not in str(rows)


async def test_an_opener_comes_first_and_the_answer_hangs_on_it(talk: Talk) -> None:
    talk.model.say("A cat.")
    await talk.ask(asked("What is it?", opener="**Ada asked:** What is it?"))
    await talk.settled()
    opener, answer = talk.platform.messages.items()
    assert opener[1].text == "**Ada asked:** What is it?"
    assert opener[1].draft.reply_to == "q1"
    assert (answer[1].text, answer[1].draft.reply_to) == ("A cat.", opener[0])


async def test_too_many_questions_are_refused_politely(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, tampu_turns_per_hour=2) as talk:
        for number in range(1, 4):
            await talk.ask(asked("x", number=number))
            await talk.settled(number)
        await talk.ask(asked("other person", number=9, author=BEN))
        await talk.settled(4)
    assert len(model.journal) == 3
    assert "which is my limit" in talk.platform.texts()[2]
    assert "in 60 minutes (at " in talk.platform.texts()[2]


async def test_twenty_threads_at_once(talk: Talk) -> None:
    await asyncio.gather(
        *(talk.ask(asked(f"question {number}", number=number, thread=f"t{number}")) for number in range(20))
    )
    await talk.settled(20)
    for number in range(20):
        assert talk.platform.texts(f"t{number}") == [f"You said: question {number}"]


async def test_an_answer_to_what_was_forgotten_is_forgotten_too(talk: Talk) -> None:
    gate = talk.model.say_held("The code ", "is 1234.")
    await talk.ask("What is the code?")
    await talk.until(lambda: talk.platform.texts() != [])
    await talk.conversations.intake.command("new", asked("").address, ADA, "")
    gate.set()
    await talk.settled()
    await talk.ask(asked("hello", number=2))
    await talk.settled(2)
    assert "1234" not in str(talk.model.journal[1].ask.messages)
    await talk.ask(asked("and again", number=3))
    await talk.settled(3)
    assert "You said: hello" in str(talk.model.journal[2].ask.messages)
