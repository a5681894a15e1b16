"""What people do in the emulated Slack shows in events and in history as in Slack's documentation."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, BOT_USER, SlackEmulator

ME = f"<@{BOT_USER}>"


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(rate_scale=0, retry_delays=()) as emulator:
        yield emulator


@pytest.fixture
def client(slack: SlackEmulator) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, retry_handlers=[])


@asynccontextmanager
async def listening(slack: SlackEmulator) -> AsyncIterator[list[dict[str, Any]]]:
    """Events that arrive over one socket, acknowledged; whole once the block has ended."""
    opened = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=APP_TOKEN)
    heard: list[dict[str, Any]] = []
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as ws:
        await ws.receive()
        yield heard
        for _ in range(len(slack.journal.deliveries)):
            envelope = json.loads((await ws.receive()).data)
            heard.append(envelope["payload"]["event"])
            await ws.send_json({"envelope_id": envelope["envelope_id"]})


async def test_an_edit_is_told_with_what_was_before_and_the_mention_once_more(slack: SlackEmulator) -> None:
    async with listening(slack) as heard:
        root = await slack.say("U1", "C1", "root")
        ts = await slack.say("U2", "C1", "hello", thread=root)
        await slack.edit("C1", ts, f"{ME} hello")
    mention, changed = heard[2:]
    assert (changed["subtype"], changed["channel_type"], changed["hidden"]) == (
        "message_changed",
        "channel",
        True,
    )
    assert changed["ts"] == changed["event_ts"] > ts
    message, previous = changed["message"], changed["previous_message"]
    assert (message["text"], previous["text"], message["ts"]) == (f"{ME} hello", "hello", ts)
    assert (message["thread_ts"], message["parent_user_id"], previous["parent_user_id"]) == (root, "U1", "U1")
    assert (message["edited"]["user"], "edited" in previous) == ("U2", False)
    assert message["edited"]["ts"].endswith(".000000")
    assert (mention["type"], mention["edited"], mention["ts"]) == ("app_mention", message["edited"], ts)


async def test_a_preview_and_a_deleted_file_change_a_message_without_an_edit(slack: SlackEmulator) -> None:
    async with listening(slack) as heard:
        ts = await slack.say("U1", "C1", "see https://a.test", files=[("a.txt", b"a", "text/plain")])
        await slack.unfurl("C1", ts, "https://a.test")
        await slack.remove_file("C1", ts, "a.txt")
    unfurled, removed = (event["message"] for event in heard[1:])
    assert [attachment["from_url"] for attachment in unfurled["attachments"]] == ["https://a.test"]
    assert [file["mode"] for file in unfurled["files"]] == ["hosted"]
    assert [file["mode"] for file in removed["files"]] == ["tombstone"]
    assert "edited" not in unfurled | removed


async def test_a_deleted_root_is_a_tombstone_until_its_last_reply_goes(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    async with listening(slack) as heard:
        root = await slack.say("U1", "C1", "root")
        reply = await slack.say("U2", "C1", "reply", thread=root)
        await slack.delete("C1", root)
        seen = (await client.conversations_history(channel="C1"))["messages"]
        assert [(m["subtype"], m["user"], m["reply_count"]) for m in seen] == [("tombstone", "USLACKBOT", 1)]
        await slack.delete("C1", reply)
    assert [event.get("subtype") for event in heard[2:]] == [
        "message_changed",
        "message_deleted",
        "message_deleted",
    ]
    assert [event.get("deleted_ts") for event in heard[2:]] == [None, reply, root]
    assert heard[2]["message"]["subtype"] == "tombstone"
    assert heard[2]["previous_message"]["text"] == "root"
    assert (await client.conversations_history(channel="C1"))["messages"] == []


async def test_history_tells_of_threads_and_shows_broadcast_replies(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    root = await slack.say("U1", "C1", "root")
    quiet = await slack.say("U2", "C1", "quiet")
    await slack.say("U2", "C1", "one", thread=root)
    last = await slack.say("U1", "C1", "two", thread=root, broadcast=True)
    shown = {m["ts"]: m for m in (await client.conversations_history(channel="C1"))["messages"]}
    assert list(shown) == [last, quiet, root]
    assert (shown[root]["reply_count"], shown[root]["latest_reply"]) == (2, last)
    assert "reply_count" not in shown[quiet]
    replies = (await client.conversations_replies(channel="C1", ts=root))["messages"]
    assert [m.get("parent_user_id") for m in replies] == [None, "U1", "U1"]


@pytest.mark.parametrize(("channel", "kind"), [("C1", "channel"), ("G1", "group")], ids=["public", "private"])
async def test_a_channel_ends_in_three_ways(slack: SlackEmulator, channel: str, kind: str) -> None:
    client = AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, retry_handlers=[])
    refusals = []
    async with listening(slack) as heard:
        for end in (slack.archive, slack.kick, slack.delete_channel):
            await end(channel)
            with pytest.raises(SlackApiError) as refused:
                await client.chat_postMessage(channel=channel, text="a")
            refusals.append(refused.value.response["error"])
    assert [event["type"] for event in heard] == [f"{kind}_{end}" for end in ("archive", "left", "deleted")]
    gone = "not_in_channel" if kind == "channel" else "channel_not_found"
    assert refusals == ["is_archived", gone, "channel_not_found"]


async def test_an_uninstalled_app_is_refused_everything(slack: SlackEmulator, client: AsyncWebClient) -> None:
    async with listening(slack) as heard:
        await slack.uninstall()
    assert [event["type"] for event in heard] == ["tokens_revoked", "app_uninstalled"]
    assert heard[0]["tokens"]["bot"] == [BOT_USER]
    with pytest.raises(SlackApiError, match="account_inactive"):
        await client.auth_test()


async def test_where_the_app_is_a_member(slack: SlackEmulator, client: AsyncWebClient) -> None:
    slack.direct("U1")
    found = []
    async for page in await client.users_conversations(
        types="im,mpim,private_channel,public_channel", exclude_archived=True, limit=2
    ):
        assert len(page["channels"]) <= 2
        found += [channel["id"] for channel in page["channels"]]
    assert found == ["C1", "C3", "DU1", "G1", "G2"]
    await slack.archive("C3")
    await slack.kick("G1")
    answer = await client.users_conversations(types="public_channel,private_channel", exclude_archived=True)
    assert [channel["id"] for channel in answer["channels"]] == ["C1"]


async def lags(seed: int) -> list[tuple[float, float]]:
    async with SlackEmulator(rate_scale=0, seed=seed) as slack:
        client = AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, retry_handlers=[])
        for _ in range(4):
            await client.chat_postMessage(channel="C1", text="a")
        posts = slack.backend.workspace.posts.values()
        return [(post.lag, post.metadata_lag) for post in posts]


async def test_lags_are_drawn_by_the_seed_within_their_range(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    assert await lags(1) == await lags(1) != await lags(2)
    slack.backend.visibility_lag = (0.1, 0.3)
    begun = time.monotonic()
    for _ in range(10):
        await client.chat_postMessage(channel="C1", text="a")
    counts = set()
    while (now := time.monotonic()) - begun < 0.6:
        shown = len((await client.conversations_history(channel="C1"))["messages"])
        assert shown == 0 or now - begun > 0.1
        counts.add(shown)
    assert counts >= {0, 10}
    assert len(counts) > 2


async def test_lost_events_are_neither_sent_nor_sent_again(slack: SlackEmulator) -> None:
    async with listening(slack) as heard:
        async with slack.lost_events():
            await slack.say("U1", "C1", "lost")
        await slack.say("U1", "C1", "heard")
    assert [event["text"] for event in heard] == ["heard"]
    assert [envelope.event["text"] for envelope in slack.sockets.lost] == ["lost"]


def row(**button: Any) -> list[dict[str, Any]]:
    whole = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "Stop"}, **button}
    return [{"type": "markdown", "text": "x"}, {"type": "actions", "elements": [whole]}]


@pytest.mark.parametrize(
    "blocks",
    [
        row(text={"type": "mrkdwn", "text": "Stop"}),
        row(text={"type": "plain_text", "text": "S" * 76}),
        row(text={"type": "plain_text", "text": ""}),
        row(value="v" * 2_001),
        row(action_id="a" * 256),
        row(style="loud"),
        row(type="marquee"),
        [{"type": "actions", "elements": []}],
        [{"type": "actions", "elements": row()[1]["elements"] * 2}],
        [{"type": "markdown", "text": "x\n\n" * 50}, row()[1]],
    ],
)
async def test_a_row_of_buttons_that_slack_would_refuse_is_refused(
    client: AsyncWebClient, blocks: list[dict[str, Any]]
) -> None:
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await client.chat_postMessage(channel="C1", text="x", blocks=blocks)


async def test_a_click_brings_the_button_its_message_and_who_pressed(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    root = await slack.say("U1", "C1", "root")
    sent = await client.chat_postMessage(channel="C1", text="x", blocks=row(value="v"), thread_ts=root)
    assert slack.answers("C1")[0].buttons == ("Stop",)
    with pytest.raises(AssertionError, match="no button 'Go'"):
        await slack.click("U1", "C1", sent["ts"], "Go")
    slack.sockets.ack_timeout = 0.05
    assert not await slack.click("U1", "C1", sent["ts"], "Stop")
    opened = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=APP_TOKEN)
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as ws:
        await ws.receive()
        assert not await slack.click("U2", "C1", sent["ts"], "Stop")
        payload = json.loads((await ws.receive()).data)["payload"]
    (action,) = payload["actions"]
    assert (payload["type"], payload["user"]["id"], payload["channel"]["id"]) == ("block_actions", "U2", "C1")
    assert (action["action_id"], action["value"]) == ("a", "v")
    container = payload["container"]
    assert (container["message_ts"], container["thread_ts"]) == (sent["ts"], root)
    await client.chat_update(channel="C1", ts=sent["ts"], text="x", blocks=row()[:1])
    assert slack.answers("C1")[0].buttons == ()


async def test_people_and_groups_are_told_as_slack_tells_them(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    slack.add_member("U8", "Gast", "is_restricted", "is_ultra_restricted")
    slack.add_member("U9", "Partner", team="T9")
    guest, partner = [(await client.users_info(user=user))["user"] for user in ("U8", "U9")]
    assert (guest["is_restricted"], guest["is_ultra_restricted"], guest["is_admin"]) == (True, True, False)
    assert (guest["team_id"], "is_stranger" in guest) == ("T0TAMPU", False)
    assert (partner["team_id"], partner["is_stranger"]) == ("T9", False)
    async with listening(slack) as heard:
        await slack.add_group("S1", "first", "U1", "U2")
        await slack.regroup("S1", "U2", "U3")
        await slack.disable_group("S1")
        await slack.say("U9", "C1", "hello")
        await slack.change_member("U1", is_admin=True)
    created, changed, updated, said = heard
    assert (created["type"], created["subteam"]["users"]) == ("subteam_created", ["U1", "U2"])
    assert (changed["added_users"], changed["removed_users"]) == (["U3"], ["U1"])
    assert (updated["type"], updated["subteam"]["date_delete"] > 0) == ("subteam_updated", True)
    assert said["user_team"] == said["source_team"] == "T9"
    assert (await client.usergroups_list(include_users=True))["usergroups"] == []
    (group,) = (await client.usergroups_list(include_users=True, include_disabled=True))["usergroups"]
    assert group["users"] == ["U2", "U3"]
    (bare,) = (await client.usergroups_list(include_disabled=True))["usergroups"]
    assert "users" not in bare


async def test_without_the_scope_no_group_is_told(slack: SlackEmulator, client: AsyncWebClient) -> None:
    slack.backend.groups_scope = False
    async with listening(slack) as heard:
        await slack.add_group("S1", "first", "U1")
    assert heard == []
    with pytest.raises(SlackApiError, match="missing_scope"):
        await client.usergroups_list(include_users=True)
