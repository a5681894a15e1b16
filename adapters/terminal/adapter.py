"""A conversation in a terminal as a chat platform of the core."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from adapters.terminal.console import Console
from adapters.terminal.files import MAX_FILES, LocalFile, load, save, saved, take_away
from adapters.terminal.printer import Printer
from adapters.terminal.visible import visible
from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.delivery import Draft, FileDraft, Lookup, MessageRef, Outcome, Rejected, Sent
from core.errors import FileError, StoreError
from core.events import Addressing, Asked
from core.files.uploads import read_upload
from core.message import Attachment, Author, PastMessage, PastPicture, Standing, Upload
from core.outgoing import FILE_BYTES_MOST, posted_name
from core.ports import Inbox, Library
from core.transcript import Role

PLATFORM = "terminal"
ACCOUNT = "local"
CHANNEL = "terminal"
# Whoever sits at this machine runs the assistant.
AUTHOR = Author("local", "You", standing=Standing.OWNER)
PROMPT = "you> "
KEYS = "/new begins another conversation, /file PATH attaches a file, /quit leaves."
# An answer that is being made gives a sign (a word, or that it is worked on) far more often.
_SILENCE = 900.0
_CAPABILITIES = Capabilities(
    max_message=200_000,
    measure=len,
    paces=(Pace(frozenset({Action.EDIT}), Scope.MESSAGE, per_second=15, burst=2),),
    formatting="Your answer is shown in a terminal as it stands: plain text, no tables.",
    max_file=FILE_BYTES_MOST,
)


class TerminalAdapter:
    """Reads questions line by line and prints answers as they grow.

    ``console`` is the process's own when none is given. Files of answers go into ``folder``.
    """

    def __init__(
        self, inbox: Inbox, library: Library, console: Console | None = None, folder: Path | None = None
    ) -> None:
        self._folder = folder
        self._inbox = inbox
        self._library = library
        self._console = console or Console.standard()
        self._printer = Printer(self._console.write)
        self._address = _address(_new_id())
        self._files: list[LocalFile] = []
        self._posted: dict[str, str] = {}
        self._sign = asyncio.Event()
        self._asking = False
        self._stopping = False
        self._idle = False
        self._at_prompt = False

    @property
    def name(self) -> str:
        """The platform of the terminal's addresses."""
        return PLATFORM

    @property
    def capabilities(self) -> Capabilities:
        """Hardly any limits; files need a folder."""
        return _CAPABILITIES if self._folder else replace(_CAPABILITIES, max_file=0)

    def say(self, sentence: str) -> None:
        """Print a line of the product's own. What is said before :meth:`run` is its first line."""
        self._console.write(f"{visible(sentence)}\n")

    async def run(self) -> None:
        """Talk until the person leaves or the input ends; the last answer is waited for."""
        async with asyncio.TaskGroup() as group:
            pump = group.create_task(self._console.pump())
            try:
                with _on_interrupt(lambda: self._interrupted(group)):
                    await self._greet()
                    while await self._turn():
                        pass
            finally:
                if self._console.interactive:
                    self._console.write("\n")
                await self._console.flush()
                pump.cancel()

    async def post(self, draft: Draft) -> Outcome:
        """Print a message of the conversation on screen; the same key twice is one message."""
        new = draft.turn if draft.first else f"{draft.turn}/{draft.key}"
        message = self._posted.setdefault(draft.key, new)
        self._show(draft.address, message, draft.text)
        return Sent(message)

    async def post_file(self, draft: FileDraft) -> Outcome:
        """Write a file into the folder, and say where it is; the same key twice is one file."""
        name = posted_name(draft.file.name, draft.key)
        if self._folder is None:
            return Rejected("no_files")
        try:
            path = await asyncio.to_thread(save, self._folder, name, draft.file.content)
        except OSError as error:
            return Rejected(type(error).__name__)
        if draft.address == self._address and self._posted.setdefault(draft.key, name) == name:
            self._printer.end()
            self.say(f"A file for you: {path}\n")
        return Sent(name)

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:  # noqa: ARG002 - no button here
        """Print what is new of a message."""
        self._show(ref.address, ref.id, text)
        return Sent(ref.id)

    async def delete(self, ref: MessageRef) -> Outcome:
        """Take a file away; what was printed stays."""
        if self._folder is not None:
            await asyncio.to_thread(take_away, self._folder, ref.id)
        return Sent(ref.id)

    async def find(self, lookup: Lookup) -> str | None:
        """The message printed under this key, or its file.

        What was printed before a restart cannot be looked for; a file can.
        """
        if lookup.is_file and self._folder is not None:
            return await asyncio.to_thread(saved, self._folder, lookup.key)
        return self._posted.get(lookup.key)

    async def show_working(self, address: Address) -> None:
        """A sign that the wait goes on; the line stays empty until there are words."""
        if address == self._address:
            self._idle = False
            self._sign.set()

    async def show_idle(self, address: Address) -> None:
        """End the answer on screen."""
        if address == self._address:
            self._idle = True
            self._sign.set()
            if self._printer.open:
                self._printer.end()
                self._prompt(again=True)

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        """Nothing: nobody else writes here."""
        _ = question, limit
        return ()

    async def pictures(self, question: Asked, limit: int) -> tuple[PastPicture, ...]:
        """None: pictures come with the questions here."""
        _ = question, limit
        return ()

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        """The bytes that came with the message. Raises ``FileError``."""
        return await read_upload(self._library, attachment, max_bytes)

    async def _greet(self) -> None:
        found = await self._library.conversations(PLATFORM, ACCOUNT)
        if found:
            self._address = found[0].address
            self.say(f"Going on with “{found[0].title}”. {KEYS}\n")
        else:
            self.say(f"Ask away. {KEYS}\n")

    async def _turn(self) -> bool:
        """One line of input; false when it was the last."""
        self._at_prompt = True
        self._prompt()
        line = await self._console.read_line()
        self._at_prompt = False
        if line is None or self._console.closed:
            return False
        word, _, rest = line.strip().partition(" ")
        match word:
            case "/quit" | "/exit":
                return False
            case "/new":
                self._address = _address(_new_id())
                self.say("A new conversation.\n")
            case "/file":
                await self._attach(rest.strip())
            case _ if line.strip():
                await self._ask(line.strip())
        return not self._console.closed

    async def _attach(self, typed: str) -> None:
        if not typed:
            self.say("Say which: /file PATH\n")
            return
        if len(self._files) >= MAX_FILES:
            self.say(f"At most {MAX_FILES} files go with one message.\n")
            return
        try:
            file = await asyncio.to_thread(load, typed)
        except FileError as error:
            self.say(f"{error.told}\n")
            return
        self._files.append(file)
        self.say(f"{file.name} ({len(file.content):,} bytes) goes with your next message.\n")

    async def _ask(self, text: str) -> None:
        if len(text) > _CAPABILITIES.max_message:
            self.say("That line is too long: attach it as a file with /file PATH.\n")
            return
        event, uploads = self._event(text)
        self._asking, self._stopping, self._idle = True, False, False
        try:
            await self._inbox.accept(event, uploads)
            self._files.clear()
            await self._until_answered()
        except StoreError:
            self.say("That could not be stored, so it was not asked. Try again in a moment.\n")
        finally:
            self._asking = False
            self._printer.end()

    def _event(self, text: str) -> tuple[Asked, tuple[Upload, ...]]:
        key = _new_id()
        attachments = tuple(
            Attachment(f"{PLATFORM}.{key}.{number}", file.name, file.mime, len(file.content), PLATFORM)
            for number, file in enumerate(self._files)
        )
        uploads = tuple(
            Upload(attachment.id, file.content)
            for attachment, file in zip(attachments, self._files, strict=True)
        )
        event = Asked(
            key=key,
            address=self._address,
            author=AUTHOR,
            text=text,
            message_id=key,
            sent_at=time.time(),
            addressing=Addressing.DIRECT,
            attachments=attachments,
        )
        return event, uploads

    async def _until_answered(self) -> None:
        while not self._console.closed:
            self._sign.clear()
            if await self._answered():
                return
            try:
                async with asyncio.timeout(_SILENCE):
                    await self._sign.wait()
            except TimeoutError:
                self.say("No answer has come for a long time. It is still asked; ask again if you like.\n")
                return

    async def _answered(self) -> bool:
        """Whether nothing more comes. Idle may still be said of what was before this question."""
        if not self._idle:
            return False
        rows = await self._library.messages(self._address)
        return bool(rows) and rows[-1].role is not Role.USER

    def _interrupted(self, group: asyncio.TaskGroup) -> None:
        """Ctrl-C: the first while it answers stops the answer, any other leaves."""
        if self._asking and not self._stopping:
            self._stopping = True
            group.create_task(self._stop())
            return
        self._console.close()
        self._sign.set()

    async def _stop(self) -> None:
        try:
            await self._inbox.command("stop", self._address, AUTHOR, "")
        except StoreError:
            self.say("The answer could not be stopped. Ctrl-C again leaves.\n")

    def _show(self, address: Address, message: str, text: str) -> None:
        if address != self._address:
            return
        self._sign.set()
        if self._at_prompt and not self._printer.open:
            self._console.write("\n")
        self._printer.show(message, text)

    def _prompt(self, *, again: bool = False) -> None:
        if self._console.interactive and self._at_prompt and (again or not self._printer.open):
            self._console.write(PROMPT)


def _address(conversation: str) -> Address:
    return Address(PLATFORM, ACCOUNT, CHANNEL, conversation)


def _new_id() -> str:
    """An id that sorts by time."""
    return f"{time.time_ns():020d}"


@contextlib.contextmanager
def _on_interrupt(act: Callable[[], None]) -> Iterator[None]:
    """Have Ctrl-C do this, and afterwards again what it did before."""
    loop = asyncio.get_running_loop()
    before = signal.getsignal(signal.SIGINT)
    try:
        loop.add_signal_handler(signal.SIGINT, act)
    except (NotImplementedError, RuntimeError, ValueError):
        # Not the main thread, or a system without: Ctrl-C stays what it was.
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, before)
