"""The emulated Discord refuses what Discord refuses: without that, passing against it means nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from tests.emulators.discord import DiscordEmulator, Limit

TOKEN = "bare.client.token"


def row(*buttons: Any) -> dict[str, Any]:
    return {"type": 1, "components": list(buttons)}


def button(**fields: Any) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": "Stop", "custom_id": "stop", **fields}


@dataclass
class Caller:
    """A bare HTTP client with the bot's token."""

    discord: DiscordEmulator
    session: aiohttp.ClientSession

    async def call(
        self, method: str, path: str, body: Any = None, token: str | None = None
    ) -> tuple[int, Any, Any]:
        headers = {"Authorization": f"Bot {token or self.discord.token}"}
        url = self.discord.api_url + path
        async with self.session.request(method, url, json=body, headers=headers) as response:
            return (
                response.status,
                await response.json() if response.status != 204 else None,
                response.headers,
            )

    async def post(self, **body: Any) -> tuple[int, Any, Any]:
        return await self.call("POST", f"/channels/{self.discord.general.id}/messages", body)


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with DiscordEmulator(token=TOKEN) as discord, aiohttp.ClientSession() as session:
        discord.limits.table["POST /channels/{channel}/messages"] = Limit(100, 5.0)
        yield Caller(discord, session)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"content": "x" * 2001}, 50035, "content"),
        ({"content": 7}, 50035, "content"),
        ({"content": "x", "nonce": "n" * 26}, 50035, "nonce"),
        ({"content": "x", "contents": "y"}, 50035, "contents"),
        ({"content": "x", "embeds": [{"title": "t" * 257}]}, 50035, "embeds"),
        ({"content": "x", "embeds": [{}] * 11}, 50035, "embeds"),
        (
            {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
            50035,
            "allowed_mentions",
        ),
        ({"content": "x", "flags": 1 << 15}, 50035, "flags"),
        ({"content": "x", "message_reference": {"message_id": "1"}}, 50035, "message_reference"),
        ({"content": "x", "components": [row(button(custom_id="c" * 101))]}, 50035, "components"),
        ({"content": "x", "components": [row(button(label="l" * 81))]}, 50035, "components"),
        ({"content": "x", "components": [row(button(style=9))]}, 50035, "components"),
        ({"content": "x", "components": [row(button(colour="red"))]}, 50035, "components"),
        ({"content": "x", "components": [row(button(), button())]}, 50035, "components"),
        ({"content": "x", "components": [row()]}, 50035, "components"),
        ({"content": "x", "components": [button()]}, 50035, "components"),
        (
            {"content": "x", "components": [row(button(custom_id=f"{n}")) for n in range(6)]},
            50035,
            "components",
        ),
        ({"content": " \n "}, 50006, None),
        ({}, 50006, None),
    ],
)
async def test_bad_bodies_are_refused(caller: Caller, body: Any, code: int, field: str | None) -> None:
    status, answer, headers = await caller.post(**body)
    assert (status, answer["code"]) == (400, code)
    assert field is None or field in answer["errors"]
    assert headers["Content-Type"] == "application/json"
    assert caller.discord.messages(caller.discord.general) == []


async def test_a_reference_to_nothing_may_be_allowed(caller: Caller) -> None:
    status, answer, _ = await caller.post(
        content="x", message_reference={"message_id": "1", "fail_if_not_exists": False}
    )
    assert status == 200
    assert "message_reference" not in answer


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/channels/1", 404, 10003),
        ("GET", "/channels/{general}/messages/1", 404, 10008),
        ("PATCH", "/channels/{general}/messages/{anas}", 403, 50005),
        ("GET", "/channels/{general}/messages?limit=101", 400, 50035),
        ("POST", "/interactions/1/token/callback", 404, 10062),
        ("POST", "/webhooks/1/token", 404, 10015),
        ("GET", "/no/such/endpoint", 404, 0),
    ],
)
async def test_what_is_not_there_or_not_ours(
    caller: Caller, method: str, path: str, status: int, code: int
) -> None:
    discord = caller.discord
    anas = await discord.say(discord.ana, discord.general, "mine")
    body = {"type": 4, "data": {"content": "x"}} if "interactions" in path else {"content": "x"}
    path = path.format(general=discord.general.id, anas=anas.id)
    answered, answer, _ = await caller.call(method, path, None if method == "GET" else body)
    assert (answered, answer["code"]) == (status, code)


