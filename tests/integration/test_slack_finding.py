"""Did a post arrive whose answer was lost? Never a "no" that a moment later would be a "yes"."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from adapters.slack import attempts, history
from core.address import Address
from core.delivery import Draft, Gone, Lookup, Sent, Unknown
from core.errors import PlatformError
from tests.emulators.slack import BOT_USER, TEAM, SlackEmulator
from tests.emulators.slack.workspace import Post
from tests.emulators.slack_stage import Stage, staged

KEY, OTHER = "k" * 25, "o" * 25
# Slack's five seconds and our eight, so many times faster.
SOONER = 10
LAG = (0.0, 5.0 / SOONER)
VISIBLE_S = attempts.VISIBLE_S / SOONER


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAUSES", tuple(pause / SOONER for pause in history.PAUSES))
    monkeypatch.setattr(attempts, "VISIBLE_S", VISIBLE_S)


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(rate_scale=0) as emulator:
        yield emulator


@pytest.fixture
async def root(slack: SlackEmulator) -> str:
    return await slack.say("U1", "C1", "a question")


def address(thread: str) -> Address:
    return Address("slack", TEAM, "C1", thread)


def draft(thread: str, text: str, key: str = KEY, reply_to: str | None = None) -> Draft:
    return Draft(address(thread), key, "turn1", text, reply_to, first=True)


def lookup(thread: str, *claimed: str, key: str = KEY, after: str = "") -> Lookup:
    return Lookup(address(thread), key, after or thread, frozenset(claimed))


async def lose(stage: Stage, message: Draft, *, arrives: bool = True) -> float:
    """Post without hearing back; when that was over."""
    stage.slack.fault("chat.postMessage", reset=True, after_effect=arrives)
    assert isinstance(await stage.adapter.post(message), Unknown)
    return time.monotonic()


def looks(stage: Stage) -> int:
    journal = stage.slack.journal
    return len(journal.of("conversations.replies")) + len(journal.of("conversations.history"))


@pytest.mark.parametrize("seed", range(8))
async def test_however_late_it_shows_it_is_found(seed: int) -> None:
    async with SlackEmulator(rate_scale=0, seed=seed) as slack, staged(slack) as stage:
        slack.backend.metadata_lag = slack.backend.visibility_lag = LAG
        root = await slack.say("U1", "C1", "a question")
        found: list[str | None] = []
        for number in range(3):
            key = f"{number}" * 25
            await lose(stage, draft(root, f"part {number}", key))
            found.append(await stage.adapter.find(lookup(root, *filter(None, found), key=key)))
        assert found == [seen.ts for seen in slack.answers("C1", root)]


async def test_what_is_there_is_found_at_once(stage: Stage, root: str) -> None:
    begun = await lose(stage, draft(root, "here"))
    assert await stage.adapter.find(lookup(root)) is not None
    assert time.monotonic() - begun < VISIBLE_S / 4
    assert looks(stage) == 1


async def test_a_no_takes_until_it_must_have_been_visible(stage: Stage, root: str) -> None:
    begun = await lose(stage, draft(root, "lost"), arrives=False)
    assert await stage.adapter.find(lookup(root)) is None
    assert VISIBLE_S <= time.monotonic() - begun < 2 * VISIBLE_S
    assert 3 <= looks(stage) <= 6


async def test_a_no_long_after_the_attempt_takes_one_look(stage: Stage, root: str) -> None:
    begun = await lose(stage, draft(root, "lost"), arrives=False)
    await asyncio.sleep(begun + VISIBLE_S - time.monotonic())
    assert await stage.adapter.find(lookup(root)) is None
    assert looks(stage) == 1


async def test_what_an_earlier_process_tried_is_settled_some_time_after_our_start(
    slack: SlackEmulator, root: str
) -> None:
    async with staged(slack) as crashed:
        slack.backend.metadata_lag = LAG[1]
        await lose(crashed, draft(root, "from before"))
    async with staged(slack) as stage:
        assert await stage.adapter.find(lookup(root)) == slack.answers("C1", root)[0].ts
        assert await stage.adapter.find(lookup(root, key=OTHER)) is None
        before = looks(stage)
        assert await stage.adapter.find(lookup(root, key=OTHER)) is None
        assert looks(stage) == before + 1


async def test_a_cancelled_post_counts_from_its_end(stage: Stage, root: str) -> None:
    stage.slack.backend.metadata_lag = LAG[1]
    stage.slack.fault("chat.postMessage", delay=0.2)
    post = asyncio.ensure_future(stage.adapter.post(draft(root, "cut off")))
    await asyncio.sleep(0.05)
    post.cancel()
    found = await stage.adapter.find(lookup(root))
    assert [seen.ts for seen in stage.slack.answers("C1", root)] == [found]


async def test_a_thread_whose_first_message_does_not_show_yet_is_no_no(slack: SlackEmulator) -> None:
    async with staged(slack) as crashed:
        slack.backend.visibility_lag = LAG[1]
        opener = await crashed.adapter.post(draft("cmd-1", "**Ada asked:** why?"))
        assert isinstance(opener, Sent)
        await lose(crashed, draft("cmd-1", "because", OTHER, reply_to=opener.id))
    async with staged(slack) as stage:
        found = await stage.adapter.find(lookup("cmd-1", key=OTHER, after=opener.id))
        assert found == slack.answers("C1", opener.id)[1].ts


async def test_a_lost_opener_is_found_in_the_channel(stage: Stage) -> None:
    stage.slack.backend.visibility_lag = LAG[1]
    await lose(stage, draft("cmd-1", "**Ada asked:** why?"))
    found = await stage.adapter.find(lookup("cmd-1", after="13345224609.738474920.1"))
    assert found == stage.slack.answers("C1")[0].ts


async def test_trouble_on_the_way_is_no_answer(stage: Stage, root: str) -> None:
    await lose(stage, draft(root, "here"))
    stage.slack.fault("conversations.replies", status=429, retry_after=30)
    with pytest.raises(PlatformError, match="ratelimited") as limited:
        await stage.adapter.find(lookup(root))
    assert limited.value.retry_after == 30.0
    stage.slack.fault("conversations.replies", status=500)
    with pytest.raises(PlatformError) as broken:
        await stage.adapter.find(lookup(root))
    assert broken.value.retry_after is None
    assert await stage.adapter.find(lookup(root)) is not None


async def test_a_slack_that_may_not_be_asked_never_says_no(stage: Stage, root: str) -> None:
    begun = await lose(stage, draft(root, "here"))
    stage.slack.fault("conversations.replies", error="missing_scope", times=2)
    for wait in (0.0, begun + VISIBLE_S - time.monotonic()):
        await asyncio.sleep(wait)
        with pytest.raises(PlatformError, match="missing_scope"):
            await stage.adapter.find(lookup(root))


TEXTS = ["**Hello** <you> & https://a.test/?b=1&c=2", "# Head\n\n- *one*\n- two", "x" * 3_500, "Yes."]


@pytest.mark.parametrize("text", TEXTS)
async def test_a_message_without_its_metadata_is_known_by_its_text(
    stage: Stage, root: str, text: str
) -> None:
    stage.slack.backend.keeps_metadata = False
    begun = await lose(stage, draft(root, text))
    (seen,) = stage.slack.answers("C1", root)
    post = stage.slack.backend.workspace.posts["C1", seen.ts]
    post.text = post.text.replace("https://a.test/?b=1&amp;c=2", "<https://a.test/?b=1&amp;c=2>")
    assert await stage.adapter.find(lookup(root)) == seen.ts
    assert time.monotonic() - begun >= VISIBLE_S
    assert await stage.adapter.find(lookup(root, seen.ts)) is None


async def test_a_refused_message_that_went_out_as_plain_text_is_known_by_it(stage: Stage, root: str) -> None:
    stage.slack.backend.keeps_metadata = False
    stage.slack.fault("chat.postMessage", error="invalid_blocks")
    await lose(stage, draft(root, "# Head\n\n- **a**\n- [b](https://b.test)"))
    assert await stage.adapter.find(lookup(root)) == stage.slack.answers("C1", root)[0].ts


async def test_the_same_words_of_another_message_are_not_taken_for_it(stage: Stage, root: str) -> None:
    first = await stage.adapter.post(draft(root, "Yes.", OTHER))
    assert isinstance(first, Sent)
    workspace = stage.slack.backend.workspace
    workspace.add(Post("C1", workspace.next_ts(), "U1", "Yes.", time.monotonic(), thread_ts=root))
    await lose(stage, draft(root, "Yes."), arrives=False)
    assert await stage.adapter.find(lookup(root)) is None
    workspace.posts["C1", first.id].metadata = None
    assert await stage.adapter.find(lookup(root)) is None
    for _ in range(2):
        workspace.add(Post("C1", workspace.next_ts(), BOT_USER, "Yes.", time.monotonic(), thread_ts=root))
    assert await stage.adapter.find(lookup(root)) is None


async def test_words_that_another_process_wrote_are_not_guessed(slack: SlackEmulator, root: str) -> None:
    slack.backend.keeps_metadata = False
    async with staged(slack) as crashed:
        await lose(crashed, draft(root, "Yes."))
    async with staged(slack) as stage:
        assert await stage.adapter.find(lookup(root)) is None


async def test_an_answer_whose_question_was_deleted_does_not_stand_in_the_channel(
    stage: Stage, root: str
) -> None:
    stage.slack.backend.orphans = True
    await stage.slack.delete("C1", root)
    assert await stage.adapter.post(draft(root, "hello")) == Gone("thread_not_found", place=True)
    assert stage.slack.answers("C1") == []
    assert isinstance(await stage.adapter.post(draft("", "an opener")), Sent)
