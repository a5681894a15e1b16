"""The platforms of one person: the page, and the terminal on pipes."""

import asyncio
import codecs
import contextlib
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path

from adapters.terminal.adapter import TerminalAdapter
from adapters.terminal.console import Console
from adapters.terminal.printer import LABEL
from adapters.terminal.visible import visible
from adapters.web.adapter import WebAdapter
from adapters.web.markup import draw
from adapters.web.place import AUTHOR, address_of
from core.address import Address
from core.events import Addressing, Asked
from core.message import Attachment, Upload
from tests.browser.served import COMMANDS, about
from tests.browser.small_core import SmallCore
from tests.contract.stages import DEADLINE_S, GivenFile, SeenFile, Stage, until


class PageStage(Stage):
    """The page, as a tab of it would draw the conversation."""

    renews = True

    def __init__(self, core: SmallCore) -> None:
        self._core = core
        self._adapter = WebAdapter("127.0.0.1", 0, core, core, about, COMMANDS)
        super().__init__(self._adapter)

    async def ask(self, text: str, *files: GivenFile) -> Asked:
        key = str(uuid.uuid4())
        attachments = tuple(
            Attachment(f"{key}.{number}", file.name, file.mime, len(file.content), "web")
            for number, file in enumerate(files)
        )
        uploads = tuple(
            Upload(attachment.id, file.content) for attachment, file in zip(attachments, files, strict=True)
        )
        address = address_of(str(uuid.uuid4()))
        event = Asked(key, address, AUTHOR, text, key, 1_700_000_000.0, Addressing.DIRECT, attachments)
        await self._core.accept(event, uploads)
        return event

    async def shown(self, address: Address) -> list[str]:
        room = self._adapter._hub.peek(address.thread)
        return ["".join(await answer.blocks()) for answer in room.answers.values()] if room else []

    async def files(self, address: Address) -> list[SeenFile]:
        return []

    def drawn(self, markdown: str) -> str:
        return _drawn(markdown)

    def forget_files(self) -> None:
        self._core.uploads.clear()


@cache
def _drawn(markdown: str) -> str:
    """A book takes a second."""
    return "".join(draw(markdown))


class TerminalStage(Stage):
    """A terminal: what a person types goes in, what stands on the screen comes out."""

    takes_back = False
    renews = True
    tells_alt = False

    def __init__(self, core: SmallCore, console: Console, ends: tuple[int, int], folder: Path) -> None:
        self._core = core
        self._console = console
        self._keys, self._screen = ends
        self._folder = folder
        self._seen = ""
        # A read may end within a character.
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.adapter = TerminalAdapter(core, core, console, folder / "files")
        super().__init__(self.adapter)

    async def ask(self, text: str, *files: GivenFile) -> Asked:
        for file in files:
            path = self._folder / file.name
            await asyncio.to_thread(path.write_bytes, file.content)
            self._type(f"/file {path}\n")
        self._type(f"{text}\n")
        await until(lambda: bool(self._core.events))
        return self._core.events[-1]

    def _type(self, line: str) -> None:
        os.write(self._keys, line.encode())

    async def shown(self, address: Address) -> list[str]:
        async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as group:
            written = group.create_task(self._console.flush())
            while not written.done():
                self._read()
                await asyncio.sleep(0.002)
        self._read()
        return [message.strip("\n") for message in self._seen.split(LABEL)[1:]]

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self._seen += self._decoder.decode(os.read(self._screen, 65_536))

    async def files(self, address: Address) -> list[SeenFile]:
        return await asyncio.to_thread(self._written)

    def _written(self) -> list[SeenFile]:
        found = (self._folder / "files").iterdir()
        # A file has no words beside it here.
        seen = [SeenFile(path.name, path.read_bytes(), "") for path in found]
        return sorted(seen, key=lambda file: file.name)

    def drawn(self, markdown: str) -> str:
        return visible(markdown).strip("\n")

    def forget_files(self) -> None:
        self._core.uploads.clear()


@contextlib.asynccontextmanager
async def page(_folder: Path) -> AsyncIterator[Stage]:
    """The page's adapter, without its server."""
    yield PageStage(SmallCore())


@contextlib.contextmanager
def _pipes() -> Iterator[tuple[Console, tuple[int, int]]]:
    source, keys = os.pipe()
    screen, sink = os.pipe()
    os.set_blocking(screen, False)
    try:
        yield Console(source, sink), (keys, screen)
    finally:
        for each in (source, keys, screen, sink):
            os.close(each)


@contextlib.asynccontextmanager
async def terminal(folder: Path) -> AsyncIterator[Stage]:
    """A talk in a terminal that goes on until the test is over."""
    with _pipes() as (console, ends):
        stage = TerminalStage(SmallCore(), console, ends, folder)
        async with asyncio.TaskGroup() as group:
            talk = group.create_task(stage.adapter.run())
            try:
                yield stage
            finally:
                talk.cancel()