async def test_a_member_is_told_with_roles_while_on_the_server(caller: Caller) -> None:
    discord = caller.discord
    role = discord.role("Helper")
    discord.grant(discord.ana, role)
    discord.screen(discord.ana, passed=False)
    path = f"/guilds/{discord.world.guild_id}/members/"
    status, member, _ = await caller.call("GET", path + discord.ana.id)
    assert (status, member["roles"], member["pending"]) == (200, [role], True)
    assert "permissions" not in member, "only a click or a command tells them"
    discord.leave(discord.ana)
    for who, code in ((discord.ana.id, 10007), ("1", 10013)):
        status, answer, _ = await caller.call("GET", path + who)
        assert (status, answer["code"]) == (404, code)
    assert (await caller.call("GET", f"/guilds/1/members/{discord.bob.id}"))[1]["code"] == 10004


async def test_another_token_is_refused(caller: Caller) -> None:
    status, answer, _ = await caller.call("GET", "/users/@me", token="other")
    assert (status, answer) == (401, {"message": "401: Unauthorized", "code": 0})


async def test_a_nonce_is_enforced_for_a_while_and_never_shown_later(caller: Caller) -> None:
    bodies = [{"content": text, "nonce": "n1", "enforce_nonce": True} for text in ("one", "two")]
    first, second = [(await caller.post(**body))[1] for body in bodies]
    assert first["id"] == second["id"]
    assert (second["content"], second["nonce"]) == ("one", "n1")
    _, (shown,), _ = await caller.call("GET", f"/channels/{caller.discord.general.id}/messages")
    assert "nonce" not in shown
    caller.discord.endpoints.nonce_seconds = 0.0
    assert (await caller.post(**bodies[0]))[1]["id"] != first["id"]
    assert len(caller.discord.messages(caller.discord.general)) == 2


async def test_a_nonce_of_a_deleted_message_is_refused(caller: Caller) -> None:
    body = {"content": "x", "nonce": "n1", "enforce_nonce": True}
    _, first, _ = await caller.post(**body)
    await caller.call("DELETE", f"/channels/{caller.discord.general.id}/messages/{first['id']}")
    status, answer, _ = await caller.post(**body)
    assert (status, answer["code"]) == (404, 10008)


async def test_the_history_lags_by_lot(caller: Caller) -> None:
    discord = caller.discord
    path = f"/channels/{discord.general.id}/messages"
    lags = []
    for _ in range(2):
        discord.lag_history(0.0, 50.0, seed=3)
        ids = [(await caller.post(content=f"{number}"))[1]["id"] for number in range(20)]
        lags.append([discord.world.lag_of[each] for each in ids])
    assert lags[0] == lags[1]
    assert len(set(lags[0])) == 20
    shown = (await caller.call("GET", path))[1]
    assert len(shown) < 40
    assert len(discord.messages(discord.general)) == 40


async def test_a_button_is_pressed_until_it_is_gone(caller: Caller) -> None:
    discord = caller.discord
    _, posted, _ = await caller.post(content="x", components=[row(button(custom_id="stop:1"))])
    (message,) = discord.messages(discord.general)
    click = await discord.click(discord.ana, message)
    assert click.pressed == message
    path = f"/interactions/{click.id}/{click.token}/callback"
    assert (await caller.call("POST", path, {"type": 8}))[0] == 400
    update = {"type": 7, "data": {"content": "y", "components": []}}
    late = await discord.click(discord.ana, message)
    path = f"/interactions/{late.id}/{late.token}/callback"
    assert (await caller.call("POST", path, update))[0] == 200
    shown = discord.now(message)
    assert (shown.id, shown.text, shown.components) == (posted["id"], "y", ())
    with pytest.raises(LookupError):
        await discord.click(discord.ana, message)


async def test_sessions_are_counted_and_the_token_is_reset(caller: Caller) -> None:
    discord = caller.discord
    discord.leave_starts(1, 60.0)
    hello = {"op": 2, "d": {"token": TOKEN, "intents": 1}}
    frames, answers = [], []
    for _ in range(2):
        async with caller.session.ws_connect(discord.gateway.url) as socket:
            await socket.receive_json()
            await socket.send_json(hello)
            frames.append((await socket.receive()).data)
        answers.append(await caller.call("GET", "/gateway/bot"))
    assert '"READY"' in str(frames[0])
    assert answers[0][1]["session_start_limit"]["remaining"] == 0
    assert frames[1] == 4004
    assert answers[1][0] == 401


