"""The faults themselves, made with the emulators' own means and decided by the seed."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from tests.emulators.slack import BOT_USER
from tests.faults.failing_model import ALWAYS, SOMETIMES, failing
from tests.faults.scene import Scene, strike_requests

MANY = 10**6
LONGEST_APART_S = 2.0
# Slack's tries to deliver an event, their pauses made short.
AGAIN_S = (0.2, 0.5, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 5.0, 5.0, 10.0, 10.0)
GIVEN_UP_S = (0.2, 0.5)
FORGOTTEN_S = 120.0
# Longer than a connection may be away before a bot must ask what it has missed.
OUTAGE_S = (6.0, 9.0)


def lagging(scene: Scene) -> None:
    """Histories show what the bot posted some seconds late, each message by its own lot."""
    if scene.slack is not None:
        scene.slack.backend.visibility_lag = scene.slack.backend.metadata_lag = scene.plan.lag_s
    if scene.discord is not None:
        scene.discord.lag_history(*scene.plan.lag_s, seed=scene.plan.seed)
        scene.discord.endpoints.nonce_seconds = FORGOTTEN_S


def lost_answers(scene: Scene) -> None:
    """Posts arrive, their answers do not."""
    strike_requests(scene, posts_only=True, reset=True, after_effect=True)


def given_up(scene: Scene) -> None:
    """Slack gives up before the bot is back."""
    if scene.slack is not None:
        scene.slack.sockets.retry_delays = GIVEN_UP_S


def again(scene: Scene, *, new_id: bool) -> None:
    """Slack delivers some events about people's messages once more, up to two seconds later."""
    assert scene.slack is not None
    sockets, workspace = scene.slack.sockets, scene.slack.backend.workspace
    send = sockets.send_event

    def twice(payload: dict[str, Any]) -> None:
        send(payload)
        if not _is_a_persons(payload) or not scene.strikes():
            return
        copy = payload | ({"event_id": workspace.next_id("Ev")} if new_id else {})
        asyncio.get_running_loop().call_later(scene.chance.uniform(0.0, LONGEST_APART_S), send, copy)

    sockets.send_event = twice  # type: ignore[method-assign]  # one more listener between people and sockets


def apart(scene: Scene) -> None:
    """Of the two events about one post, one comes first by lot, and the other up to two seconds later."""
    assert scene.slack is not None
    backend, send = scene.slack.backend, scene.slack.sockets.send_event

    def late(payload: dict[str, Any]) -> None:
        is_mention = payload["event"]["type"] == "app_mention"
        is_second = is_mention is not backend.mention_first
        if not is_second or not _is_a_persons(payload) or f"<@{BOT_USER}>" not in payload["event"]["text"]:
            send(payload)
            return
        scene.met += 1
        backend.mention_first = scene.chance.random() < 1 / 2
        asyncio.get_running_loop().call_later(scene.chance.uniform(0.0, LONGEST_APART_S), send, payload)

    scene.slack.sockets.send_event = late  # type: ignore[method-assign]  # between people and sockets


def _is_a_persons(payload: dict[str, Any]) -> bool:
    return payload["event"].get("user") not in {None, BOT_USER}


SET_UP: Mapping[str, Callable[[Scene], None]] = {
    "kill-lost": lost_answers,
    "kill-nonce": lost_answers,
    "lost": lost_answers,
    "away": given_up,
    "away-long": given_up,
    "outage": given_up,
    "outage-kill": given_up,
    "502-after": lambda scene: strike_requests(scene, posts_only=True, status=502, after_effect=True),
    "429": lambda scene: strike_requests(scene, status=429, retry_after=1),
    "500": lambda scene: strike_requests(scene, status=500),
    "reset": lambda scene: strike_requests(scene, reset=True),
    "again": lambda scene: again(scene, new_id=False),
    "again-new": lambda scene: again(scene, new_id=True),
    "apart": apart,
}


def set_up(scene: Scene, key: str) -> None:
    """Make the trouble of a row, and what is hard about the platforms always."""
    lagging(scene)
    if key in SET_UP:
        SET_UP[key](scene)
    if key in SOMETIMES:
        failing(scene, SOMETIMES[key])
    if key in ALWAYS:
        failing(scene, ALWAYS[key], always=True)


async def restless(scene: Scene) -> None:
    """Sockets are dropped, or asked to go, every one or two seconds."""
    while True:
        await asyncio.sleep(scene.chance.uniform(1.0, 2.0))
        scene.met += 1
        if scene.slack is not None:
            await (scene.slack.drop_sockets() if scene.met % 2 else scene.slack.refresh_sockets())
        if scene.discord is not None:
            scene.discord.gateway.overlap = scene.chance.randint(1, 6)
            await (scene.discord.drop() if scene.met % 2 else scene.discord.ask_to_reconnect())


async def one_of_two(scene: Scene) -> None:
    """One of two open sockets is dropped, or asked to go, without the other."""
    assert scene.slack is not None
    sockets = scene.slack.sockets
    while True:
        await asyncio.sleep(scene.chance.uniform(0.5, 1.5))
        numbers = [socket.number for socket in sockets.open if not socket.draining]
        if len(numbers) > 1:
            scene.met += 1
            one = scene.chance.choice(numbers)
            await (sockets.drop(one) if scene.met % 2 else sockets.refresh(one))


async def cut_off(scene: Scene) -> None:
    """No socket is open for some seconds, and none can be opened."""
    assert scene.slack is not None
    while True:
        await asyncio.sleep(scene.chance.uniform(1.0, 3.0))
        scene.met += 1
        async with scene.slack.unreachable():
            await asyncio.sleep(scene.chance.uniform(*OUTAGE_S))


async def forgotten(scene: Scene) -> None:
    """Discord forgets the session, before a drop or with op 9; what happens until the next is not told."""
    assert scene.discord is not None
    while True:
        await asyncio.sleep(scene.chance.uniform(1.5, 6.0))
        scene.met += 1
        if scene.met % 2:
            scene.discord.lose_sessions()
            await asyncio.sleep(scene.chance.uniform(0.0, 1.0))
            await scene.discord.drop()
        else:
            await scene.discord.invalidate()


async def doubled(scene: Scene) -> None:
    """Discord dispatches everything that people write twice."""
    assert scene.discord is not None
    scene.discord.gateway.repeat = MANY
    while True:
        await asyncio.sleep(0.1)
        scene.met = MANY - scene.discord.gateway.repeat


MEANWHILE: Mapping[str, Callable[[Scene], Coroutine[None, None, None]]] = {
    "sockets": restless,
    "resume": restless,
    "one-socket": one_of_two,
    "outage": cut_off,
    "session": forgotten,
    "double": doubled,
}
