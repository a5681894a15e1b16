"""What people do in Slack reaches the inbox once, in order, and before Slack is told so."""

import pytest

from adapters.slack import link
from adapters.slack.adapter import SlackAdapter
from core.address import Address
from core.errors import StartupError
from core.events import Addressing
from core.files.fetcher import FileFetcher
from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, BOT_USER, TEAM, SlackEmulator, events
from tests.emulators.slack_stage import COMMANDS, RecordingInbox, Stage, serving, staged

ME = f"<@{BOT_USER}>"
PNG = ("board.png", b"\x89PNG\r\n\x1a\n", "image/png")


@pytest.mark.parametrize("mention_first", [True, False])
async def test_a_mention_brings_two_events_and_one_question(stage: Stage, mention_first: bool) -> None:
    stage.slack.backend.mention_first = mention_first
    ts = await stage.slack.say("U1", "C1", f"{ME} what is a tampu, <@U2>?")
    (asked,) = await stage.asked()
    await stage.settled()
    assert asked.key == f"C1:{ts}"
    assert asked.address == Address("slack", TEAM, "C1", ts)
    assert (asked.text, asked.author.name, asked.place) == ("what is a tampu, @Grace?", "Ada", "#general")
    assert (asked.addressing, asked.joined_midway) == (Addressing.MENTION, False)
    assert (asked.message_id, asked.sent_at) == (ts, float(ts))
    kinds = sorted(d.event_type for d in stage.slack.journal.deliveries)
    assert kinds == ["app_mention", "message"]


@pytest.mark.parametrize("mention_first", [True, False])
async def test_a_mention_with_a_picture_keeps_the_picture_in_either_order(
    stage: Stage, mention_first: bool
) -> None:
    stage.slack.backend.mention_first = mention_first
    await stage.slack.say("U1", "C1", f"{ME} what is this", files=[PNG])
    (asked,) = await stage.asked()
    await stage.settled()
    assert [file.name for file in asked.attachments] == ["board.png"]
    assert stage.slack.journal.of("conversations.replies") == []


async def test_a_lone_mention_is_read_from_slack_with_its_picture(stage: Stage) -> None:
    ts = await stage.slack.say("U1", "C2", f"{ME} what is this", files=[PNG])
    post = stage.slack.backend.workspace.posts["C2", ts]
    stage.slack.backend.workspace.channels["C2"].members.add(BOT_USER)
    stage.slack.backend.send(events.mention(stage.slack.backend.workspace, post, with_files=False))
    (asked,) = await stage.asked()
    assert (asked.text, [file.name for file in asked.attachments]) == ("what is this", ["board.png"])
    assert asked.address.thread == ts


async def test_threads_are_told_apart_by_who_is_turned_to(stage: Stage) -> None:
    ours = await stage.adapter._client.chat_postMessage(channel="C1", text="hello, I am Tampu")
    root = await stage.slack.say("U1", "C1", "a thread of people")
    for text, thread in [
        ("thanks", ours["ts"]),
        ("<@U2> look", ours["ts"]),
        ("just so", root),
        (f"{ME} and you, <@U2>?", root),
    ]:
        await stage.slack.say("U1", "C1", text, thread=thread)
    asked = await stage.asked(4)
    assert [(event.addressing, event.joined_midway) for event in asked] == [
        (Addressing.REPLY, False),
        (Addressing.ELSEWHERE, False),
        (Addressing.OVERHEARD, True),
        (Addressing.MENTION, True),
    ]
    assert [event.address.thread for event in asked] == [ours["ts"], ours["ts"], root, root]


async def test_a_reply_below_a_command_belongs_to_the_commands_thread(stage: Stage) -> None:
    opener = await stage.adapter._client.chat_postMessage(channel="C1", text="Ada asked: why?")
    address = Address("slack", TEAM, "C1", "cmd-1.2.3")
    await stage.inbox.anchor(address, opener["ts"])
    await stage.slack.say("U1", "C1", "and then?", thread=opener["ts"])
    (asked,) = await stage.asked()
    assert (asked.address, asked.addressing) == (address, Addressing.REPLY)


