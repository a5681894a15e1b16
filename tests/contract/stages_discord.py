"""The Discord adapter with the real discord.py, in front of the emulated server."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.discord import attempts, markup
from core.address import Address
from core.delivery import Draft, Sent
from core.events import Asked
from tests.contract.stages import GivenFile, Loss, Request, SeenFile, Trouble, Wire
from tests.emulators.discord import Channel, DiscordEmulator, Flag, Limit, Message, Person
from tests.emulators.discord.recording import RunningBot, running

ROUTES: Mapping[Request, tuple[str, str]] = {
    Request.POST: ("POST", "/channels/{channel}/messages"),
    Request.FILE: ("POST", "/channels/{channel}/messages"),
    Request.EDIT: ("PATCH", "/channels/{channel}/messages/{message}"),
    Request.DELETE: ("DELETE", "/channels/{channel}/messages/{message}"),
    Request.SIGN: ("POST", "/channels/{channel}/typing"),
    Request.HISTORY: ("GET", "/channels/{channel}/messages"),
}
PATTERNS: Mapping[Request, str] = {
    Request.POST: r"^POST /channels/\d+/messages$",
    Request.FILE: r"^POST /channels/\d+/messages$",
    Request.EDIT: r"^PATCH /channels/",
    Request.DELETE: r"^DELETE /channels/",
    Request.SIGN: r"^POST /channels/\d+/typing$",
    Request.HISTORY: r"^GET /channels/\d+/messages$",
}
# discord.py repeats what meets a 500, 502 or 504 by itself, under the same nonce; a 503 it does not.
TROUBLES: Mapping[Trouble, Mapping[str, Any]] = {
    Trouble.LIMITED: {"status": 429},
    Trouble.BROKEN: {"status": 503},
    Trouble.RESET: {"status": 0, "reset": True},
    Trouble.NONSENSE: {"status": 200},
    Trouble.REFUSED: {"status": 403, "code": 50013},
    Trouble.LOST: {"status": 0, "reset": True, "after_effect": True},
    Trouble.HELD: {"status": 0},
}


class DiscordStage(Wire):
    """One server; people ask in its channel, and talk in threads."""

    us: ClassVar[str] = "tampu"

    def __init__(self, bot: RunningBot) -> None:
        super().__init__(bot.adapter)
        self._bot = bot
        self._discord = bot.discord

    async def _next(self, message: Message) -> Asked:
        inbox = self._bot.inbox
        await self._discord.wait_for(lambda: any(event.message_id == message.id for event in inbox.events))
        return next(event for event in inbox.events if event.message_id == message.id)

    async def _say(self, person: Person, channel: Channel, text: str, *files: GivenFile) -> Asked:
        given = [(file.name, file.content, file.mime) for file in files]
        mention = self._discord.bot.mention
        return await self._next(await self._discord.say(person, channel, f"{mention} {text}", files=given))

    async def ask(self, text: str, *files: GivenFile) -> Asked:
        return await self._say(self._discord.ana, self._discord.general, text, *files)

    async def ask_again(self, question: Asked) -> Asked:
        return await self._say(self._discord.bob, self._discord.general, "and me?")

    def _ours(self, address: Address) -> list[Message]:
        return self._discord.said_by_bot(self._discord.world.channels[address.channel])

    async def shown(self, address: Address) -> list[str]:
        return [message.text for message in self._ours(address)]

    async def files(self, address: Address) -> list[SeenFile]:
        ours = [file for message in self._ours(address) for file in message.files]
        return [SeenFile(file.name, file.content, file.alt) for file in ours]

    def drawn(self, markdown: str) -> str:
        return markup.render(markdown).strip()

    def forget_files(self) -> None:
        self._discord.cdn.files.clear()

    def trouble(self, request: Request, kind: Trouble, seconds: float = 0.0) -> Callable[[], bool]:
        delay = seconds if kind is Trouble.HELD else 0.0
        fault = self._discord.fault(PATTERNS[request], **TROUBLES[kind], retry_after=seconds, delay=delay)
        return lambda: fault.met > 0

    def handled(self, request: Request) -> int:
        return len(self._discord.requests(*ROUTES[request]))

    async def lose(self, question: Asked, loss: Loss) -> None:
        channel = self._discord.world.channels[question.address.channel]
        match loss:
            case Loss.THREAD | Loss.CHANNEL:
                await self._discord.delete_channel(channel)
            case Loss.ACCESS:
                self._discord.deny(channel, "VIEW_CHANNEL")

    async def talk(self, lines: Sequence[tuple[str, str]]) -> Asked:
        discord = self._discord
        people = {"Ana": discord.ana, "Bob": discord.bob}
        (name, text), *others = lines
        start = await discord.say(people[name], discord.general, text)
        thread = discord.thread(discord.general, "talk", start)
        address = Address("discord", discord.world.guild_id, thread.id, thread.id)
        for number, (name, text) in enumerate(others):
            if name == self.us:
                draft = Draft(address, f"past{number}".ljust(25, "a"), "t0", text, None, first=True)
                assert isinstance(await self.platform.post(draft), Sent)
            else:
                await discord.say(people[name], thread, text)
        asked = await self._say(discord.ana, thread, "and you?")
        await discord.say(discord.bob, thread, "too late")
        return asked

    def known(self, address: Address, message_id: str) -> None:
        self._bot.inbox.anchors[address.account, address.channel, message_id] = address

    def pings(self, address: Address) -> list[str]:
        return [ping for message in self._ours(address) for ping in message.pings]

    def unfurls(self, address: Address) -> bool:
        return any(not message.flags & Flag.SUPPRESS_EMBEDS for message in self._ours(address))


@asynccontextmanager
async def discord(_folder: Path) -> AsyncIterator[Wire]:
    """A connected bot on a server whose limits are out of the way; nothing lags, so no is said sooner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempts, "VISIBLE_AFTER_S", 0.5)
        async with DiscordEmulator() as emulator:
            emulator.limits.table = {}
            emulator.limits.other = Limit(1000, 1.0)
            emulator.limits.everything.limit = Limit(1000, 1.0)
            async with running(emulator) as bot:
                yield DiscordStage(bot)
