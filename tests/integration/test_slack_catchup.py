"""What was said while no event came is read from history and taken as if it had come."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from adapters.slack import backlog, catchup
from adapters.slack.adapter import SlackAdapter
from core.address import Address
from core.events import Absence, Addressing
from core.files.fetcher import FileFetcher
from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, BOT_USER, TEAM, SlackEmulator
from tests.emulators.slack.workspace import Post
from tests.emulators.slack_stage import COMMANDS, RecordingInbox, Stage, staged

ME = f"<@{BOT_USER}>"
PNG = ("board.png", b"\x89PNG\r\n\x1a\n", "image/png")


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(rate_scale=0) as emulator:
        yield emulator


@pytest.fixture
async def stage(slack: SlackEmulator, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    monkeypatch.setattr(catchup, "OVERLAP_S", 0.0)
    async with staged(slack) as stage:
        yield stage


def thread(root: str, channel: str = "C1") -> Address:
    return Address("slack", TEAM, channel, root)


def say_long_ago(slack: SlackEmulator, channel: str, text: str, age_s: float = 3_600.0) -> str:
    """A message of an hour ago; its ts."""
    ts = f"{time.time() - age_s:.6f}"
    slack.backend.workspace.add(Post(channel, ts, "U1", text, time.monotonic() - age_s))
    return ts


async def catch_up(stage: Stage, since: float, *threads: Address) -> list[str]:
    """What the inbox took, in its order."""
    async with asyncio.timeout(20):
        await stage.adapter.catch_up(Absence(since, threads))
    return stage.inbox.texts


async def test_everything_that_turns_to_us_comes_as_if_live(stage: Stage) -> None:
    slack, direct = stage.slack, stage.slack.direct("U3")
    old = say_long_ago(slack, "C1", "people talk")
    ours = await stage.adapter._client.chat_postMessage(channel="C3", text="hello, I am Tampu")
    since = time.time()
    async with slack.lost_events():
        mention = await slack.say("U1", "C1", f"{ME} what is this", files=[PNG])
        await slack.say("U2", "C1", "to nobody")
        private = await slack.say("U3", direct, "hello")
        below = await slack.say("U3", direct, "and more", thread=private)
        late = await slack.say("U2", "C1", f"{ME} and you?", thread=old)
        reply = await slack.say("U1", "C3", "thanks", thread=ours["ts"])
        group = await slack.say("U1", "G1", f"{ME} secret")
    await catch_up(stage, since)
    asked = {event.message_id: event for event in stage.inbox.asked}
    assert set(asked) == {mention, private, below, late, reply, group}
    assert [file.name for file in asked[mention].attachments] == ["board.png"]
    assert {asked[ts].addressing for ts in (private, below)} == {Addressing.DIRECT}
    assert {asked[ts].addressing for ts in (mention, late, group)} == {Addressing.MENTION}
    assert (asked[reply].addressing, asked[reply].joined_midway) == (Addressing.REPLY, False)
    assert (asked[late].address, asked[late].joined_midway) == (thread(old), True)
    assert asked[below].address == thread(private, direct)
    assert asked[private].place == "a direct message"


async def test_live_and_caught_up_are_the_same_question(stage: Stage) -> None:
    since = time.time()
    root = await stage.slack.say("U1", "C1", f"{ME} what is a tampu, <@U2>?", files=[PNG])
    await stage.slack.say("U2", "C1", "and why?", thread=root)
    await stage.slack.say("U1", stage.slack.direct("U1"), "hello")
    await stage.asked(3)
    await catch_up(stage, since)
    assert len(stage.inbox.asked) == 3
    assert sorted(stage.inbox.duplicates, key=lambda one: one.key) == sorted(
        stage.inbox.asked, key=lambda one: one.key
    )


async def test_only_what_was_said_since_and_the_overlap(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    direct = stage.slack.direct("U1")
    say_long_ago(stage.slack, direct, "long ago", 60.0)
    say_long_ago(stage.slack, direct, "just before", 20.0)
    assert await catch_up(stage, time.time() - 10.0) == []
    monkeypatch.setattr(catchup, "OVERLAP_S", 30.0)
    assert await catch_up(stage, time.time() - 10.0) == ["just before"]


async def test_a_channels_messages_come_oldest_first(stage: Stage) -> None:
    slack, since = stage.slack, time.time()
    async with slack.lost_events():
        first = await slack.say("U1", slack.direct("U1"), "0")
        second = await slack.say("U1", slack.direct("U1"), "1")
        for number in range(2, 30):
            below = (None, first, second)[number % 3]
            await slack.say("U1", slack.direct("U1"), str(number), thread=below)
    assert await catch_up(stage, since) == [str(number) for number in range(30)]


async def test_a_known_thread_is_read_although_history_no_longer_shows_it(stage: Stage) -> None:
    slack = stage.slack
    known, unknown = (say_long_ago(slack, "C1", "old", age) for age in (7_200.0, 7_000.0))
    for number in range(backlog.PAGE):
        say_long_ago(slack, "C1", str(number), 3_600.0 - number)
    since = time.time()
    async with slack.lost_events():
        await slack.say("U1", "C1", f"{ME} known", thread=known)
        await slack.say("U1", "C1", f"{ME} unknown", thread=unknown)
        await slack.say("U1", "C1", f"{ME} shown to all", thread=unknown, broadcast=True)
    assert await catch_up(stage, since, thread(known)) == ["known", "unknown", "shown to all"]


async def test_quiet_threads_cost_no_calls(stage: Stage) -> None:
    roots = [say_long_ago(stage.slack, "C1", str(n), 3_600.0 - n) for n in range(40)]
    for root in roots:
        workspace = stage.slack.backend.workspace
        ts = f"{float(root) + 1:.6f}"
        workspace.add(Post("C1", ts, "U2", "yes", time.monotonic(), thread_ts=root))
    since = time.time() - 60
    assert await catch_up(stage, since, *(thread(root) for root in roots)) == []
    assert stage.slack.journal.of("conversations.replies") == []


async def test_an_edit_made_meanwhile_is_what_is_asked_and_what_was_known_is_revised(stage: Stage) -> None:
    slack = stage.slack
    known = await slack.say("U1", "C1", f"{ME} what is a lama?")
    await stage.asked()
    await stage.settled()
    since = time.time() - 60
    async with slack.lost_events():
        unknown = await slack.say("U1", "C1", f"{ME} wat")
        await slack.edit("C1", unknown, f"{ME} what?")
        await slack.edit("C1", known, f"{ME} what is a llama?")
    assert await catch_up(stage, since) == ["what is a lama?", "what?"]
    (edit,) = stage.inbox.revised
    assert (edit.asked.key, edit.asked.text) == (f"C1:{known}", "what is a llama?")
    assert edit.revision == float(int(edit.revision))


async def test_known_channels_come_first_and_private_words_next(stage: Stage) -> None:
    slack, since = stage.slack, time.time()
    for number in range(20):
        slack.add_channel(f"C5{number:02}", f"quiet-{number}", "U1", BOT_USER)
    async with slack.lost_events():
        root = await slack.say("U1", "G1", f"{ME} known")
        await slack.say("U2", slack.direct("U2"), "private")
    await catch_up(stage, since, thread(root, "G1"), Address("slack", "T0OTHER", "C1", root))
    order = [call.args["channel"] for call in slack.journal.of("conversations.history")]
    assert order[:2] == ["G1", slack.direct("U2")]
    assert len(order) == len(set(order))
    archived = slack.backend.workspace.channels["C3"]
    archived.archived = True
    await catch_up(stage, since)
    assert "C3" not in [c.args["channel"] for c in slack.journal.of("conversations.history")[len(order) :]]


async def test_one_channel_gives_its_newest_two_hundred(stage: Stage) -> None:
    direct = stage.slack.direct("U1")
    for number in range(250):
        say_long_ago(stage.slack, direct, str(number), 3_600.0 - number)
    texts = await catch_up(stage, time.time() - 86_400)
    assert texts == [str(number) for number in range(50, 250)]


async def test_all_channels_together_give_five_hundred_in_sixty_calls(stage: Stage) -> None:
    slack = stage.slack
    for number in range(80):
        slack.add_channel(f"C5{number:02}", f"busy-{number}", "U1", BOT_USER)
        for text in range(10):
            say_long_ago(slack, f"C5{number:02}", f"{ME} {text}", 3_600.0 - text)
    texts = await catch_up(stage, time.time() - 86_400)
    methods = ("users.conversations", "conversations.history", "conversations.replies")
    calls = sum(len(slack.journal.of(method)) for method in methods)
    assert len(texts) == catchup.MAX_MESSAGES
    assert calls <= backlog.MAX_CALLS


async def test_a_few_calls_at_once(stage: Stage) -> None:
    slack = stage.slack
    for number in range(8):
        slack.add_channel(f"C5{number:02}", f"slow-{number}", "U1", BOT_USER)
    slack.fault("conversations.history", delay=0.2, times=12)
    begun = time.monotonic()
    await catch_up(stage, time.time())
    assert 0.5 < time.monotonic() - begun < 1.5
    ended = sorted(call.at - begun for call in slack.journal.of("conversations.history"))
    assert sum(at < 0.35 for at in ended) <= backlog.CALLS_AT_ONCE


async def test_a_rate_limit_is_waited_for(stage: Stage) -> None:
    since = time.time()
    async with stage.slack.lost_events():
        await stage.slack.say("U1", "C1", f"{ME} one")
    stage.slack.fault("conversations.history", status=429, retry_after=1, times=6)
    stage.slack.fault("users.conversations", status=429, retry_after=1)
    assert await catch_up(stage, since) == ["one"]


async def test_what_cannot_be_read_is_skipped_and_what_only_failed_is_tried_again(stage: Stage) -> None:
    slack, since = stage.slack, time.time()
    async with slack.lost_events():
        root = await slack.say("U1", "C1", f"{ME} one")
        await slack.say("U1", "C1", f"{ME} two", thread=root)
        await slack.say("U1", "C3", f"{ME} three")
        await slack.say("U1", slack.direct("U1"), "four")
    slack.backend.workspace.channels["C3"].members.discard(BOT_USER)
    slack.fault("conversations.replies", error="missing_scope")
    slack.fault("conversations.history", status=500)
    slack.fault("conversations.history", reset=True)
    texts = await catch_up(stage, since, thread(root), thread("1700000000.000001", "C3"))
    assert sorted(texts) == ["four", "one"]


async def test_without_the_right_to_list_channels_the_known_ones_are_read(stage: Stage) -> None:
    since = time.time()
    async with stage.slack.lost_events():
        root = await stage.slack.say("U1", "C1", f"{ME} one")
    stage.slack.fault("users.conversations", error="missing_scope")
    assert await catch_up(stage, since, thread(root)) == ["one"]


async def test_a_store_that_fails_ends_it(stage: Stage) -> None:
    since = time.time()
    async with stage.slack.lost_events():
        for number in range(10):
            await stage.slack.say("U1", stage.slack.direct("U1"), str(number))
            await stage.slack.say("U2", stage.slack.direct("U2"), str(number))
    stage.inbox.fail = 1
    assert len(await catch_up(stage, since)) < 4
    assert sorted(await catch_up(stage, since), key=int) == sorted([*map(str, range(10))] * 2, key=int)


async def test_it_can_be_cut_off_and_what_was_read_is_kept(stage: Stage) -> None:
    since = time.time()
    async with stage.slack.lost_events():
        await stage.slack.say("U1", stage.slack.direct("U1"), "kept")
    stage.slack.fault("conversations.history", delay=0.0)
    stage.slack.fault("conversations.history", status=429, retry_after=60, times=50)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(1.0):
            await stage.adapter.catch_up(Absence(since, (thread(since_ts(since), stage.slack.direct("U1")),)))
    assert stage.inbox.texts == ["kept"]
    stage.slack.backend.faults.clear()
    assert await catch_up(stage, since) == ["kept"]


def since_ts(since: float) -> str:
    return f"{since:.6f}"


async def test_events_that_come_meanwhile_are_taken_once_and_in_order(stage: Stage) -> None:
    slack, direct, since = stage.slack, stage.slack.direct("U1"), time.time()
    async with slack.lost_events():
        for number in range(10):
            await slack.say("U1", direct, str(number))
    stage.inbox.slow = 0.01
    running = asyncio.ensure_future(stage.adapter.catch_up(Absence(since, ())))
    for number in range(10, 20):
        await slack.say("U1", direct, str(number))
        await asyncio.sleep(0.01)
    await running
    await stage.settled()
    assert sorted(stage.inbox.texts, key=int) == [str(number) for number in range(20)]


async def test_what_bots_and_slack_itself_said_is_left_out(stage: Stage) -> None:
    slack, since = stage.slack, time.time()
    async with slack.lost_events():
        await stage.adapter._client.chat_postMessage(channel=slack.direct("U1"), text="our own")
        await slack.say("USLACKBOT", slack.direct("U1"), "reminder")
        await slack.say("U1", "C1", f"{ME} has joined", subtype="channel_join")
        gone = await slack.say("U1", "C1", f"{ME} take this back")
        await slack.say("U2", "C1", f"{ME} below", thread=gone)
        await slack.delete("C1", gone)
    assert await catch_up(stage, since) == ["below"]


async def test_before_it_is_connected_there_is_nothing_to_catch_up(slack: SlackEmulator) -> None:
    inbox = RecordingInbox()
    async with FileFetcher() as fetcher:
        adapter = SlackAdapter(BOT_TOKEN, APP_TOKEN, inbox, COMMANDS, fetcher, api_url=slack.api_url)
        await adapter.catch_up(Absence(0.0, ()))
    assert slack.journal.calls == []