async def test_limits_are_told_by_headers_and_kept(caller: Caller) -> None:
    caller.discord.limits.table["POST /channels/{channel}/messages"] = Limit(2, 30.0)
    headers = [(await caller.post(content="x"))[2] for _ in range(2)]
    assert [each["X-RateLimit-Remaining"] for each in headers] == ["1", "0"]
    status, answer, limited = await caller.post(content="x")
    assert (status, answer["global"]) == (429, False)
    assert 29 < answer["retry_after"] <= 30
    assert limited["Retry-After"] == "30"
    assert limited["Via"]
    assert limited["X-RateLimit-Scope"] == "user"
    assert len(caller.discord.messages(caller.discord.general)) == 2
    assert caller.discord.limits.refused == 1


async def test_everything_together_has_a_limit(caller: Caller) -> None:
    answers = [await caller.call("GET", "/users/@me") for _ in range(51)]
    statuses = [status for status, _, _ in answers]
    assert statuses[:50] == [200] * 50
    assert statuses[50] == 429
    assert answers[50][1]["global"] is True


async def test_mentions_ping_by_the_rules(caller: Caller) -> None:
    text = f"@everyone {caller.discord.ana.mention} {caller.discord.bob.mention}"
    await caller.post(content=text)
    await caller.post(content=text, allowed_mentions={"parse": []})
    await caller.post(content=text, allowed_mentions={"users": [caller.discord.bob.id]})
    ana, bob = caller.discord.ana.id, caller.discord.bob.id
    shown = caller.discord.messages(caller.discord.general)
    assert [message.pings for message in shown] == [(ana, bob, "everyone"), (), (bob,)]


async def test_an_interaction_is_answered_once(caller: Caller) -> None:
    discord = caller.discord
    command = {"name": "ask", "description": "Ask", "options": []}
    status, _, _ = await caller.call("PUT", f"/applications/{discord.bot.id}/commands", [command])
    assert status == 200
    invocation = await discord.invoke(discord.ana, discord.general, "ask")
    path = f"/interactions/{invocation.id}/{invocation.token}/callback"
    answer = {"type": 4, "data": {"content": "hi"}}
    assert (await caller.call("POST", path, answer))[0] == 200
    status, again, _ = await caller.call("POST", path, answer)
    assert (status, again["code"]) == (400, 40060)
    assert invocation.reply is not None
    with pytest.raises(LookupError):
        await discord.invoke(discord.ana, discord.general, "unknown")


@pytest.mark.parametrize(
    "command",
    [
        {"name": "Upper", "description": "x"},
        {"name": "ask", "description": ""},
        {"name": "ask", "description": "x" * 101},
        {"name": "ask", "description": "x", "option": []},
        {
            "name": "ask",
            "description": "x",
            "options": [
                {"name": "a", "description": "x", "type": 3},
                {"name": "b", "description": "x", "type": 3, "required": True},
            ],
        },
    ],
)
async def test_bad_commands_are_refused(caller: Caller, command: Any) -> None:
    path = f"/applications/{caller.discord.bot.id}/commands"
    status, answer, _ = await caller.call("PUT", path, [command])
    assert (status, answer["code"]) == (400, 50035)


async def test_faults_keep_to_their_plan(caller: Caller) -> None:
    caller.discord.fault("POST .*/messages", status=502, after_effect=True)
    caller.discord.fault("POST .*/messages", status=500)
    caller.discord.fault("POST .*/messages", reset=True)
    assert (await caller.post(content="kept"))[0] == 502
    assert (await caller.post(content="not kept"))[0] == 500
    with pytest.raises(aiohttp.ClientError):
        await caller.post(content="cut")
    assert [message.text for message in caller.discord.messages(caller.discord.general)] == ["kept"]
    assert [(entry.status, entry.effect) for entry in caller.discord.journal] == [
        (502, True),
        (500, False),
        (0, False),
    ]


@pytest.mark.parametrize(
    ("hello", "code"),
    [
        ({"op": 2, "d": {"token": "wrong", "intents": 1}}, 4004),
        ({"op": 2, "d": {"token": TOKEN, "intents": 1 << 1}}, 4014),
        ({"op": 2, "d": {"token": TOKEN, "intents": 1 << 30}}, 4013),
        ({"op": 3, "d": {}}, 4003),
    ],
)
async def test_the_gateway_refuses(caller: Caller, hello: Any, code: int) -> None:
    async with caller.session.ws_connect(caller.discord.gateway.url) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_json(hello)
        closed = await socket.receive()
        assert closed.data == code
