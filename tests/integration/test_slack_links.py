"""Two connections at once: what happens to one is not noticed by people."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from adapters.slack import link, links
from adapters.slack.adapter import SlackAdapter
from core.address import Address
from core.files.fetcher import FileFetcher
from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, TEAM, SlackEmulator
from tests.emulators.slack_stage import COMMANDS, RecordingInbox, Stage, serving, staged


@asynccontextmanager
async def with_trouble(slack: SlackEmulator, trouble: Callable[[], None]) -> AsyncIterator[RecordingInbox]:
    """The adapter, with trouble planned once the first connection is open."""
    inbox = RecordingInbox()
    async with FileFetcher() as fetcher:
        adapter = SlackAdapter(BOT_TOKEN, APP_TOKEN, inbox, COMMANDS, fetcher, api_url=slack.api_url)

        async def run(ready: Callable[[], None]) -> None:
            def first_is_open() -> None:
                trouble()
                ready()

            await adapter.run(first_is_open)

        async with serving(run):
            yield inbox


async def all_asked(slack: SlackEmulator, inbox: RecordingInbox, count: int) -> None:
    """So many questions are in the inbox, each once."""
    await slack.wait_for(lambda: len(inbox.asked) >= count)
    assert sorted(inbox.texts, key=int) == [str(number) for number in range(count)]


async def test_events_come_over_both_and_each_is_taken_once(stage: Stage) -> None:
    for number in range(24):
        await stage.slack.say("U1", stage.slack.direct("U1"), str(number))
    await all_asked(stage.slack, stage.inbox, 24)
    assert {delivery.socket for delivery in stage.slack.journal.deliveries} == {1, 2}
    assert stage.inbox.duplicates == []


@pytest.mark.parametrize("end", ["refresh", "drop"])
@pytest.mark.parametrize("number", [1, 2])
async def test_while_one_is_renewed_the_other_receives(stage: Stage, end: str, number: int) -> None:
    slack = stage.slack
    await (slack.refresh_sockets(number) if end == "refresh" else slack.drop_sockets(number))
    other = 3 - number
    for text in range(4):
        await slack.say("U1", slack.direct("U1"), str(text))
    await all_asked(slack, stage.inbox, 4)
    assert [(d.socket, d.attempt) for d in slack.journal.deliveries[:4]] == [(other, 0)] * 4
    await slack.wait_for(lambda: {socket.number for socket in slack.sockets.open} == {other, 3})
    for text in range(4, 24):
        await slack.say("U1", slack.direct("U1"), str(text))
    await all_asked(slack, stage.inbox, 24)
    assert {delivery.socket for delivery in slack.journal.deliveries[4:]} == {other, 3}
    assert slack.sockets.lost == []


async def test_an_event_that_both_bring_is_one_question(stage: Stage) -> None:
    slack = stage.slack
    slack.sockets.ack_timeout = 0.05
    stage.inbox.slow = 0.15
    for number in range(6):
        await slack.say("U1", slack.direct("U1"), str(number))
    await slack.wait_for(lambda: len(stage.inbox.duplicates) >= 3)
    await all_asked(slack, stage.inbox, 6)


async def test_it_is_ready_with_the_first_and_goes_on_trying_for_the_second(
    slack: SlackEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "AGAIN_S", 0.2)

    def trouble() -> None:
        slack.fault("apps.connections.open", status=503)
        slack.fault("apps.connections.open", error="internal_error", times=2)

    async with with_trouble(slack, trouble) as inbox:
        assert slack.connected == 1
        await slack.say("U1", slack.direct("U1"), "0")
        await all_asked(slack, inbox, 1)
        await slack.wait_connected(2)
        assert len(slack.journal.of("apps.connections.open")) == 5
    assert slack.connected == 0


async def test_a_second_that_is_refused_for_good_does_no_harm(
    slack: SlackEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "AGAIN_S", 0.1)
    monkeypatch.setattr(links, "LONGEST_AGAIN_S", 0.1)

    def trouble() -> None:
        slack.fault("apps.connections.open", error="too_many_connections", times=1_000)

    async with with_trouble(slack, trouble) as inbox:
        await slack.wait_for(lambda: len(slack.journal.of("apps.connections.open", ok=False)) > 3)
        await slack.say("U1", slack.direct("U1"), "0")
        await all_asked(slack, inbox, 1)
    assert slack.connected == 0


async def test_our_own_two_are_no_stranger(slack: SlackEmulator, capsys: pytest.CaptureFixture[str]) -> None:
    async with staged(slack):
        await slack.refresh_sockets(1)
        await slack.wait_for(lambda: {socket.number for socket in slack.sockets.open} == {2, 3})
        await slack.drop_sockets()
        await slack.wait_for(lambda: {socket.number for socket in slack.sockets.open} == {4, 5})
        assert "slack_events_are_shared" not in capsys.readouterr().out


async def test_a_second_process_is_pointed_out(
    slack: SlackEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    async with staged(slack), staged(slack):
        await slack.wait_for(lambda: slack.connected == 4)
        assert "slack_events_are_shared" in await slack.wait_for(lambda: capsys.readouterr().out)


@pytest.mark.parametrize("trouble", ["none", "refresh", "drop", "unreachable"])
async def test_the_end_leaves_nothing_behind(slack: SlackEmulator, trouble: str) -> None:
    async with staged(slack) as stage:
        stage.inbox.slow = 30.0
        await slack.say("U1", slack.direct("U1"), "never stored")
        await slack.wait_for(lambda: stage.inbox.entered)
        if trouble == "refresh":
            await slack.refresh_sockets()
        elif trouble == "drop":
            await slack.drop_sockets()
        elif trouble == "unreachable":
            slack.sockets.refuse = 1_000
            await slack.drop_sockets()
    assert ours(asyncio.all_tasks()) == []
    assert stage.inbox.asked == []


def ours(tasks: set[asyncio.Task[object]]) -> list[str]:
    """Where the tasks of the adapter and of its library came from."""
    files = [task.get_stack(limit=1)[0].f_code.co_filename for task in tasks if task.get_stack(limit=1)]
    return [file for file in files if "/slack_sdk/" in file or "/adapters/" in file]


async def test_after_an_outage_what_was_missed_is_read(
    slack: SlackEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "AWAY_S", 1.0)
    monkeypatch.setattr(link, "RECONNECT_S", 0.3)
    async with staged(slack) as stage:
        root = await slack.say("U1", "C1", "people talk")
        stage.inbox.threads = [Address("slack", TEAM, "C1", root)]
        async with slack.unreachable(), slack.lost_events():
            await slack.say("U1", slack.direct("U1"), "0")
            await slack.say("U1", "C1", "1", thread=root)
            await asyncio.sleep(2.0)
        await all_asked(slack, stage.inbox, 2)
        assert len(slack.journal.of("users.conversations")) == 1


async def test_one_that_goes_away_alone_is_no_outage(
    slack: SlackEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "AWAY_S", 0.7)
    monkeypatch.setattr(link, "RECONNECT_S", 0.3)
    async with staged(slack):
        slack.sockets.refuse = 3
        await slack.drop_sockets(1)
        await slack.wait_connected(2)
        await asyncio.sleep(1.0)
        assert slack.journal.of("users.conversations") == []
