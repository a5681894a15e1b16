"""Nobody can read the answer any more: its making ends, and nothing is written where nobody looks."""

import asyncio

import pytest

from core import phrases
from core.delivery import Gone, Unknown
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Hold, Reply, opening, tokens
from tests.fakes.platform import FakePlatform, fast
from tests.questions import BEN, asked
from tests.scenario.clock import StoryClock
from tests.scenario.conftest import Begin, Talk

QUESTION = asked("Tell me a story")
LONG = "\n\n".join(f"Paragraph {number}: " + "word " * 10 for number in range(12)) + "the end"


def endless(model: ModelEmulator, before: str, after: str) -> asyncio.Event:
    """An answer that goes on once the event is set, and never comes to its end."""
    hold = Hold()
    model.reply(Reply((*opening(), *tokens(before), hold, *tokens(after), Hold())))
    return hold.gate


async def half_said(talk: Talk) -> None:
    talk.model.stall("A beginning")
    await talk.ask(QUESTION)
    await talk.shows("A beginning")


async def test_a_channel_that_closes_ends_the_call_of_the_model(talk: Talk) -> None:
    await half_said(talk)
    await talk.close()
    (call,) = await talk.model.ended(timeout_s=1)
    assert call.disconnected
    await talk.quiet()
    assert len(talk.model.journal) == 1


async def test_so_does_one_that_closes_unheard(talk: Talk) -> None:
    """Only the platform's refusal tells of it."""
    gate = endless(talk.model, "A beginning", " of it")
    await talk.ask(QUESTION)
    await talk.shows("A beginning")
    talk.platform.closed.add("c1")
    gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["A beginning"]
    assert await talk.conversations.store.waiting() == ()


async def test_what_waits_in_a_closed_channel_is_not_asked(talk: Talk) -> None:
    await half_said(talk)
    for number, thread in [(2, "t1"), (3, "t1"), (4, "t2")]:
        question = asked("And me?", number=number, author=BEN, thread=thread)
        await talk.conversations.store.accept(question, (), 1.0)
    await talk.close()
    await talk.quiet()
    assert len(talk.model.journal) == 1
    assert await talk.conversations.store.waiting() == ()


async def test_another_channel_goes_on(talk: Talk) -> None:
    gate = talk.model.say_held("A beginning", " and an end.")
    await talk.ask(QUESTION)
    await talk.shows("A beginning")
    await talk.close("c2")
    gate.set()
    await talk.quiet()
    assert talk.platform.texts() == ["A beginning and an end."]


