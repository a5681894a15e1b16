"""Questions that waited while nobody was there: one line for each thread, and no old answers."""

import asyncio
from dataclasses import dataclass, replace

from core import phrases
from core.conversation.staleness import LINES, STALE_S
from core.delivery import Lookup, Retry
from core.errors import PlatformError
from core.events import Asked, Revised
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform, fast
from tests.questions import ADA, BEN, asked
from tests.scenario.clock import BEGUN, StoryClock
from tests.scenario.conftest import Begin, Talk

LONG = "\n\n".join(f"Paragraph {number}: " + "word " * 10 for number in range(12)) + "the end"


def after(seconds: float) -> StoryClock:
    clock = StoryClock()
    clock.skip(seconds)
    return clock


def fresh(question: Asked, clock: StoryClock) -> Asked:
    """The question, asked a minute ago."""
    return replace(question, sent_at=clock.now() - 60.0)


async def stored(begin: Begin, model: ModelEmulator, *questions: Asked) -> None:
    """Have questions stored by a process that ends before it answers one."""
    async with begin(model) as talk:
        for question in questions:
            await talk.conversations.store.accept(question, (), BEGUN)


async def lines(talk: Talk) -> list[str]:
    await talk.quiet()
    return [shown.text for shown in talk.platform.messages.values()]


