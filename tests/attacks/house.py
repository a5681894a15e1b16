"""The running product with Slack, Discord and its page, in which A has spoken in private."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import httpx

from tests.attacks.canaries import Secrets, Sight, others, sent
from tests.attacks.obedient import Obedient, begging
from tests.emulators.discord import Channel, DiscordEmulator, Invocation, Message, Person
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import BOT_USER, SlackEmulator
from tests.integration.web_stage import Visitor
from tests.product import Product, discord_settings, environment, model_settings, running, slack_settings

WAIT_S = 15.0
BOARD = "G9"
PERSONA = "secretary"
GivenFile = tuple[str, bytes, str]
_NUMBERS = count(100)


@dataclass
class House:
    """Everything that an attempt needs. On Slack A is U1 and B is U2, on Discord Ana and Bob.

    On the page A is who has its key. ``dm`` is A's thread in their direct messages on Slack, ``den`` A's
    private thread on Discord; ``begun`` are A's threads on Slack with their channels. ``shown`` is what else
    B was shown; what the model was sent is judged from ``judged_from`` on.
    """

    slack: SlackEmulator
    discord: DiscordEmulator
    model: ModelEmulator
    obedient: Obedient
    product: Product
    data: Path
    secrets: Secrets
    page: Visitor
    dm: str = ""
    den: Channel | None = None
    begun: list[tuple[str, str]] = field(default_factory=list)
    shown: list[Sight] = field(default_factory=list)
    judged_from: int = 0

    @property
    def origin(self) -> str:
        """Where the page is."""
        return str(self.page.http.base_url).rstrip("/")

    def begin_anew(self) -> None:
        """Forget what was seen by now."""
        self.shown, self.judged_from = [], len(self.model.journal)

    async def until(self, what: Callable[[], object]) -> None:
        """Wait until something is so. ``AssertionError`` at the deadline."""
        deadline = time.monotonic() + WAIT_S
        while not what():
            assert time.monotonic() < deadline, "it never happened"
            await asyncio.sleep(0.005)

    # What B does on Slack.

    def channel(self, *members: str) -> str:
        """A channel in which nobody has written."""
        name = f"C{next(_NUMBERS)}"
        self.slack.add_channel(name, name.lower(), "U2", "U3", BOT_USER, *members)
        return name

    async def slack_asks(
        self,
        text: str,
        channel: str = "",
        *,
        user: str = "U2",
        thread: str | None = None,
        files: tuple[GivenFile, ...] = (),
    ) -> str:
        """Ask, in a new channel if none is named, and wait for the answer; the message's ts."""
        words, mark = begging(text)
        where = channel or self.channel(user)
        ts = await self.slack.say(user, where, _to_the_bot(where, words), thread=thread, files=files)
        await self.slack_obeyed(where, mark)
        return ts

    async def slack_obeyed(self, channel: str, mark: str) -> None:
        """Wait until an answer to B stands in a channel."""
        await self.until(lambda: any(f"obeyed {mark}" in seen.text for seen in self.slack.answers(channel)))

    async def slack_types(
        self, text: str, channel: str = "", user: str = "U2", thread: str | None = None
    ) -> str:
        """Type a command, in a new channel if none is named; its reply.

        Slack's pace for edits lets a second question of a thread wait long: B begins a thread each time.
        """
        where = channel or self.channel(user)
        before = 0 if thread is None else len(self.slack.answers(where, thread))
        ts = await self.slack.say(user, where, _to_the_bot(where, text), thread=thread)
        await self.until(lambda: len(self.slack.answers(where, thread or ts)) > before)
        return self.slack.answers(where, thread or ts)[-1].text

    # What B does on Discord.

    def room(self, name: str = "attempt") -> Channel:
        """A thread in which nobody has written."""
        return self.discord.thread(self.discord.general, name)

    async def discord_asks(
        self,
        text: str,
        channel: Channel | None = None,
        *,
        person: Person | None = None,
        reply_to: Message | None = None,
        files: tuple[GivenFile, ...] = (),
    ) -> Message:
        """Ask, and wait for the answer."""
        words, mark = begging(f"{self.discord.bot.mention} {text}")
        where = channel or self.room()
        who = person or self.discord.bob
        message = await self.discord.say(who, where, words, reply_to=reply_to, files=files)
        await self.discord_obeyed(where, mark)
        return message

    async def discord_obeyed(self, channel: Channel, mark: str) -> None:
        """Wait until an answer to B stands in a channel."""
        await self.until(
            lambda: any(f"obeyed {mark}" in each.text for each in self.discord.said_by_bot(channel))
        )

    async def discord_invokes(self, name: str, text: str, channel: Channel, who: Person | None = None) -> str:
        """Give a command; what it shows to the person alone."""
        options: dict[str, str | GivenFile] = {"text": text} if text else {}
        invocation = await self.discord.invoke(who or self.discord.bob, channel, name, options)
        return await self.told(invocation)

    async def told(self, invocation: Invocation) -> str:
        """What a command or a click has shown to the person alone."""
        await self.until(lambda: invocation.reply or invocation.followups)
        shown = [*filter(None, (invocation.reply,)), *invocation.followups]
        return "\n".join(each.text for each in shown)

    # What B does to the page.

    async def fetches(
        self, http: httpx.AsyncClient, method: str, path: str, **more: object
    ) -> httpx.Response:
        """Ask the page for something."""
        answer = await http.request(method, path, **more)  # type: ignore[arg-type]  # the client's own options
        self.shown.append(Sight(f"{method} {path}", f"{answer.headers}\n{answer.text}"))
        return answer

    async def fetches_each(
        self, http: httpx.AsyncClient, paths: Sequence[str], method: str = "GET"
    ) -> set[int]:
        """Ask the page for several things at once; the answers' statuses."""
        answers = await asyncio.gather(*(self.fetches(http, method, path) for path in paths))
        return {answer.status_code for answer in answers}

    def sights(self) -> Iterator[Sight]:
        """All that went to B, or to the model for B, and the log."""
        yield from sent(others(self.model.journal[self.judged_from :]))
        yield from self._of_slack()
        yield from self._of_discord()
        yield Sight("the log", "\n".join((*self.product.errors, *self.product.lines)))
        yield from self.shown

    def _of_slack(self) -> Iterator[Sight]:
        workspace = self.slack.backend.workspace
        hidden = {self.slack.direct("U1"), BOARD}
        for post in workspace.posts.values():
            if post.channel not in hidden:
                texts = [post.text, str(post.blocks), *(revision.text for revision in post.revisions)]
                yield Sight(f"a message in {post.channel} of Slack", "\n".join(texts))
        for note in self.slack.ephemerals:
            if note.user != "U1":
                yield Sight(f"what Slack shows {note.user} alone", note.text)
        for view, drawn in workspace.views.items():
            yield Sight(f"the form {view}", str(drawn))

    def _of_discord(self) -> Iterator[Sight]:
        hidden = {self.discord.direct(self.discord.ana).id, self.den.id if self.den else ""}
        for channel, messages in self.discord.world.timeline.items():
            if channel not in hidden:
                texts = [edition.text for message in messages for edition in message.editions]
                texts += [str((message.embeds, message.components)) for message in messages]
                yield Sight(f"a channel of Discord, {channel}", "\n".join(texts))
        for invocation in self.discord.interactions.open.values():
            if invocation.person != self.discord.ana:
                shown = [*filter(None, (invocation.reply,)), *invocation.followups]
                yield Sight(f"what Discord shows {invocation.person.name} alone", str(shown))


