"""Slack for the judge: threads in channels and private messages."""

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.emulators.slack import BOT_USER, SlackEmulator
from tests.emulators.slack.workspace import Post
from tests.faults.stages import ALONE, Said, Shown
from tests.product import slack_settings

PEOPLE = ("U1", "U2")
KINDS = 4
TOP_LEVEL, THREAD, DIRECT, SPOKEN_TO = range(KINDS)
MENTION = f"<@{BOT_USER}> "


class Kept(dict[tuple[str, str], Post]):
    """The workspace's messages; it remembers what is deleted, and when (monotonic seconds)."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: list[tuple[Post, float]] = []

    def __delitem__(self, key: tuple[str, str]) -> None:
        self.gone.append((self[key], time.monotonic()))
        super().__delitem__(key)


@dataclass
class SlackStage:
    """Places are, in turn: questions at the top of a channel, each with a thread of its own; a thread
    where people stop to mention the bot; private messages; a thread where they always mention it."""

    slack: SlackEmulator
    places: int
    name: str = "Slack"
    forgets: bool = False
    posts: Kept = field(default_factory=Kept)
    roots: dict[int, str] = field(default_factory=dict)
    places_of: dict[tuple[str, str], int] = field(default_factory=dict)
    mentioned: set[str] = field(default_factory=set)
    asked: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.slack.backend.workspace.posts = self.posts
        for place in range(self.places):
            if place % KINDS == DIRECT:
                self.slack.add_member(self._people(place)[0], f"Person {place}")
            else:
                self.slack.add_channel(self._channel(place), f"faults-{place // 2}", *PEOPLE, BOT_USER)

    @property
    def settings(self) -> Mapping[str, str]:
        return slack_settings(self.slack)

    def people(self, place: int) -> int:
        return len(self._people(place))

    def is_new(self, place: int) -> bool:
        return False

    async def ask(self, place: int, person: int, text: str) -> Said:
        kind, channel = place % KINDS, self._channel(place)
        root = self.roots.get(place) if kind in {THREAD, SPOKEN_TO} else None
        if (channel, str(root)) not in self.posts:
            root = None
        mention = "" if self._is_understood(place, root) else MENTION
        ts = await self.slack.say(self._people(place)[person], channel, f"{mention}{text}", thread=root)
        if mention:
            self.mentioned.add(ts)
        if root is None:
            root = self.roots[place] = ts
            self.places_of[channel, ts] = place
        return Said(ts, f"{channel}:{root}")

    def _is_understood(self, place: int, root: str | None) -> bool:
        """Whether the bot is meant without its name; where it was asked before, by every second question."""
        if place % KINDS == DIRECT:
            return True
        if place % KINDS != THREAD or root is None or next(self.asked) % 2:
            return False
        return bool(self.slack.answers(self._channel(place), root))

    async def edit(self, place: int, said: Said, text: str) -> None:
        mention = MENTION if said.id in self.mentioned else ""
        await self.slack.edit(self._channel(place), said.id, f"{mention}{text}")

    async def delete(self, place: int, said: Said) -> None:
        await self.slack.delete(self._channel(place), said.id)

    def shown(self) -> list[Shown]:
        every = [(post, None) for post in self.posts.values()] + self.posts.gone
        ours = [(post, gone_at) for post, gone_at in every if post.user == BOT_USER]
        ours.sort(key=lambda pair: pair[0].ts)
        return [self._shown(post, gone_at) for post, gone_at in ours]

    def _shown(self, post: Post, gone_at: float | None) -> Shown:
        place = self.places_of.get((post.channel, str(post.thread_ts)), ALONE)
        editions = tuple((revision.at, revision.text) for revision in post.revisions)
        return Shown(place, editions, gone_at, f"{post.channel}:{post.thread_ts}")

    def _channel(self, place: int) -> str:
        """Two places share a channel, where they are channels."""
        if place % KINDS == DIRECT:
            return self.slack.direct(self._people(place)[0])
        return f"C9{place // 2:03}"

    def _people(self, place: int) -> tuple[str, ...]:
        return (f"U9{place:03}",) if place % KINDS == DIRECT else PEOPLE
