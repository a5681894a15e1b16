"""The platform in memory that the core's own tests use, held to the same contract."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import ClassVar

from core.address import Address
from core.delivery import Outcome, Retry, Unknown
from core.events import Asked
from core.message import Attachment, Author, PastMessage
from core.outgoing import posted_name
from tests.contract.stages import GivenFile, Loss, Request, SeenFile, Trouble, Wire
from tests.fakes.platform import FakePlatform
from tests.questions import ADA, BEN, asked


class FakeStage(Wire):
    """A fake that tells repeated keys."""

    people: ClassVar[tuple[str, str]] = (ADA.name, BEN.name)

    def __init__(self, fake: FakePlatform) -> None:
        super().__init__(fake)
        self._fake = fake
        self._numbers = count(1)

    async def ask(self, text: str, *files: GivenFile) -> Asked:
        number = next(self._numbers)
        attachments = tuple(
            Attachment(file.name, file.name, file.mime, len(file.content), file.name) for file in files
        )
        self._fake.files |= {file.name: file.content for file in files}
        return asked(text, number=number, thread=f"t{number}", attachments=attachments)

    async def ask_again(self, question: Asked) -> Asked:
        return replace(await self.ask("and me?"), author=BEN)

    async def shown(self, address: Address) -> list[str]:
        return self._fake.texts(address.thread)

    async def files(self, address: Address) -> list[SeenFile]:
        return [
            SeenFile(posted_name(shown.file.name, shown.draft.key), shown.file.content, shown.file.alt)
            for shown in self._fake.messages.values()
            if shown.file is not None and shown.draft.address == address
        ]

    def drawn(self, markdown: str) -> str:
        return markdown

    def forget_files(self) -> None:
        self._fake.files.clear()

    def trouble(self, request: Request, kind: Trouble, seconds: float = 0.0) -> Callable[[], bool]:
        asked_before = self.handled(request)
        if kind is Trouble.HELD:
            self._fake.pause = seconds
            return lambda: self.handled(request) > asked_before
        outcome: Outcome = Retry(1.0) if request is Request.EDIT else Unknown("reset")
        outcome = Retry(seconds) if kind is Trouble.LIMITED else outcome
        faults = {
            Request.POST: self._fake.faults,
            Request.FILE: self._fake.file_faults,
            Request.EDIT: self._fake.edit_faults,
        }[request]
        faults.append(("after", outcome) if kind is Trouble.LOST else outcome)
        return lambda: not faults

    def handled(self, request: Request) -> int:
        return self._fake.requests.count(request.value)

    async def lose(self, question: Asked, loss: Loss) -> None:
        self._fake.closed.add(question.address.channel)

    async def talk(self, lines: Sequence[tuple[str, str]]) -> Asked:
        self._fake.history = tuple(
            PastMessage(Author(name, name, is_bot=name == self.us), text, f"m{number}", float(number))
            for number, (name, text) in enumerate(lines)
        )
        return await self.ask("and you?")

    def known(self, address: Address, message_id: str) -> None:
        assert message_id in self._fake.messages

    def pings(self, address: Address) -> list[str]:
        return []

    def unfurls(self, address: Address) -> bool:
        return False


class ForgetfulFakeStage(FakeStage):
    """A fake on which a repeat is seen twice."""

    tells_keys = False


@asynccontextmanager
async def fake(_folder: Path) -> AsyncIterator[Wire]:
    """The fake, with a memory for keys."""
    yield FakeStage(FakePlatform(tells_keys=True))


@asynccontextmanager
async def forgetful_fake(_folder: Path) -> AsyncIterator[Wire]:
    """The fake as the core's tests use it."""
    yield ForgetfulFakeStage(FakePlatform())
