"""What goes wrong at the model, at the platform, or in the middle: told, survived, not repeated."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from core import phrases
from core.delivery import Gone, MessageRef, Outcome, Rejected, Retry, Unknown
from core.llama.endpoint import Deadlines
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.questions import asked
from tests.scenario.conftest import Begin, Talk


async def test_each_failure_of_the_model_is_told_in_one_sentence(begin: Begin, model: ModelEmulator) -> None:
    faults: tuple[tuple[Callable[[], None], str], ...] = (
        (lambda: model.fail(401), "LLAMA_API_KEY"),
        (lambda: model.fail(404), "LLAMA_MODEL"),
        (lambda: model.fail(429), "busy"),
        (lambda: model.fail(500), "failed"),
        (model.hang, "too long"),
        (model.garbage, "failed"),
        (model.cut, "cut off"),
    )
    async with begin(model, deadlines=Deadlines(2, 2, 1, 20)) as talk:
        for number, (break_it, word) in enumerate(faults, 1):
            break_it()
            await talk.ask(asked("hi", number=number))
            await talk.settled(number)
            assert word in talk.platform.texts()[-1]
            assert len(talk.platform.texts()) == number


async def test_an_unreachable_model_is_said_and_the_question_stays(
    begin: Begin, model: ModelEmulator
) -> None:
    async with ModelEmulator() as gone:
        pass
    async with begin(gone) as talk:
        await talk.ask("hello?")
        await talk.settled()
        assert "can't reach the model server" in talk.platform.texts()[0]
    async with begin(model) as talk:
        await talk.ask(asked("again?", number=2))
        await talk.settled()
    assert "hello?" in str(model.journal[0].ask.messages)


async def test_length_is_said(talk: Talk) -> None:
    talk.model.say("and so on", finish="length")
    await talk.ask("count")
    await talk.settled()
    assert talk.platform.texts() == [f"and so on\n\n{phrases.AT_LENGTH}"]


async def test_an_empty_answer_is_not_silence(talk: Talk) -> None:
    talk.model.say("")
    await talk.ask("hi")
    await talk.settled()
    assert talk.platform.texts() == [phrases.EMPTY_ANSWER]


async def test_a_post_without_an_answer_is_looked_for_and_not_repeated(talk: Talk) -> None:
    talk.platform.faults.append(("after", Unknown("reset")))
    talk.model.say("Once.")
    await talk.ask("hi")
    await talk.settled()
    assert talk.platform.texts() == ["Once."]
    assert talk.platform.requests.count("post") == 1
    assert "find" in talk.platform.requests


async def test_a_post_that_never_arrived_is_posted_again(talk: Talk) -> None:
    talk.platform.faults.append(Unknown("reset"))
    talk.model.say("Once.")
    await talk.ask("hi")
    await talk.settled()
    assert talk.platform.texts() == ["Once."]
    assert talk.platform.requests.count("post") == 2


async def test_rate_limits_on_posts_and_edits_delay_and_lose_nothing(talk: Talk) -> None:
    talk.platform.faults.append(Retry(0.05))
    talk.platform.edit_faults.extend([Retry(0.05), Retry(0.05)])
    talk.model.say("one two three four", delay_s=0.01)
    await talk.ask("count")
    await talk.settled()
    assert talk.platform.texts() == ["one two three four"]


async def test_a_refused_post_does_not_hang_the_thread(talk: Talk) -> None:
    talk.platform.faults.append(Rejected("too_odd"))
    await talk.ask("hi")
    await talk.settled()
    talk.model.say("Fine.")
    await talk.ask(asked("again", number=2))
    await talk.settled(2)
    first, second = talk.platform.texts()
    # A refused draft is tried again when it is whole; a refused whole text has a word in its place.
    assert first in {"You said: hi", phrases.NOT_TAKEN}
    assert second == "Fine."


async def test_a_thread_that_is_gone_ends_the_turn(talk: Talk) -> None:
    talk.platform.faults.append(Gone("channel_deleted"))
    await talk.ask("hi")
    await talk.settled()
    assert talk.platform.texts() == []
    assert await talk.conversations.store.waiting() == ()


async def test_a_restart_in_the_middle_goes_on_in_the_same_message(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = FakePlatform()
    model.stall("A first half ")
    async with begin(model, platform) as talk:
        await talk.ask("Tell me")
        await talk.until(lambda: platform.texts() == ["A first half "])
    model.say("The whole answer.")
    async with begin(model, platform) as talk:
        await talk.settled()
    assert platform.texts() == ["The whole answer."]
    assert platform.requests.count("post") == 1


async def test_an_answer_that_was_longer_before_the_restart_leaves_no_rest(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = FakePlatform(capabilities=fast(200))
    model.stall("word " * 100)
    async with begin(model, platform) as talk:
        await talk.ask("Tell me")
        await talk.until(lambda: len(platform.texts()) == 3)
    model.say("Short after all.")
    async with begin(model, platform) as talk:
        await talk.settled()
    assert platform.texts() == ["Short after all."]


async def test_a_committed_answer_is_delivered_after_a_restart_without_the_model(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = FakePlatform(edit_faults=[Retry(30.0)] * 3, faults=[Retry(30.0)])
    model.say("Committed.")
    async with begin(model, platform) as talk:
        await talk.ask("hi")
        await model.ended()
        await talk.until(lambda: "post" in platform.requests)
        await asyncio.sleep(0.3)
    assert platform.texts() == []
    platform.edit_faults.clear()
    async with begin(model, platform) as talk:
        await talk.settled()
    assert platform.texts() == ["Committed."]
    assert len(model.journal) == 1


async def test_a_text_that_the_platform_will_not_take_is_no_silence(talk: Talk) -> None:
    talk.platform.faults.extend([Rejected("automod"), Rejected("automod")])
    gate = talk.model.say_held("Words that are ", "not taken here.")
    await talk.ask("hi")
    await talk.until(lambda: "post" in talk.platform.requests)
    gate.set()
    await talk.settled()
    assert talk.platform.texts() == [phrases.NOT_TAKEN]


@dataclass
class Picky(FakePlatform):
    """Takes no text with a certain word in it."""

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:
        return (
            Rejected("automod")
            if "forbidden" in text
            else await FakePlatform.edit(self, ref, text, live=live)
        )


async def test_a_last_edit_that_is_refused_leaves_no_half(begin: Begin, model: ModelEmulator) -> None:
    async with begin(model, Picky()) as talk:
        gate = model.say_held("A beginning ", "and a forbidden end.")
        await talk.ask("hi")
        await talk.until(lambda: talk.platform.texts() != [])
        gate.set()
        await talk.settled()
        assert talk.platform.texts() == [phrases.NOT_TAKEN]