async def test_each_direct_message_begins_its_own_thread(stage: Stage) -> None:
    direct = stage.slack.direct("U3")
    first = await stage.slack.say("U3", direct, "hello")
    second = await stage.slack.say("U3", direct, "another thing")
    await stage.slack.say("U3", direct, "more on the first", thread=first)
    asked = await stage.asked(3)
    assert [event.address.thread for event in asked] == [first, second, first]
    assert {(event.addressing, event.place) for event in asked} == {(Addressing.DIRECT, "a direct message")}
    assert asked[0].author.name == "Linus"


async def test_what_is_not_for_us_never_reaches_the_inbox_and_is_acknowledged(stage: Stage) -> None:
    slack = stage.slack
    slack.add_member("U9", "OtherBot", is_bot=True)
    ts = await slack.say("U1", "C1", "to nobody")
    await slack.edit("C1", ts, "to nobody, better")
    await slack.delete("C1", ts)
    await slack.say("USLACKBOT", slack.direct("U1"), "reminder")
    await slack.say("U1", "C1", "Ada has joined", subtype="channel_join")
    await stage.adapter._client.chat_postMessage(channel=slack.direct("U1"), text="our own")
    slack.backend.send({"type": "reaction_added", "user": "U1", "reaction": "eyes", "item": {}})
    slack.backend.send(
        {"type": "message", "subtype": "bot_message", "bot_id": "B9", "ts": "1.2", "channel": "C1"}
    )
    await stage.settled()
    assert stage.inbox.asked == []
    assert stage.inbox.located == []
    assert all(delivery.attempt == 0 for delivery in slack.journal.deliveries)


async def test_a_broadcast_reply_and_an_action_message_are_peoples_words(stage: Stage) -> None:
    root = await stage.slack.say("U1", "C1", "root")
    await stage.slack.say("U1", "C1", f"{ME} all hear", thread=root, broadcast=True)
    await stage.slack.say("U1", "C1", f"{ME} waves", subtype="me_message")
    assert [event.text for event in await stage.asked(2)] == ["all hear", "waves"]


async def test_a_burst_is_stored_in_the_order_of_the_channel(stage: Stage) -> None:
    stage.slack.fault("users.info", delay=0.2)
    for number in range(20):
        await stage.slack.say("U1" if number % 2 else "U2", "C1", f"{ME} {number}")
    asked = await stage.asked(20)
    assert [event.text for event in asked] == [str(number) for number in range(20)]


async def test_one_slow_channel_holds_no_other(stage: Stage) -> None:
    stage.inbox.slow = 0.3
    await stage.slack.say("U1", "C1", f"{ME} one")
    await stage.slack.say("U1", "C3", f"{ME} two")
    asked = await stage.asked(2)
    first, second = (stage.inbox.stored_at[event.key] for event in asked)
    assert second - first < 0.2


async def test_slack_is_told_only_after_the_event_is_durable(stage: Stage) -> None:
    stage.inbox.slow = 0.2
    ts = await stage.slack.say("U1", "C1", f"{ME} hello")
    await stage.settled()
    for kind in ("message", "app_mention"):
        ack = stage.slack.journal.ack_of(ts, kind)
        assert ack is not None
        assert ack.at >= stage.inbox.stored_at[f"C1:{ts}"]


async def test_what_cannot_be_stored_is_not_acknowledged_and_comes_again(stage: Stage) -> None:
    stage.slack.sockets.ack_timeout = 0.3
    stage.inbox.fail = 1
    ts = await stage.slack.say("U1", stage.slack.direct("U1"), "keep this")
    (asked,) = await stage.asked()
    await stage.slack.wait_for(lambda: stage.slack.journal.ack_of(ts))
    attempts = [d.attempt for d in stage.slack.journal.deliveries if d.ts == ts]
    assert (asked.text, attempts) == ("keep this", [0, 1])
    assert len(stage.slack.journal.acks) == 1


