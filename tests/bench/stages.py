"""Slack and Discord as the bench sees them: ask in a place, read what people were shown."""

from dataclasses import dataclass, field
from typing import Protocol

from tests.bench.figures import Shown
from tests.emulators.discord import Channel, DiscordEmulator, Entry, Message
from tests.emulators.slack import BOT_USER, SlackEmulator

PLACES = 20
TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Question:
    """A question in ``place``, sent at ``sent_at`` (monotonic seconds); ``expected`` is its answer."""

    id: str
    place: int
    sent_at: float
    text: str
    expected: str


class Stage(Protocol):
    """One platform. ``refill_s`` is how long its limits take to be as if nothing had been sent."""

    name: str
    refill_s: float

    async def ask(self, place: int, text: str, expected: str) -> Question:
        """Somebody mentions the bot in a place (0 to ``PLACES`` - 1) and asks."""

    def shown(self, question: Question) -> list[Shown]:
        """Everything that ever stood in the messages after this question, up to the next in its place."""

    def standing(self, place: int) -> str:
        """All that the bot's messages in a place say now, oldest first."""

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
        self._channels = [f"C1{place:03}" for place in range(PLACES)]
        for channel in self._channels:
            slack.add_channel(channel, f"bench-{channel.lower()}", "U1", "U2", BOT_USER)

    async def ask(self, place: int, text: str, expected: str) -> Question:
        ts = await self.slack.say("U1", self._channels[place], f"<@{BOT_USER}> {text}")
        sent_at = min(sent.at for sent in self.slack.journal.deliveries if sent.ts == ts)
        return Question(ts, place, sent_at, text, expected)

    def shown(self, question: Question) -> list[Shown]:
        answers = self.slack.answers(self._channels[question.place], question.id)
        return [Shown(each.at, seen.ts, each.text) for seen in answers for each in seen.revisions]

    def standing(self, place: int) -> str:
        posts = [seen for seen in self.slack.answers(self._channels[place]) if seen.from_bot]
        return "\n".join(seen.text for seen in posts)

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
        self.channels = [self.discord.channel(f"bench-{place}") for place in range(PLACES)]

    async def ask(self, place: int, text: str, expected: str) -> Question:
        discord = self.discord
        said = await discord.say(discord.ana, self.channels[place], f"{discord.bot.mention} {text}")
        self.asked.setdefault(place, []).append(said.id)
        return Question(said.id, place, said.at, text, expected)

    def shown(self, question: Question) -> list[Shown]:
        return [
            Shown(edition.at, message.id, edition.text)
            for message in self._answers(question.place)
            if self._question_of(message, question.place) == question.id
            for edition in message.editions
        ]

    def standing(self, place: int) -> str:
        return "\n".join(message.text for message in self._answers(place))

    def requests(self) -> list[str]:
        return [named(entry) for entry in self.discord.journal]

    def refused(self) -> list[str]:
        return [named(entry) for entry in self.discord.journal if entry.status == TOO_MANY]

    def _answers(self, place: int) -> list[Message]:
        return self.discord.said_by_bot(self.channels[place])

    def _question_of(self, message: Message, place: int) -> str | None:
        """The newest question above a message."""
        above = [asked for asked in self.asked[place] if int(asked) < int(message.id)]
        return above[-1] if above else None


def named(entry: Entry) -> str:
    return f"{entry.method} {entry.route}"
