"""Discord for the judge: channels, threads, private messages, chains of replies."""

import itertools
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.emulators.discord import Channel, DiscordEmulator, Message, Person
from tests.faults.judge import NAME
from tests.faults.stages import ALONE, Said, Shown
from tests.product import discord_settings

KINDS = 4
MENTION, THREAD, DIRECT, CHAIN = range(KINDS)


class Kept(list[Message]):
    """A channel's messages; it remembers what is deleted, and when (monotonic seconds)."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: list[tuple[Message, float]] = []

    def remove(self, message: Message) -> None:
        self.gone.append((message, time.monotonic()))
        super().remove(message)


@dataclass
class DiscordStage:
    """Places are, in turn: mentions in a channel, each a conversation of its own; a thread where people
    stop to mention the bot; private messages; a channel where they reply to its last answer."""

    discord: DiscordEmulator
    places: int
    name: str = "Discord"
    forgets: bool = True
    channels: list[Channel] = field(default_factory=list)
    kept: dict[int, Kept] = field(default_factory=dict)
    said: dict[str, Message] = field(default_factory=dict)
    threads: dict[str, str] = field(default_factory=dict)
    asked: "itertools.count[int]" = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.channels = [self._opened(place) for place in range(self.places)]
        for place, channel in [*enumerate(self.channels), (ALONE, self.discord.general)]:
            self.kept[place] = self.discord.world.timeline[channel.id] = Kept()

    def _opened(self, place: int) -> Channel:
        match place % KINDS:
            case 1:
                return self.discord.thread(self.discord.general, f"thread-{place}")
            case 2:
                return self.discord.direct(self.discord.person(f"person{place}"))
            case _:
                return self.discord.channel(f"faults-{place}")

    @property
    def settings(self) -> Mapping[str, str]:
        return discord_settings(self.discord)

    def people(self, place: int) -> int:
        return len(self._people(place))

    def _people(self, place: int) -> tuple[Person, ...]:
        if place % KINDS == DIRECT:
            return self.channels[place].recipients
        return (self.discord.ana, self.discord.bob)

    def is_new(self, place: int) -> bool:
        """Discord lists no private messages: only who has written before is known to a bot."""
        return place % KINDS == DIRECT and not (self._ours(place) or self.kept[place].gone)

    async def ask(self, place: int, person: int, text: str) -> Said:
        author, channel = self._people(place)[person], self.channels[place]
        answered = self._last_answer(place) if place % KINDS == CHAIN else None
        mention = "" if answered or self._is_understood(place) else f"{self.discord.bot.mention} "
        message = await self.discord.say(author, channel, f"{mention}{text}", reply_to=answered)
        self.said[message.id] = message
        thread = message.id if place % KINDS in {MENTION, CHAIN} else channel.id
        if answered is not None:
            thread = self.threads.get(_asked_for(answered), thread)
        if (name := NAME.search(text)) is not None:
            self.threads[name[1]] = self.threads[message.id] = thread
        return Said(message.id, thread)

    def _is_understood(self, place: int) -> bool:
        """Whether the bot is meant without its name; where it was asked before, by every second question."""
        if place % KINDS == DIRECT:
            return True
        return place % KINDS == THREAD and bool(self._ours(place)) and next(self.asked) % 2 == 0

    def _last_answer(self, place: int) -> Message | None:
        """What people reply to: the bot's last message with an answer in it."""
        return next((each for each in reversed(self._ours(place)) if _asked_for(each)), None)

    async def edit(self, place: int, said: Said, text: str) -> None:
        message = self.said[said.id]
        mention = self.discord.bot.mention
        await self.discord.edit(message, f"{mention} {text}" if mention in message.text else text)

    async def delete(self, place: int, said: Said) -> None:
        await self.discord.delete(self.said[said.id])

    def shown(self) -> list[Shown]:
        every = [
            (place, message, gone_at)
            for place, kept in self.kept.items()
            for message, gone_at in [*((each, None) for each in kept), *kept.gone]
            if message.author.id == self.discord.bot.id and not message.ephemeral
        ]
        every.sort(key=lambda each: int(each[1].id))
        return [
            Shown(
                place,
                tuple((edition.at, edition.text) for edition in message.editions),
                gone_at,
                self.threads.get(message.reply_to or message.channel_id, ""),
            )
            for place, message, gone_at in every
        ]

    def _ours(self, place: int) -> list[Message]:
        return self.discord.said_by_bot(self.channels[place])


def _asked_for(message: Message) -> str:
    """The question that an answer names, or nothing."""
    named = NAME.search(message.text)
    return named[1] if named else ""
