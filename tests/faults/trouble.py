"""The faults themselves, made with the emulators' own means and decided by the seed."""

import asyncio
import random
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord import Fault as DiscordFault
from tests.emulators.discord.faults import Faults
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Drop, Hold, Reply, failed, opening, said, tokens
from tests.emulators.slack import BOT_USER, SlackEmulator
from tests.emulators.slack.faults import Fault as SlackFault
from tests.emulators.slack.faults import FaultPlan
from tests.faults.judge import ID
from tests.faults.plan import Plan, script

DISCORD_POST = r"^POST /channels/\d+/messages$"
DISCORD_WRITE = r"^(POST|PATCH) /channels/\d+/messages(/\d+)?$"
SLACK_POST = frozenset({"chat.postMessage"})
MANY = 10**6
LONGEST_LAG_S = 4.0
SLACK_WRITE = SLACK_POST | {"chat.update"}


@dataclass
class Scene:
    """Where a row plays. One of ``slack`` and ``discord`` is there; ``met`` counts what went wrong."""

    plan: Plan
    model: ModelEmulator
    slack: SlackEmulator | None = None
    discord: DiscordEmulator | None = None
    met: int = 0
    chance: random.Random = field(default_factory=random.Random)

    def strikes(self, *, first: bool) -> bool:
        """Whether this time is one; the first always is, so that no row is empty."""
        struck = first or self.chance.random() < self.plan.rate
        self.met += struck
        return struck


class SlackStrikes(FaultPlan):
    """A fault for some calls of some methods."""

    def __init__(self, scene: Scene, methods: frozenset[str], **kind: Any) -> None:
        super().__init__()
        self._scene, self._methods, self._kind = scene, methods, kind

    def take(self, method: str) -> SlackFault | None:
        if method not in self._methods or not self._scene.strikes(first=self._scene.met == 0):
            return None
        return SlackFault(method, 1, **self._kind)


class DiscordStrikes(Faults):
    """A fault for some requests that match."""

    def __init__(self, scene: Scene, pattern: str, **kind: Any) -> None:
        super().__init__()
        self._scene, self._pattern, self._kind = scene, re.compile(pattern), kind

    def take(self, method: str, path: str) -> DiscordFault | None:
        matches = self._pattern.search(f"{method} {path}")
        if not matches or not self._scene.strikes(first=self._scene.met == 0):
            return None
        return DiscordFault(self._pattern.pattern, **self._kind)


def requests(scene: Scene, *, posts_only: bool = False, **kind: Any) -> None:
    """Some posts, or posts and edits, meet a fault."""
    if scene.slack is not None:
        scene.slack.backend.faults = SlackStrikes(scene, SLACK_POST if posts_only else SLACK_WRITE, **kind)
    if scene.discord is not None:
        kind = {"status": 0, **kind}
        scene.discord.front.faults = DiscordStrikes(
            scene, DISCORD_POST if posts_only else DISCORD_WRITE, **kind
        )


def lost_answers(scene: Scene) -> None:
    """Posts arrive, their answers do not, and the history shows them some time later."""
    lag_s = scene.chance.uniform(0.5, LONGEST_LAG_S)
    if scene.slack is not None:
        scene.slack.backend.metadata_lag = lag_s
    if scene.discord is not None:
        scene.discord.world.history_lag = lag_s
    requests(scene, posts_only=True, reset=True, after_effect=True)


def too_many(scene: Scene) -> None:
    requests(scene, status=429, retry_after=1)


def again(scene: Scene, *, new_id: bool) -> None:
    """Slack delivers some events about people's messages once more, up to two seconds later."""
    assert scene.slack is not None
    sockets, workspace = scene.slack.sockets, scene.slack.backend.workspace
    send = sockets.send_event

    def twice(payload: dict[str, Any]) -> None:
        send(payload)
        event = payload["event"]
        if event.get("user") in {None, BOT_USER} or not scene.strikes(first=scene.met == 0):
            return
        copy = payload | ({"event_id": workspace.next_id("Ev")} if new_id else {})
        asyncio.get_running_loop().call_later(scene.chance.uniform(0.0, 2.0), send, copy)

    sockets.send_event = twice  # type: ignore[method-assign]  # one more listener between people and sockets


async def doubled(scene: Scene) -> None:
    """Discord dispatches everything that people write twice."""
    assert scene.discord is not None
    scene.discord.gateway.repeat = MANY
    while True:
        await asyncio.sleep(0.1)
        scene.met = MANY - scene.discord.gateway.repeat


def faithful(scene: Scene) -> Callable[[Ask], Reply]:
    """A model that says what the script says."""

    def answer(ask: Ask) -> Reply:
        line = script(scene.plan.seed, asked_in(ask))
        return said(line.text, delay_s=line.delay_s, size=line.size)

    return answer


def failing(scene: Scene, fault: Callable[[str], Reply]) -> None:
    """A model that fails instead of answering, at some calls."""
    whole = faithful(scene)

    def answer(ask: Ask) -> Reply:
        if scene.strikes(first=scene.met == 0):
            return fault(script(scene.plan.seed, asked_in(ask)).text)
        return whole(ask)

    scene.model.answer_with(answer)


def asked_in(ask: Ask) -> str:
    """The id of the question that the model is to answer."""
    ids: list[str] = ID.findall(ask.last_user_text)
    return ids[-1]


def begun(text: str) -> Reply:
    """Half of an answer, with nothing behind it."""
    return Reply((*opening(), *tokens(text[: len(text) // 2], 8, 0.02)))


def cut(text: str) -> Reply:
    return Reply((*begun(text).steps, Drop()))


def stalled(text: str) -> Reply:
    return Reply((*begun(text).steps, Hold()))


SET_UP: Mapping[str, Callable[[Scene], None]] = {
    "kill-lost": lost_answers,
    "lost": lost_answers,
    "429": too_many,
    "500": lambda scene: requests(scene, status=500),
    "reset": lambda scene: requests(scene, reset=True),
    "again": lambda scene: again(scene, new_id=False),
    "again-new": lambda scene: again(scene, new_id=True),
    "model-cut": lambda scene: failing(scene, cut),
    "stall": lambda scene: failing(scene, stalled),
    "model-500": lambda scene: failing(scene, lambda _text: failed(500)),
    "model-429": lambda scene: failing(scene, lambda _text: failed(429, headers={"Retry-After": "1"})),
}


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


MEANWHILE: Mapping[str, Callable[[Scene], Coroutine[None, None, None]]] = {
    "sockets": restless,
    "resume": restless,
    "double": doubled,
}
