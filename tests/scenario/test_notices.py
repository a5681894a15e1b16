"""The operator hears of what people were not told, in a channel that may hold conversations, too."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from core.address import Address
from core.conversation.staleness import STALE_S
from core.delivery import Draft, Gone, Outcome, Rejected, Retry, Unknown
from core.errors import ModelRefusedKey
from core.events import Addressing, Asked, Revised, Verdict
from core.operator_phrases import ModelServer
from tests.emulators.model import ModelEmulator
from tests.fakes.platform import FakePlatform
from tests.questions import BEN, asked
from tests.scenario.clock import StoryClock
from tests.scenario.conftest import Begin, Talk

OPS = "slack:T1:OPS"
HOUR_S = 3_600.0


def question(text: str, **more: object) -> Asked:
    return asked(text, platform="slack", **more)  # type: ignore[arg-type]  # as in asked()


def below(text: str, thread: str, number: int, addressing: Addressing = Addressing.REPLY) -> Asked:
    """Something said below a message in the operator's channel."""
    said = question(text, number=number, author=BEN, addressing=addressing)
    return replace(said, address=Address("slack", "T1", "OPS", thread), key=f"OPS:{number}")


def board(talk: Talk) -> list[str]:
    """What stands in the operator's channel."""
    return [shown.text for shown in talk.platform.messages.values() if shown.draft.address.channel == "OPS"]


@asynccontextmanager
async def noticing(
    begin: Begin, model: ModelEmulator, platform: FakePlatform | None = None, clock: StoryClock | None = None
) -> AsyncIterator[Talk]:
    """A core whose operator is told."""
    platform = platform or FakePlatform(name="slack")
    async with begin(model, platform, clock=clock, tampu_notices=OPS) as talk:
        task = asyncio.create_task(talk.conversations.notifying.run())
        try:
            yield talk
        finally:
            task.cancel()
            await asyncio.wait([task])


@pytest.mark.parametrize("fault", [Gone("is_archived", place=True), Gone("10003", place=True)])
async def test_an_answer_that_nobody_can_read_is_told_of(
    begin: Begin, model: ModelEmulator, fault: Gone
) -> None:
    async with noticing(begin, model) as talk:
        talk.platform.faults = [fault]
        await talk.ask(question("the canary sings"))
        await talk.until(lambda: len(board(talk)) == 1)
        (said,) = board(talk)
        assert said.startswith("**1 message has not reached people**, since ")
        assert "- `slack:a1:c1`: 1 (the channel is " in said
        assert "canary" not in said


async def test_a_text_that_the_platform_refuses_for_good_is_told_of(
    begin: Begin, model: ModelEmulator
) -> None:
    async with noticing(begin, model) as talk:
        talk.platform.faults = [Rejected("odd")] * 3
        await talk.ask(question("hello"))
        await talk.until(lambda: len(board(talk)) == 1)
        assert "- `slack:a1:c1`: 1 (odd)" in board(talk)[0]


async def test_an_answer_that_arrives_is_nothing_to_tell(begin: Begin, model: ModelEmulator) -> None:
    async with noticing(begin, model) as talk:
        talk.platform.faults = [Retry(0.1), Unknown("reset")]
        await talk.ask(question("hello"))
        await talk.shows("You said: hello")
        await talk.settled()
        assert board(talk) == []


async def test_a_question_that_was_found_too_late_is_told_of(begin: Begin, model: ModelEmulator) -> None:
    clock = StoryClock()
    async with noticing(begin, model, clock=clock) as talk:
        await talk.ask(question("hello"))
        await talk.shows("You said: hello")
    clock.skip(2 * STALE_S)
    async with noticing(begin, model, talk.platform, clock) as talk:
        talk.conversations.recovery.staleness.begin(clock.now())
        old = replace(question("are you there?", number=2), sent_at=clock.now() - STALE_S - 60)
        await talk.ask(old)
        await talk.until(lambda: len(board(talk)) == 1)
        assert "- `slack:a1:c1`: 1 (found too late, after Tampu had been away)" in board(talk)[0]


async def test_many_that_are_lost_are_two_notices_and_not_more(begin: Begin, model: ModelEmulator) -> None:
    clock = StoryClock()
    async with noticing(begin, model, clock=clock) as talk:
        talk.platform.closed.add("c1")
        for number in range(1, 21):
            await talk.ask(question(f"question {number}", number=number, thread=f"t{number}"))
        await talk.quiet()
        await talk.until(lambda: len(board(talk)) == 1)
    clock.skip(HOUR_S)
    async with noticing(begin, model, talk.platform, clock) as talk:
        await talk.ask(question("hello", number=50, thread="t50"))
        await talk.until(lambda: len(board(talk)) == 2)
    first, second = board(talk)
    assert first.count("`slack:a1:c1`") == second.count("`slack:a1:c1`") == 1


async def test_people_below_a_notice_talk_to_each_other(begin: Begin, model: ModelEmulator) -> None:
    async with noticing(begin, model) as talk:
        intake = talk.conversations.intake
        reply = below("I will look at it", "n1", 1)
        assert await intake.accept(reply) is Verdict.NOT_ADDRESSED
        edited = Revised(replace(reply, text="I look at it"), reply.sent_at + 1)
        assert await intake.revise(edited) is Verdict.NOT_ADDRESSED
        assert await intake.accept(below("what is this?", "n1", 2, Addressing.MENTION)) is Verdict.STORED
        await talk.until(lambda: board(talk) == ["You said: what is this?"])
        assert await intake.accept(below("and that?", "n1", 3)) is Verdict.STORED
        await talk.until(lambda: len(board(talk)) == 2)
        assert await intake.accept(below("and there?", "n2", 4)) is Verdict.NOT_ADDRESSED
        elsewhere = question("a reply", number=5, thread="n3", addressing=Addressing.REPLY)
        assert await intake.accept(elsewhere) is Verdict.STORED


class SlowBoard(FakePlatform):
    """Takes for ever to post in the operator's channel."""

    async def post(self, draft: Draft) -> Outcome:
        if draft.address.channel == "OPS":
            await asyncio.Event().wait()
        return await FakePlatform.post(self, draft)


async def test_nothing_that_is_told_holds_up_an_answer(begin: Begin, model: ModelEmulator) -> None:
    with capture_logs() as logs:
        async with noticing(begin, model, SlowBoard(name="slack")) as talk:
            watch = talk.conversations.notifying.models
            for number in range(200):
                watch.failed(ModelServer(f"http://model{number}", "m"), ModelRefusedKey("x"))
            await talk.ask(question("hello"))
            await talk.shows("You said: hello")
    assert sum(line["event"] == "notice.dropped" for line in logs) > 100


async def test_who_is_not_there_to_post_leaves_it_in_the_log(begin: Begin, model: ModelEmulator) -> None:
    with capture_logs() as logs:
        async with noticing(begin, model, FakePlatform(name="slack", closed={"OPS"})) as talk:
            talk.platform.faults = [Gone("is_archived", place=True)]
            await talk.ask(question("the canary sings"))
            await talk.until(lambda: any(line["event"] == "notice.not_posted" for line in logs))
    (line,) = (line for line in logs if line["event"] == "notice.not_posted")
    assert "`slack:a1:c1`" in line["says"]
    assert "canary" not in str(logs)
