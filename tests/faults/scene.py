"""Where a row plays, and how often its fault strikes."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.emulators.discord import DiscordEmulator
from tests.emulators.discord import Fault as DiscordFault
from tests.emulators.discord.faults import Faults
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import SlackEmulator
from tests.emulators.slack.faults import Fault as SlackFault
from tests.emulators.slack.faults import FaultPlan
from tests.faults.plan import Plan

DISCORD_POST = r"^POST /channels/\d+/messages$"
DISCORD_WRITE = r"^(POST|PATCH) /channels/\d+/messages(/\d+)?$"
SLACK_POST = frozenset({"chat.postMessage"})
SLACK_WRITE = SLACK_POST | {"chat.update"}


@dataclass
class Scene:
    """One of ``slack`` and ``discord`` is there; ``met`` counts what went wrong.

    ``is_noticed`` tells whether a question has got an honest notice instead of an answer.
    """

    plan: Plan
    model: ModelEmulator
    slack: SlackEmulator | None = None
    discord: DiscordEmulator | None = None
    met: int = 0
    chance: random.Random = field(default_factory=random.Random)
    is_noticed: Callable[[str], bool] = lambda _name: False

    def strikes(self) -> bool:
        """Whether this time is one; the first always is, so that no row is empty."""
        struck = self.met == 0 or self.chance.random() < self.plan.rate
        self.met += struck
        return struck

    def reads(self) -> int:
        """How often the bot has read a history."""
        if self.slack is not None:
            return len(self.slack.journal.of("conversations.history"))
        assert self.discord is not None
        return len(self.discord.requests("GET", "/channels/{channel}/messages"))


class SlackStrikes(FaultPlan):
    """A fault for some calls of some methods."""

    def __init__(self, scene: Scene, methods: frozenset[str], **kind: Any) -> None:
        super().__init__()
        self._scene, self._methods, self._kind = scene, methods, kind

    def take(self, method: str) -> SlackFault | None:
        if method not in self._methods or not self._scene.strikes():
            return None
        return SlackFault(method, 1, **self._kind)


class DiscordStrikes(Faults):
    """A fault for some requests that match."""

    def __init__(self, scene: Scene, pattern: str, **kind: Any) -> None:
        super().__init__()
        self._scene, self._pattern, self._kind = scene, re.compile(pattern), kind

    def take(self, method: str, path: str) -> DiscordFault | None:
        if not self._pattern.search(f"{method} {path}") or not self._scene.strikes():
            return None
        return DiscordFault(self._pattern.pattern, **self._kind)


def strike_requests(scene: Scene, *, posts_only: bool = False, **kind: Any) -> None:
    """Some posts, or posts and edits, meet a fault."""
    if scene.slack is not None:
        scene.slack.backend.faults = SlackStrikes(scene, SLACK_POST if posts_only else SLACK_WRITE, **kind)
    if scene.discord is not None:
        kind = {"status": 0, **kind}
        scene.discord.front.faults = DiscordStrikes(
            scene, DISCORD_POST if posts_only else DISCORD_WRITE, **kind
        )