async def test_a_store_that_hangs_is_given_up_in_time_for_a_redelivery(stage: Stage) -> None:
    stage.slack.sockets.ack_timeout = 2.3
    stage.inbox.slow = 60.0
    ts = await stage.slack.say("U1", stage.slack.direct("U1"), "keep this")
    await stage.slack.wait_for(lambda: stage.inbox.entered)
    stage.inbox.slow = 0.0
    (asked,) = await stage.asked()
    assert asked.message_id == ts
    assert [d.attempt for d in stage.slack.journal.deliveries] == [0, 1]


async def test_an_event_delivered_twice_is_one_question(stage: Stage) -> None:
    stage.slack.sockets.ack_timeout = 0.1
    stage.inbox.slow = 0.25
    await stage.slack.say("U1", stage.slack.direct("U1"), "once")
    await stage.slack.wait_for(lambda: stage.inbox.duplicates)
    assert stage.inbox.texts == ["once"]


async def test_names_that_cannot_be_had_hold_nothing_up(stage: Stage) -> None:
    stage.slack.fault("users.info", delay=5, times=2)
    await stage.slack.say("U1", stage.slack.direct("U1"), "hello <@U2>")
    (asked,) = await stage.asked()
    assert (asked.author.name, asked.text) == ("U1", "hello @U2")


async def test_a_socket_refreshed_or_dropped_loses_nothing(stage: Stage) -> None:
    slack, direct = stage.slack, stage.slack.direct("U1")
    await slack.say("U1", direct, "0")
    await slack.refresh_sockets()
    await slack.say("U1", direct, "1")
    await slack.wait_for(lambda: [socket.draining for socket in slack.sockets.open] == [False, False])
    await slack.say("U1", direct, "2")
    await slack.drop_sockets()
    await slack.say("U1", direct, "3")
    await slack.wait_connected(2)
    await slack.say("U1", direct, "4")
    await slack.wait_for(lambda: len(stage.inbox.asked) == 5)
    assert sorted(stage.inbox.texts) == ["0", "1", "2", "3", "4"]
    assert slack.sockets.lost == []


async def test_a_used_up_address_is_not_tried_for_ever(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "RECONNECT_S", 0.3)
    stage.slack.sockets.refuse = 3
    await stage.slack.drop_sockets()
    await stage.slack.say("U1", stage.slack.direct("U1"), "are you there?")
    assert [event.text for event in await stage.asked()] == ["are you there?"]
    assert stage.slack.sockets.refuse == 0


async def test_a_socket_that_cannot_be_brought_back_is_replaced(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "GIVE_UP_S", 0.4)
    monkeypatch.setattr(link, "RECONNECT_S", 0.3)
    stage.slack.fault("apps.connections.open", status=503, times=4)
    await stage.slack.drop_sockets()
    await stage.slack.wait_connected(2)
    await stage.slack.say("U1", stage.slack.direct("U1"), "are you there?")
    await stage.asked()


@pytest.mark.parametrize(
    ("bot_token", "app_token", "named"),
    [("xoxb-wrong", APP_TOKEN, "SLACK_BOT_TOKEN"), (BOT_TOKEN, "xapp-wrong", "SLACK_APP_TOKEN")],
)
async def test_a_refused_token_is_named_at_the_start(
    slack: SlackEmulator, bot_token: str, app_token: str, named: str
) -> None:
    async with FileFetcher() as fetcher:
        adapter = SlackAdapter(
            bot_token, app_token, RecordingInbox(), COMMANDS, fetcher, api_url=slack.api_url
        )
        with pytest.raises(StartupError, match=f"{named}.*invalid_auth"):
            async with serving(adapter.run):
                pytest.fail("it started")
    assert slack.connected == 0


async def test_the_start_waits_out_a_slack_that_stumbles(slack: SlackEmulator) -> None:
    slack.fault("auth.test", status=503)
    slack.fault("auth.test", status=429, retry_after=1)
    async with staged(slack) as stage:
        assert stage.adapter.identity.user == BOT_USER
    assert slack.connected == 0


async def test_a_second_process_on_the_same_app_is_pointed_out(
    slack: SlackEmulator, capsys: pytest.CaptureFixture[str]
) -> None:
    async with staged(slack):
        assert "slack_events_are_shared" not in capsys.readouterr().out
        async with staged(slack):
            assert "slack_events_are_shared" in await slack.wait_for(lambda: capsys.readouterr().out)
