"""The Slack emulator refuses, limits, lags and redelivers as Slack does: judged through slack_sdk itself."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, BOT_USER, SlackEmulator


@pytest.fixture
async def slack() -> AsyncIterator[SlackEmulator]:
    async with SlackEmulator(rate_scale=0, retry_delays=(0.02, 0.05), ack_timeout=0.1) as emulator:
        yield emulator


@pytest.fixture
def client(slack: SlackEmulator) -> AsyncWebClient:
    return AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, retry_handlers=[])


async def refused(client: AsyncWebClient, method: str, **args: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=args)
    return str(caught.value.response["error"])


def markdown(text: str) -> list[dict[str, str]]:
    return [{"type": "markdown", "text": text}]


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"channel": "C404", "text": "a"}, "channel_not_found"),
        ({"channel": "C2", "text": "a"}, "not_in_channel"),
        ({"channel": "C1"}, "no_text"),
        ({"channel": "C1", "text": "a" * 40_001}, "msg_too_long"),
        ({"channel": "C1", "text": "a", "thread_ts": "12"}, "invalid_thread_ts"),
        ({"channel": "C1", "text": "a", "thread_ts": "1700000000.000001"}, "thread_not_found"),
        ({"channel": "C1", "text": "a", "blocks": [{"type": "carousel9"}]}, "invalid_blocks"),
        ({"channel": "C1", "text": "a", "blocks": markdown("")}, "invalid_blocks"),
        ({"channel": "C1", "text": "a", "blocks": markdown("x" * 12_001)}, "msg_blocks_too_long"),
        ({"channel": "C1", "text": "a", "blocks": markdown("x" * 7_000) * 2}, "msg_blocks_too_long"),
        ({"channel": "C1", "text": "a", "blocks": markdown("x\n\n" * 51)}, "invalid_blocks"),
        ({"channel": "C1", "text": "a", "blocks": markdown("|a|\n|-|\n|b|\n\ny\n\n" * 2)}, "invalid_blocks"),
        ({"channel": "C1", "text": "a", "metadata": {"event_type": "x"}}, "invalid_metadata_format"),
    ],
)
async def test_what_slack_refuses_to_post_is_refused(
    slack: SlackEmulator, client: AsyncWebClient, args: dict[str, Any], code: str
) -> None:
    assert await refused(client, "chat.postMessage", **args) == code
    assert slack.answers("C1") == []


async def test_only_own_messages_are_updated_and_within_four_thousand(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    theirs = await slack.say("U1", "C1", "mine")
    ours = (await client.chat_postMessage(channel="C1", text="hello"))["ts"]
    assert await refused(client, "chat.update", channel="C1", ts=theirs, text="x") == "cant_update_message"
    assert (
        await refused(client, "chat.update", channel="C1", ts="1700000000.000001", text="x")
        == "message_not_found"
    )
    assert await refused(client, "chat.update", channel="C1", ts=ours, text="x" * 4_001) == "msg_too_long"
    await client.chat_update(channel="C1", ts=ours, text="t", blocks=markdown("drawn"))
    (seen,) = slack.answers("C1")
    assert (seen.text, seen.edited, [r.text for r in seen.revisions]) == ("drawn", False, ["hello", "drawn"])


async def test_tokens_are_told_apart(slack: SlackEmulator) -> None:
    for token, method, code in [
        ("", "auth.test", "not_authed"),
        ("xoxb-wrong", "auth.test", "invalid_auth"),
        (BOT_TOKEN, "apps.connections.open", "not_allowed_token_type"),
        (APP_TOKEN, "chat.postMessage", "not_allowed_token_type"),
    ]:
        assert await refused(AsyncWebClient(token, base_url=slack.api_url), method) == code


async def test_posts_are_limited_per_channel_with_a_retry_after_header() -> None:
    async with SlackEmulator() as slack:
        client = AsyncWebClient(BOT_TOKEN, base_url=slack.api_url, retry_handlers=[])
        for _ in range(4):
            await client.chat_postMessage(channel="C1", text="a")
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="C1", text="a")
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "1"
        await client.chat_postMessage(channel="C3", text="another channel goes on")
        assert len(slack.answers("C1")) == 4
        assert [call.status for call in slack.journal.refused()] == [429]


async def test_metadata_is_read_back_only_on_request_and_after_the_lag(
    slack: SlackEmulator, client: AsyncWebClient
) -> None:
    slack.backend.metadata_lag = 0.15
    root = await slack.say("U1", "C1", "question")
    metadata = {"event_type": "tampu_message", "event_payload": {"key": "k1"}}
    await client.chat_postMessage(channel="C1", text="a", thread_ts=root, metadata=metadata)

    async def read(**more: Any) -> list[dict[str, Any]]:
        answer = await client.conversations_replies(channel="C1", ts=root, **more)
        messages: list[dict[str, Any]] = answer["messages"]
        return messages

    assert "metadata" not in (await read(include_all_metadata=True))[1]
    await asyncio.sleep(0.2)
    assert "metadata" not in (await read())[1]
    assert (await read(include_all_metadata=True))[1]["metadata"]["event_payload"] == {"key": "k1"}


async def test_replies_are_paged_oldest_first(slack: SlackEmulator, client: AsyncWebClient) -> None:
    root = await slack.say("U1", "C1", "0")
    for n in range(1, 8):
        await slack.say("U2", "C1", str(n), thread=root)
    texts: list[str] = []
    async for page in await client.conversations_replies(channel="C1", ts=root, limit=3):
        assert len(page["messages"]) <= 3
        texts += [message["text"] for message in page["messages"]]
    assert texts == [str(n) for n in range(8)]
    assert (
        await refused(client, "conversations.replies", channel="C1", ts=root, cursor="eA==")
        == "invalid_cursor"
    )


async def test_an_answer_can_be_lost_after_the_effect(slack: SlackEmulator, client: AsyncWebClient) -> None:
    slack.fault("chat.postMessage", reset=True, after_effect=True)
    slack.fault("chat.postMessage", status=500)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C1", text="there")
    with pytest.raises((SlackApiError, aiohttp.ClientError)):
        await client.chat_postMessage(channel="C1", text="not there")
    assert [seen.text for seen in slack.answers("C1")] == ["there"]
    assert [call.took_effect for call in slack.journal.of("chat.postMessage")] == [True, False]


async def test_a_private_file_shows_a_login_page_without_the_token(slack: SlackEmulator) -> None:
    ts = await slack.say("U1", "C1", "look", files=[("a.png", b"\x89PNG", "image/png")])
    file = slack.backend.workspace.posts["C1", ts].files[0]
    url = file.whole_json()["url_private_download"]
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
        async with session.get(url, headers={"Authorization": f"Bearer {BOT_TOKEN}"}) as answer:
            assert await answer.read() == b"\x89PNG"
    assert [download.authorized for download in slack.journal.downloads] == [False, True]


async def test_an_event_is_redelivered_until_it_is_acknowledged(slack: SlackEmulator) -> None:
    opened = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=APP_TOKEN)
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as ws:
        hello = json.loads((await ws.receive()).data)
        assert (hello["type"], hello["num_connections"]) == ("hello", 1)
        ts = await slack.say("U1", "C1", f"<@{BOT_USER}> hi")
        got = [json.loads((await ws.receive()).data) for _ in range(4)]
        assert [envelope["payload"]["event"]["type"] for envelope in got[:2]] == ["app_mention", "message"]
        assert len({envelope["payload"]["event_id"] for envelope in got}) == 2
        assert sorted(envelope["retry_attempt"] for envelope in got) == [0, 0, 1, 1]
        for envelope in got[2:]:
            await ws.send_json({"envelope_id": envelope["envelope_id"]})
        await slack.wait_for(lambda: slack.journal.ack_of(ts) and slack.journal.ack_of(ts, "app_mention"))
    assert slack.sockets.lost == []


async def test_an_event_without_a_socket_arrives_as_a_retry(slack: SlackEmulator) -> None:
    await slack.say("U1", "C1", "while away")
    opened = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=APP_TOKEN)
    async with aiohttp.ClientSession() as session, session.ws_connect(opened["url"]) as ws:
        await ws.receive()
        envelope = json.loads((await ws.receive()).data)
        assert envelope["retry_attempt"] >= 1
        assert envelope["payload"]["event"]["text"] == "while away"
