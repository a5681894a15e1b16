"""The Slack adapter over real sockets, in front of the emulated workspace."""

import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from adapters.slack import attempts, history, markup
from core.address import Address
from core.delivery import Draft, Sent
from core.events import Asked
from tests.contract.stages import GivenFile, Loss, Request, SeenFile, Trouble, Wire
from tests.emulators.slack import BOT_USER, TEAM, SlackEmulator
from tests.emulators.slack.faults import Fault
from tests.emulators.slack_stage import Stage as RunningSlack
from tests.emulators.slack_stage import staged

CHANNEL = "C1"
MENTION = f"<@{BOT_USER}>"
IDS = {"Ada": "U1", "Grace": "U2"}
METHODS: Mapping[Request, str] = {
    Request.POST: "chat.postMessage",
    Request.FILE: "files.completeUploadExternal",
    Request.EDIT: "chat.update",
    Request.DELETE: "chat.delete",
    Request.SIGN: "assistant.threads.setStatus",
    Request.HISTORY: "conversations.replies",
}
TROUBLES: Mapping[Trouble, Mapping[str, Any]] = {
    Trouble.LIMITED: {"status": 429},
    Trouble.BROKEN: {"status": 500},
    Trouble.RESET: {"reset": True},
    Trouble.NONSENSE: {"status": 200},
    Trouble.REFUSED: {"error": "missing_scope"},
    Trouble.LOST: {"reset": True, "after_effect": True},
    Trouble.HELD: {},
}
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
ARMED = re.compile(r"<[!@#][^>]*>?")


class SlackStage(Wire):
    """One workspace, in which a repeated key is a second message."""

    tells_keys = False
    people: ClassVar[tuple[str, str]] = ("Ada", "Grace")

    def __init__(self, running: RunningSlack) -> None:
        super().__init__(running.adapter)
        self._running = running
        self._slack = running.slack

    async def _next(self, ts: str) -> Asked:
        inbox = self._running.inbox
        await self._slack.wait_for(lambda: any(event.message_id == ts for event in inbox.asked))
        return next(event for event in inbox.asked if event.message_id == ts)

    async def ask(self, text: str, *files: GivenFile) -> Asked:
        given = [(file.name, file.content, file.mime) for file in files]
        return await self._next(await self._slack.say("U1", CHANNEL, f"{MENTION} {text}", files=given))

    async def ask_again(self, question: Asked) -> Asked:
        return await self._next(await self._slack.say("U2", CHANNEL, f"{MENTION} and me?"))

    async def shown(self, address: Address) -> list[str]:
        return [seen.text for seen in self._slack.answers(address.channel, address.thread)]

    async def files(self, address: Address) -> list[SeenFile]:
        posts = self._slack.backend.workspace.thread(address.channel, address.thread)
        ours = [file for post in posts if post.user == BOT_USER for file in post.files]
        return [SeenFile(file.name, file.content, file.alt) for file in ours]

    def drawn(self, markdown: str) -> str:
        return markup.render(markdown)

    def drawn_plainly(self, markdown: str) -> str:
        return markup.fallback(markdown) or ""

    def forget_files(self) -> None:
        self._slack.backend.workspace.files.clear()

    def trouble(self, request: Request, kind: Trouble, seconds: float = 0.0) -> Callable[[], bool]:
        fault = Fault(METHODS[request], 1, **TROUBLES[kind])
        fault.retry_after = int(seconds)
        fault.delay = seconds if kind is Trouble.HELD else 0.0
        self._slack.backend.faults.add(fault)
        return lambda: fault.times == 0

    def handled(self, request: Request) -> int:
        return len(self._slack.journal.of(METHODS[request]))

    async def lose(self, question: Asked, loss: Loss) -> None:
        workspace = self._slack.backend.workspace
        match loss:
            case Loss.THREAD:
                for post in reversed(workspace.thread(CHANNEL, question.message_id)):
                    await self._slack.delete(CHANNEL, post.ts)
            case Loss.CHANNEL:
                workspace.channels[CHANNEL].archived = True
            case Loss.ACCESS:
                workspace.channels[CHANNEL].members.remove(BOT_USER)

    async def talk(self, lines: Sequence[tuple[str, str]]) -> Asked:
        (name, text), *others = lines
        root = await self._slack.say(IDS[name], CHANNEL, text)
        address = Address("slack", TEAM, CHANNEL, root)
        for number, (name, text) in enumerate(others):
            if name == self.us:
                draft = Draft(address, f"past{number}".ljust(25, "a"), "t0", text, root, first=True)
                assert isinstance(await self.platform.post(draft), Sent)
            else:
                await self._slack.say(IDS[name], CHANNEL, text, thread=root)
        asked = await self._slack.say(IDS[self.people[0]], CHANNEL, f"{MENTION} and you?", thread=root)
        await self._slack.say(IDS[self.people[1]], CHANNEL, "too late", thread=root)
        return await self._next(asked)

    def known(self, address: Address, message_id: str) -> None:
        self._running.inbox.anchors[address.channel, message_id] = address

    def pings(self, address: Address) -> list[str]:
        posts = self._slack.backend.workspace.thread(address.channel, address.thread)
        ours = [post for post in posts if post.user == BOT_USER]
        texts = [CODE.sub("", text) for post in ours for text in (post.drawn, post.text)]
        return [mention for text in texts for mention in ARMED.findall(text)]

    def unfurls(self, address: Address) -> bool:
        calls = self._slack.journal.of("chat.postMessage", ok=True)
        return any(call.args.get(name) is not False for call in calls for name in _PREVIEWS)


_PREVIEWS = ("unfurl_links", "unfurl_media")


@asynccontextmanager
async def slack(_folder: Path) -> AsyncIterator[Wire]:
    """A connected adapter; what may lag in Slack is looked for sooner."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "PAUSES", (0.05, 0.1))
        patch.setattr(attempts, "VISIBLE_S", 0.3)
        patch.setattr(attempts, "FILE_VISIBLE_S", 0.3)
        async with SlackEmulator(rate_scale=0) as emulator, staged(emulator) as running:
            yield SlackStage(running)
