"""A platform in memory: keeps what people would see, fails as scripted."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.delivery import Draft, FileDraft, Gone, Lookup, MessageRef, Offer, Outcome, Rejected, Sent
from core.errors import FileError, PlatformError
from core.events import Asked
from core.message import Attachment, PastMessage, PastPicture
from core.outgoing import OutFile, plain_name


@dataclass
class Shown:
    """A message as people see it now, and all that it has shown; ``live`` while it has a stop button.

    One with a ``file`` shows its name; ``offer`` is what its buttons are for.
    """

    draft: Draft
    texts: list[str]
    live: bool = False
    file: OutFile | None = None
    offer: Offer | None = None

    @property
    def text(self) -> str:
        return self.texts[-1]


def fast(limit: int = 2000) -> Capabilities:
    return Capabilities(
        max_message=limit,
        measure=len,
        paces=(Pace(frozenset({Action.EDIT}), Scope.MESSAGE, per_second=200, burst=2),),
        formatting="Plain text.",
        max_file=100_000,
    )


@dataclass
class FakePlatform:
    """Implements core.ports.Platform. ``faults`` answer the next requests instead of their success.

    A fault that is a tuple ``("after", outcome)`` takes effect and then answers with the outcome.
    ``tells_keys`` makes a repeated draft the same message; without it a repeat is seen twice, which is
    what a test of the core wants to see. ``pause`` is the seconds that posts and edits take; with a
    ``gate`` they wait for it first. ``closed`` holds the channels where nothing can be written any more.
    ``blind`` is a platform that cannot be asked for what has arrived, ``is_unreadable`` one that does not
    tell what was said before.
    """

    name: str = "test"
    capabilities: Capabilities = field(default_factory=fast)
    messages: dict[str, Shown] = field(default_factory=dict)
    faults: list[Outcome | tuple[str, Outcome]] = field(default_factory=list)
    edit_faults: list[Outcome | tuple[str, Outcome]] = field(default_factory=list)
    delete_faults: list[Outcome] = field(default_factory=list)
    file_faults: list[Outcome | tuple[str, Outcome]] = field(default_factory=list)
    history: tuple[PastMessage, ...] = ()
    gallery: tuple[PastPicture, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))
    tells_keys: bool = False
    pause: float = 0.0
    gate: asyncio.Event | None = None
    blind: bool = False
    is_unreadable: bool = False
    closed: set[str] = field(default_factory=set)

    async def post(self, draft: Draft) -> Outcome:
        self.requests.append("post")
        await self._taken()
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None and not isinstance(fault, tuple):
            return fault
        refusal = self._refusal(draft.address, draft.text)
        if refusal is not None:
            return refusal
        number = self._number(draft)
        shown = self.messages.setdefault(number, Shown(draft, []))
        shown.texts.append(draft.text)
        shown.live, shown.offer = draft.live, draft.offer
        return fault[1] if fault is not None else Sent(number)

    async def post_file(self, draft: FileDraft) -> Outcome:
        self.requests.append("file")
        await self._taken()
        fault = self.file_faults.pop(0) if self.file_faults else None
        if fault is not None and not isinstance(fault, tuple):
            return fault
        if draft.address.channel in self.closed:
            return Gone("channel_closed", place=True)
        if len(draft.file.content) > self.capabilities.max_file:
            return Rejected("too_large")
        name = plain_name(draft.file.name)
        words = Draft(draft.address, draft.key, draft.turn, name, draft.reply_to, first=False)
        number = self._number(words)
        self.messages.setdefault(number, Shown(words, [words.text], file=draft.file))
        return fault[1] if fault is not None else Sent(number)

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:
        self.requests.append("edit")
        await self._taken()
        fault = self.edit_faults.pop(0) if self.edit_faults else None
        if fault is not None and not isinstance(fault, tuple):
            return fault
        refusal = self._refusal(ref.address, text)
        if refusal is not None:
            return refusal
        if ref.id not in self.messages:
            return Gone("unknown_message")
        self.messages[ref.id].texts.append(text)
        self.messages[ref.id].live, self.messages[ref.id].offer = live, ref.offer
        return fault[1] if fault is not None else Sent(ref.id)

    async def delete(self, ref: MessageRef) -> Outcome:
        self.requests.append("delete")
        if self.delete_faults:
            return self.delete_faults.pop(0)
        if ref.address.channel in self.closed:
            return Gone("channel_closed", place=True)
        self.messages.pop(ref.id, None)
        return Sent(ref.id)

    async def find(self, lookup: Lookup) -> str | None:
        self.requests.append("find")
        if self.blind:
            raise PlatformError("not now")
        return next(
            (
                number
                for number, shown in self.messages.items()
                if shown.draft.key == lookup.key and number not in lookup.claimed
            ),
            None,
        )

    async def show_working(self, address: Address) -> None:
        self.requests.append("working")

    async def show_idle(self, address: Address) -> None:
        self.idle.append(address.key)

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        if self.is_unreadable:
            raise PlatformError("not now")
        return self.history[-limit:] if limit > 0 else ()

    async def pictures(self, question: Asked, limit: int) -> tuple[PastPicture, ...]:
        self.requests.append("pictures")
        if self.blind:
            raise PlatformError("not now")
        return self.gallery[:limit]

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        content = self.files.get(attachment.locator)
        if content is None:
            raise FileError(f"{attachment.name} could not be opened.")
        if len(content) > max_bytes:
            raise FileError(f"{attachment.name} is too large.")
        return content

    def texts(self, thread: str = "t1") -> list[str]:
        """What stands in a thread now."""
        return [shown.text for shown in self.messages.values() if shown.draft.address.thread == thread]

    def remove(self, text: str) -> None:
        """A moderator takes away the message that shows a text."""
        number = next(number for number, shown in self.messages.items() if shown.text == text)
        del self.messages[number]

    async def _taken(self) -> None:
        await asyncio.sleep(self.pause)
        if self.gate is not None:
            await self.gate.wait()

    def _refusal(self, address: Address, text: str) -> Outcome | None:
        if address.channel in self.closed:
            return Gone("channel_closed", place=True)
        if self.capabilities.measure(text) > self.capabilities.max_message:
            return Rejected("too_long")
        return None if text.strip() else Rejected("empty")

    def _number(self, draft: Draft) -> str:
        known = (number for number, shown in self.messages.items() if shown.draft.key == draft.key)
        again = next(known, None) if self.tells_keys else None
        return again or str(next(self.numbers))
