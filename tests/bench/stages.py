"""Slack and Discord as the bench sees them: ask in a place, stop an answer, read what people were shown."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from tests.bench.figures import Shown
from tests.emulators.discord import Channel, DiscordEmulator, Entry, Message
from tests.emulators.slack import BOT_USER, SlackEmulator

PLACES = 20
TOO_MANY = 429
DELETED = 204
STOP = "/stop"


class Way(StrEnum):
    """How people end an answer that is being written."""

    BUTTON = "Stop button"
    TYPED = "/stop typed"
    COMMAND = "slash command"
    DELETION = "question deleted"


# Those for questions that are answered whole, and one for each way to stop.
CHANNELS = PLACES + len(Way)


@dataclass(frozen=True, slots=True)
class Question:
    """A question in ``place``, sent at ``sent_at`` (monotonic seconds); ``expected`` is its answer."""

    id: str
    place: int
    sent_at: float
    text: str
    expected: str


class Stage(Protocol):
    """One platform, with places 0 to ``CHANNELS`` - 1.

    ``refill_s`` is how long its limits take to be as if nothing had been sent.
    """

    name: str
    refill_s: float

    async def ask(self, place: int, text: str, expected: str) -> Question:
        """Somebody mentions the bot in a place and asks."""

    def stoppable(self, question: Question) -> bool:
        """Whether an answer to it stands there with a button that stops it."""

    async def stop(self, question: Question, way: Way) -> float:
        """Whoever asked ends the answer; the monotonic second in which that was sent."""

    def shown(self, question: Question) -> list[Shown]:
        """Everything that ever stood in the messages after this question, up to the next in its place."""

    def standing(self, place: int) -> str:
        """All that the bot's messages in a place say now, oldest first."""

    def removed(self, question: Question) -> list[float]:
        """When (monotonic seconds) the bot took messages after this question away, up to the next one's."""

    def requests(self) -> list[str]:
        """The names of all requests so far."""

    def refused(self) -> list[str]:
        """The names of those that were answered with 429."""


class SlackStage:
    """One public channel a place, one thread a question."""

    name = "Slack"
    refill_s = 13.0

    def __init__(self, slack: SlackEmulator) -> None:
        self.slack = slack
        self._asked: dict[int, list[str]] = {}
        self._channels = [f"C1{place:03}" for place in range(CHANNELS)]
        for channel in self._channels:
            slack.add_channel(channel, f"bench-{channel.lower()}", "U1", "U2", BOT_USER)

    async def ask(self, place: int, text: str, expected: str) -> Question:
        ts = await self.slack.say("U1", self._channels[place], f"<@{BOT_USER}> {text}")
        self._asked.setdefault(place, []).append(ts)
        sent_at = min(sent.at for sent in self.slack.journal.deliveries if sent.ts == ts)
        return Question(ts, place, sent_at, text, expected)

    def stoppable(self, question: Question) -> bool:
        return bool(self._growing(question))

    async def stop(self, question: Question, way: Way) -> float:
        channel, sent_at = self._channels[question.place], time.monotonic()
        match way:
            case Way.BUTTON:
                await self.slack.click("U1", channel, self._growing(question)[-1], "Stop")
            case Way.TYPED:
                await self.slack.say("U1", channel, STOP, thread=question.id)
            case Way.COMMAND:
                await self.slack.command("U1", channel, "/llama", "stop")
            case Way.DELETION:
                await self.slack.delete(channel, question.id)
        return sent_at

    def _growing(self, question: Question) -> list[str]:
        answers = self.slack.answers(self._channels[question.place], question.id)
        return [seen.ts for seen in answers if seen.buttons]

    def shown(self, question: Question) -> list[Shown]:
        answers = self.slack.answers(self._channels[question.place], question.id)
        return [Shown(each.at, seen.ts, each.text) for seen in answers for each in seen.revisions]

    def standing(self, place: int) -> str:
        posts = [seen for seen in self.slack.answers(self._channels[place]) if seen.from_bot]
        return "\n".join(seen.text for seen in posts)

    def removed(self, question: Question) -> list[float]:
        here, asked = self._channels[question.place], self._asked[question.place]
        calls = self.slack.journal.of("chat.delete", ok=True)
        there = [call for call in calls if call.args["channel"] == here]
        return [call.at for call in there if question_above(str(call.args["ts"]), asked) == question.id]

    def requests(self) -> list[str]:
        return [call.method for call in self.slack.journal.calls]

    def refused(self) -> list[str]:
        return [call.method for call in self.slack.journal.calls if call.status == TOO_MANY]


@dataclass
class DiscordStage:
    """One text channel a place, where an answer refers to its question."""

    discord: DiscordEmulator
    name: str = "Discord"
    refill_s: float = 6.0
    channels: list[Channel] = field(default_factory=list)
    asked: dict[int, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.channels = [self.discord.channel(f"bench-{place}") for place in range(CHANNELS)]

    async def ask(self, place: int, text: str, expected: str) -> Question:
        discord = self.discord
        said = await discord.say(discord.ana, self.channels[place], f"{discord.bot.mention} {text}")
        self.asked.setdefault(place, []).append(said.id)
        return Question(said.id, place, said.at, text, expected)

    def stoppable(self, question: Question) -> bool:
        return bool(self._growing(question))

    async def stop(self, question: Question, way: Way) -> float:
        discord, channel, sent_at = self.discord, self.channels[question.place], time.monotonic()
        match way:
            case Way.BUTTON:
                await discord.click(discord.ana, self._growing(question)[-1])
            case Way.TYPED:
                await discord.say(discord.ana, channel, STOP, reply_to=self._growing(question)[-1])
            case Way.COMMAND:
                await discord.invoke(discord.ana, channel, "stop")
            case Way.DELETION:
                await discord.delete(discord.world.message(channel.id, question.id))
        return sent_at

    def _growing(self, question: Question) -> list[Message]:
        return [message for message in self._answers_to(question) if message.components]

    def shown(self, question: Question) -> list[Shown]:
        return [
            Shown(edition.at, message.id, edition.text)
            for message in self._answers_to(question)
            for edition in message.editions
        ]

    def standing(self, place: int) -> str:
        return "\n".join(message.text for message in self._answers(place))

    def removed(self, question: Question) -> list[float]:
        here, asked = self.channels[question.place].id, self.asked[question.place]
        entries = self.discord.requests("DELETE", "/channels/{channel}/messages/{message}")
        there = [each for each in entries if each.status == DELETED and f"/{here}/" in each.path]
        return [e.done for e in there if question_above(e.path.rpartition("/")[2], asked) == question.id]

    def requests(self) -> list[str]:
        return [named(entry) for entry in self.discord.journal]

    def refused(self) -> list[str]:
        return [named(entry) for entry in self.discord.journal if entry.status == TOO_MANY]

    def _answers(self, place: int) -> list[Message]:
        return self.discord.said_by_bot(self.channels[place])

    def _answers_to(self, question: Question) -> list[Message]:
        asked = self.asked[question.place]
        return [
            each for each in self._answers(question.place) if question_above(each.id, asked) == question.id
        ]


def question_above(message: str, asked: Sequence[str]) -> str | None:
    """The newest of the questions above a message; oldest first, by ids as Slack or Discord gives them."""
    above = [each for each in asked if _number(each) < _number(message)]
    return above[-1] if above else None


def _number(message: str) -> int:
    """Slack's ids have six digits behind a point, Discord's have none."""
    return int(message.replace(".", ""))


def named(entry: Entry) -> str:
    return f"{entry.method} {entry.route}"