def _to_the_bot(channel: str, words: str) -> str:
    return words if channel.startswith("D") else f"<@{BOT_USER}> {words}"


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[House]:
    """Run the product; nobody has written yet. It ends at once: nothing of it is wanted any more."""
    data = folder / "data"
    secrets = Secrets("product")
    personas = data / "personas"
    personas.mkdir(parents=True)
    (personas / f"{PERSONA}.md").write_text(f"You are the secretary {secrets.word('a persona')}.")
    async with ModelEmulator() as model, DiscordEmulator() as discord, SlackEmulator(rate_scale=0) as slack:
        model.answer_with(obedient := Obedient())
        discord.limits.table = {}
        platforms = {**slack_settings(slack), **discord_settings(discord), **model_settings(model)}
        env = environment(data, **platforms | {"TAMPU_WEB": "0.0.0.0:0", "TAMPU_TURNS_PER_HOUR": "0"})
        async with running(env) as product, _visited(product.page) as page:
            yield House(slack, discord, model, obedient, product, data, secrets, page)
            await product.kill()


@asynccontextmanager
async def _visited(address: str) -> AsyncIterator[Visitor]:
    origin = address.split("?", maxsplit=1)[0].rstrip("/")
    async with httpx.AsyncClient(base_url=origin, headers={"origin": origin}, timeout=WAIT_S) as http:
        assert (await http.get(address)).status_code == 200
        yield Visitor(http, "a1a1a1a1-0000-4000-8000-00000000a11a")