async def test_a_channel_that_closes_before_a_restart(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await half_said(talk)
    platform.closed.add("c1")
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.texts() == ["A beginning"]


async def test_a_whole_account_that_goes(talk: Talk) -> None:
    await half_said(talk)
    talk.model.stall("Another beginning")
    await talk.ask(asked("And me?", number=2, author=BEN, thread="t2"))
    await talk.shows("Another beginning", thread="t2")
    talk.platform.closed.add("c1")
    await talk.close("")
    calls = await talk.model.ended(2, timeout_s=1)
    assert [call.disconnected for call in calls] == [True, True]
    await talk.quiet()


async def test_a_growing_message_that_a_moderator_takes_away_ends_the_answer(talk: Talk) -> None:
    gate = endless(talk.model, "A beginning", " of it")
    await talk.ask(QUESTION)
    await talk.shows("A beginning")
    talk.platform.remove("A beginning")
    gate.set()
    await talk.quiet()
    assert talk.platform.messages == {}
    assert talk.platform.requests.count("post") == 1
    assert len(talk.model.journal) == 1


async def test_nothing_is_written_behind_it(begin: Begin, model: ModelEmulator) -> None:
    """However much of the answer was there already when it turned out."""
    platform = FakePlatform(capabilities=fast(200))
    async with begin(model, platform) as talk:
        gate = model.say_held("A beginning.", f" {LONG}")
        await talk.ask(QUESTION)
        await talk.shows("A beginning.")
        platform.remove("A beginning.")
        gate.set()
        await talk.quiet()
    assert platform.messages == {}
    assert platform.requests.count("post") == 1


async def test_messages_that_were_full_already_stay(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(capabilities=fast(200))
    async with begin(model, platform) as talk:
        gate = model.say_held(LONG, f"\n\n{LONG}")
        await talk.ask(QUESTION)
        await talk.until(lambda: bool(platform.texts()) and platform.texts()[-1].endswith("the end"))
        before = platform.texts()
        platform.remove(before[-1])
        gate.set()
        await talk.quiet()
    assert platform.texts() == before[:-1]


async def test_the_thread_can_be_used_afterwards(talk: Talk) -> None:
    gate = talk.model.say_held("A beginning", " of it")
    await talk.ask(QUESTION)
    await talk.shows("A beginning")
    talk.platform.remove("A beginning")
    gate.set()
    await talk.quiet()
    await talk.ask(asked("Hello?", number=2))
    await talk.quiet()
    assert talk.platform.texts()[-1].endswith("Hello?")


async def test_a_message_that_goes_while_nobody_was_there_is_not_written_again(
    begin: Begin, model: ModelEmulator
) -> None:
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await half_said(talk)
    platform.remove("A beginning")
    model.say("The whole story.")
    async with begin(model, platform) as talk:
        await talk.quiet()
    assert platform.messages == {}
    assert platform.requests.count("post") == 1


async def test_a_first_post_that_finds_nothing_there(talk: Talk) -> None:
    talk.platform.faults.append(Gone("thread_deleted", place=True))
    talk.model.stall("A beginning")
    await talk.ask(QUESTION)
    (call,) = await talk.model.ended(timeout_s=2)
    assert call.disconnected
    await talk.quiet()
    assert talk.platform.messages == {}


@pytest.mark.parametrize("arrived", [False, True])
async def test_a_platform_that_cannot_be_asked_for_minutes(
    begin: Begin, model: ModelEmulator, arrived: bool
) -> None:
    """Silence would be worse than a message that is marked; but there is one such message, not one a try."""
    outcome = Unknown("reset")
    platform = FakePlatform(faults=[("after", outcome) if arrived else outcome], blind=True)
    model.say("The whole story.")
    async with begin(model, platform, clock=StoryClock(600)) as talk:
        await talk.ask(QUESTION)
        await talk.quiet()
    assert platform.requests.count("post") == 2
    assert platform.requests.count("find") > 3
    assert len(platform.texts()) == 1 + arrived
    assert platform.texts()[-1] == f"The whole story.\n\n{phrases.MAYBE_TWICE}"


async def test_nor_are_there_more_when_nothing_is_ever_heard(begin: Begin, model: ModelEmulator) -> None:
    """Every post arrives, no answer comes back, nobody can be asked: two messages, then it is given up."""
    platform = FakePlatform(faults=[("after", Unknown("reset"))] * 999, blind=True)
    model.say("The whole story.")
    async with begin(model, platform, clock=StoryClock(1200)) as talk:
        await talk.ask(QUESTION)
        await talk.quiet()
        letters = await talk.conversations.store.dead_letters(9)
    assert len(platform.messages) == 2
    assert platform.texts()[-1].endswith(phrases.MAYBE_TWICE)
    assert [letter.text for letter in letters] == ["The whole story."]


async def test_a_platform_that_can_be_asked_in_time_is_believed(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(faults=[("after", Unknown("reset"))], blind=True)
    model.say("The whole story.")
    async with begin(model, platform, clock=StoryClock(60)) as talk:
        await talk.ask(QUESTION)
        await talk.until(lambda: platform.requests.count("find") > 2)
        platform.blind = False
        await talk.quiet()
    assert platform.texts() == ["The whole story."]
    assert platform.requests.count("post") == 1
