"""Slack and Discord as the judge sees them: ask in a place, read what people see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from tests.emulators.discord import Channel, DiscordEmulator
from tests.emulators.slack import BOT_USER, Seen, SlackEmulator
from tests.product import discord_settings, slack_settings

ALONE = -1
REMOVED = "(removed)"


@dataclass(frozen=True, slots=True)
class Shown:
    """One message of the bot that stands now. ``editions`` are (monotonic seconds, text), oldest first."""

    place: int
    editions: tuple[tuple[float, str], ...]

    @property
    def at(self) -> float:
        return self.editions[0][0]

    @property
    def text(self) -> str:
        return self.editions[-1][1]

    @property
    def settled_at(self) -> float:
        """Since when it says what it says now."""
        return next(at for at, text in self.editions if text == self.text)


class Stage(Protocol):
    """One platform with places, each a conversation.

    ``queues``: what is sent while the bot is down is delivered later.
    """

    name: str
    queues: bool

    @property
    def settings(self) -> Mapping[str, str]:
        """What points the product here."""

    async def ask(self, place: int, text: str) -> None:
        """Somebody mentions the bot in a place."""

    def shown(self) -> list[Shown]:
        """The bot's messages, oldest first; ``ALONE`` is the place of one outside of all places."""

    def deleted(self) -> int:
        """How many of its messages the bot has taken back."""


@dataclass
class SlackStage:
    """One thread a place, two places a channel."""

    slack: SlackEmulator
    places: int
    name: str = "Slack"
    queues: bool = True
    roots: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for place in range(0, self.places, 2):
            self.slack.add_channel(channel_of(place), f"faults-{place}", "U1", "U2", BOT_USER)

    @property
    def settings(self) -> Mapping[str, str]:
        return slack_settings(self.slack)

    async def ask(self, place: int, text: str) -> None:
        root = self.roots.get(place)
        ts = await self.slack.say("U1", channel_of(place), f"<@{BOT_USER}> {text}", thread=root)
        self.roots.setdefault(place, ts)

    def shown(self) -> list[Shown]:
        known = {(channel_of(place), root): place for place, root in self.roots.items()}
        every = [
            (channel, seen)
            for channel in {channel_of(place) for place in range(self.places)}
            for seen in self.slack.answers(channel)
        ]
        every.sort(key=lambda pair: pair[1].ts)
        return [_shown(known.get((channel, str(seen.thread)), ALONE), seen) for channel, seen in every]

    def deleted(self) -> int:
        return sum(call.took_effect for call in self.slack.journal.of("chat.delete"))


def channel_of(place: int) -> str:
    return f"C9{place // 2:03}"


def _shown(place: int, seen: Seen) -> Shown:
    return Shown(place, tuple((revision.at, revision.text) for revision in seen.revisions))


@dataclass
class DiscordStage:
    """One text channel a place."""

    discord: DiscordEmulator
    places: int
    name: str = "Discord"
    queues: bool = False
    channels: list[Channel] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.channels = [self.discord.channel(f"faults-{place}") for place in range(self.places)]

    @property
    def settings(self) -> Mapping[str, str]:
        return discord_settings(self.discord)

    async def ask(self, place: int, text: str) -> None:
        discord = self.discord
        await discord.say(discord.ana, self.channels[place], f"{discord.bot.mention} {text}")

    def shown(self) -> list[Shown]:
        places = [*enumerate(self.channels), (ALONE, self.discord.general)]
        return [
            Shown(place, tuple((edition.at, edition.text) for edition in message.editions))
            for place, channel in places
            for message in self.discord.said_by_bot(channel)
        ]

    def deleted(self) -> int:
        requests = self.discord.requests("DELETE", "/channels/{channel}/messages/{message}")
        return len({request.path for request in requests if request.effect})