async def test_two_hundred_in_sixty_threads_are_twenty_lines(begin: Begin, model: ModelEmulator) -> None:
    people = (ADA, BEN)
    questions = [
        asked(f"Question {number}", number=number, thread=f"t{number % 60}", author=people[number // 60 % 2])
        for number in range(200)
    ]
    await stored(begin, model, *questions)
    async with begin(model, clock=after(3600)) as talk:
        assert await lines(talk) == [phrases.AWAY] * LINES
        threads = [shown.draft.address.thread for shown in talk.platform.messages.values()]
        assert len(set(threads)) == LINES
        letters = await talk.conversations.store.dead_letters(500)
        assert {letter.text for letter in letters} == {question.text for question in questions}
        assert {letter.reason for letter in letters} == {"stale"}
        assert await talk.conversations.store.waiting() == ()
    assert model.journal == ()


async def test_the_next_start_says_nothing_more(begin: Begin, model: ModelEmulator) -> None:
    await stored(begin, model, *(asked("?", number=number, thread=f"t{number}") for number in range(30)))
    platform = FakePlatform()
    async with begin(model, platform, clock=after(3600)) as talk:
        assert len(await lines(talk)) == LINES
    async with begin(model, platform, clock=after(7200)) as talk:
        assert len(await lines(talk)) == LINES


async def test_a_fresh_one_is_answered(begin: Begin, model: ModelEmulator) -> None:
    clock = after(3600)
    old, new = asked("Old", thread="t1"), fresh(asked("New", number=2, thread="t2"), clock)
    await stored(begin, model, old, new)
    async with begin(model, clock=clock) as talk:
        await talk.quiet()
        assert talk.platform.texts("t1") == [phrases.AWAY]
        assert talk.platform.texts("t2") == ["You said: New"]


async def test_the_limit_is_where_it_is_said_to_be(begin: Begin, model: ModelEmulator) -> None:
    clock = after(3600)
    just_not = replace(asked("a", thread="t1"), sent_at=clock.now() - STALE_S + 30)
    just = replace(asked("b", number=2, thread="t2"), sent_at=clock.now() - STALE_S - 30)
    await stored(begin, model, just_not, just)
    async with begin(model, clock=clock) as talk:
        await talk.quiet()
        assert talk.platform.texts("t1") == ["You said: a"]
        assert talk.platform.texts("t2") == [phrases.AWAY]


async def test_a_person_who_wrote_again_is_answered(begin: Begin, model: ModelEmulator) -> None:
    """An old question and a fresh one of the same person in one thread are answered together."""
    clock = after(3600)
    await stored(begin, model, asked("Old"), fresh(asked("New", number=2), clock))
    async with begin(model, clock=clock) as talk:
        assert await lines(talk) == ["You said: Old\nNew"]


async def test_what_is_asked_there_afterwards_is_answered(begin: Begin, model: ModelEmulator) -> None:
    await stored(begin, model, asked("Old"))
    clock = after(3600)
    async with begin(model, clock=clock) as talk:
        await talk.quiet()
        await talk.ask(fresh(asked("New", number=2), clock))
        assert await lines(talk) == [phrases.AWAY, "You said: Old\nNew"]
        assert phrases.AWAY not in talk.read()


async def test_old_commands_do_nothing(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    async with begin(model, platform) as talk:
        await talk.ask(asked("My name is Ada."))
        await talk.quiet()
        await talk.conversations.store.accept(asked("/new", number=2), (), BEGUN)
    clock = after(3600)
    async with begin(model, platform, clock=clock) as talk:
        await talk.quiet()
        assert phrases.FRESH not in platform.texts()
        await talk.ask(fresh(asked("My name?", number=3), clock))
        await talk.quiet()
        assert "My name is Ada." in talk.read()


async def test_an_old_answer_that_was_never_sent_is_not_sent(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(capabilities=fast(200), faults=[Retry(30.0)])
    model.say(LONG, chunk=100)
    async with begin(model, platform) as talk:
        await talk.ask("Tell me")
        await model.ended()
        await talk.until(lambda: "post" in platform.requests)
        await asyncio.sleep(0.1)
    async with begin(model, platform, clock=after(3600)) as talk:
        assert await lines(talk) == [phrases.AWAY]
        await talk.ask(fresh(asked("Again", number=2), talk.clock))
        await talk.quiet()
        assert "Paragraph" not in talk.read(), "nobody has seen it"
    assert len(model.journal) == 2


@dataclass
class Shortsighted(FakePlatform):
    """Cannot be asked for any message but the first, as long as it is dark."""

    dark: bool = True

    async def find(self, lookup: Lookup) -> str | None:
        if self.dark and lookup.claimed:
            raise PlatformError("not now")
        return await FakePlatform.find(self, lookup)


async def test_nor_after_a_crash_while_that_is_said(begin: Begin, model: ModelEmulator) -> None:
    platform = Shortsighted(capabilities=fast(200), faults=[Retry(30.0)])
    model.say(LONG, chunk=100)
    async with begin(model, platform) as talk:
        await talk.ask("Tell me")
        await model.ended()
        await talk.until(lambda: "post" in platform.requests)
        await asyncio.sleep(0.1)
    async with begin(model, platform, clock=after(3600)) as talk:
        await talk.shows(phrases.AWAY)
        await asyncio.sleep(0.1)
        assert await talk.conversations.store.waiting() != ()
    platform.dark = False
    async with begin(model, platform, clock=after(3700)) as talk:
        assert await lines(talk) == [phrases.AWAY]
    assert len(model.journal) == 1


async def test_what_was_half_delivered_is_delivered(begin: Begin, model: ModelEmulator) -> None:
    """The answer is committed and people see a part of it."""
    platform = FakePlatform(capabilities=fast(200))
    model.say(LONG, chunk=100)
    async with begin(model, platform) as talk:
        await talk.ask("Tell me")
        await talk.until(lambda: platform.texts() != [])
        platform.faults.extend([Retry(30.0)] * 9)
        platform.edit_faults.extend([Retry(30.0)] * 9)
        await model.ended()
        await asyncio.sleep(0.1)
    platform.faults.clear()
    platform.edit_faults.clear()
    async with begin(model, platform, clock=after(3600)) as talk:
        await talk.quiet()
        assert await talk.conversations.store.dead_letters(9) == ()
    assert " ".join(" ".join(platform.texts()).split()) == " ".join(LONG.split())
    assert len(model.journal) == 1


async def test_what_was_half_said_says_so_in_its_place(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform(capabilities=fast(200))
    model.stall(LONG)
    async with begin(model, platform) as talk:
        await talk.ask("Tell me")
        await talk.until(lambda: " ".join(platform.texts()).endswith("the end"))
        posts = platform.requests.count("post")
    async with begin(model, platform, clock=after(3600)) as talk:
        assert await lines(talk) == [phrases.AWAY]
    assert platform.requests.count("post") == posts
    assert len(model.journal) == 1


async def test_a_thread_with_something_half_said_has_one_line_too(begin: Begin, model: ModelEmulator) -> None:
    platform = FakePlatform()
    model.stall("A beginning")
    async with begin(model, platform) as talk:
        await talk.ask("Tell me")
        await talk.shows("A beginning")
        await talk.ask(asked("And me?", number=2, author=BEN))
    async with begin(model, platform, clock=after(3600)) as talk:
        assert await lines(talk) == [phrases.AWAY]


async def test_an_opener_stands_before_the_line(begin: Begin, model: ModelEmulator) -> None:
    await stored(begin, model, asked("Old", opener="**Ada asked:** Old"))
    async with begin(model, clock=after(3600)) as talk:
        assert await lines(talk) == ["**Ada asked:** Old", phrases.AWAY]


async def test_without_a_line_no_opener_is_left_alone(begin: Begin, model: ModelEmulator) -> None:
    questions = [
        asked("Old", number=number, thread=f"t{number}", opener="**Ada asked:** Old")
        for number in range(LINES + 5)
    ]
    await stored(begin, model, *questions)
    async with begin(model, clock=after(3600)) as talk:
        shown = await lines(talk)
    assert shown.count(phrases.AWAY) == LINES
    assert len(shown) == 2 * LINES


async def test_an_old_question_that_is_edited_now_is_answered(begin: Begin, model: ModelEmulator) -> None:
    old = asked("Old")
    await stored(begin, model, old)
    async with begin(model, clock=after(3600)) as talk:
        await talk.quiet()
        await talk.edit(old, "New words", 3590)
        assert await lines(talk) == ["You said: New words"]


async def test_an_edit_just_before_the_end_is_answered_after_the_start(
    begin: Begin, model: ModelEmulator
) -> None:
    """An old question, answered then, edited a minute ago."""
    old, platform = asked("Old words"), FakePlatform()
    async with begin(model, platform) as talk:
        await talk.ask(old)
        await talk.quiet()
    clock = after(3600)
    async with begin(model, platform, clock=clock) as talk:
        model.hang()
        await talk.edit(old, "New words", clock.now() - old.sent_at)
        await model.arrived(2)
    model._queue.clear()
    async with begin(model, platform, clock=clock) as talk:
        assert await lines(talk) == ["You said: New words"]


async def test_an_edit_of_what_waits_makes_it_fresh(begin: Begin, model: ModelEmulator) -> None:
    old, clock = asked("Old words"), after(3600)
    async with begin(model) as talk:
        await talk.conversations.store.accept(old, (), BEGUN)
        await talk.conversations.store.revise(
            Revised(replace(old, text="New words"), clock.now() - 60), redo=True
        )
    async with begin(model, clock=clock) as talk:
        assert await lines(talk) == ["You said: New words"]


async def test_one_that_got_no_line_is_answered_when_it_is_edited(begin: Begin, model: ModelEmulator) -> None:
    questions = [asked("Old", number=number, thread=f"t{number}") for number in range(LINES + 1)]
    await stored(begin, model, *questions)
    async with begin(model, clock=after(3600)) as talk:
        await talk.quiet()
        (silent,) = (one for one in questions if not talk.platform.texts(one.address.thread))
        await talk.edit(silent, "New words", 3590)
        await talk.quiet()
        assert talk.platform.texts(silent.address.thread) == ["You said: New words"]


async def test_a_deleted_one_leaves_the_list_of_what_never_reached_people(
    begin: Begin, model: ModelEmulator
) -> None:
    old = asked("A secret")
    await stored(begin, model, old)
    async with begin(model, clock=after(3600)) as talk:
        await talk.quiet()
        assert [letter.text for letter in await talk.conversations.store.dead_letters(9)] == ["A secret"]
        await talk.delete(old)
        await talk.quiet()
        assert await talk.conversations.store.dead_letters(9) == ()
        assert talk.platform.messages == {}
        assert talk.rows_with("A secret") == set()
