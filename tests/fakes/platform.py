"""A platform in memory: keeps what people would see, fails as scripted."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

from core.address import Address
from core.capabilities import Action, Capabilities, Pace, Scope
from core.delivery import Draft, Gone, Lookup, MessageRef, Outcome, Sent
from core.errors import FileError
from core.events import Asked
from core.message import Attachment, PastMessage


@dataclass
class Shown:
    """A message as people see it now, and all that it has shown."""

    draft: Draft
    texts: list[str]

    @property
    def text(self) -> str:
        return self.texts[-1]


def fast(limit: int = 2000) -> Capabilities:
    return Capabilities(
        max_message=limit,
        measure=len,
        paces=(Pace(frozenset({Action.EDIT}), Scope.MESSAGE, per_second=200, burst=2),),
        formatting="Plain text.",
    )


@dataclass
class FakePlatform:
    """Implements core.ports.Platform. ``faults`` answer the next requests instead of their success.

    A fault that is a tuple ``("after", outcome)`` takes effect and then answers with the outcome.
    """

    name: str = "test"
    capabilities: Capabilities = field(default_factory=fast)
    messages: dict[str, Shown] = field(default_factory=dict)
    faults: list[Outcome | tuple[str, Outcome]] = field(default_factory=list)
    edit_faults: list[Outcome] = field(default_factory=list)
    history: tuple[PastMessage, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    idle: list[str] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1_000_000)))

    async def post(self, draft: Draft) -> Outcome:
        await asyncio.sleep(0)
        self.requests.append("post")
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None and not isinstance(fault, tuple):
            return fault
        number = str(next(self.numbers))
        self.messages[number] = Shown(draft, [draft.text])
        return fault[1] if fault is not None else Sent(number)

    async def edit(self, ref: MessageRef, text: str) -> Outcome:
        await asyncio.sleep(0)
        self.requests.append("edit")
        if self.edit_faults:
            return self.edit_faults.pop(0)
        if ref.id not in self.messages:
            return Gone("unknown_message")
        self.messages[ref.id].texts.append(text)
        return Sent(ref.id)

    async def delete(self, ref: MessageRef) -> Outcome:
        self.requests.append("delete")
        self.messages.pop(ref.id, None)
        return Sent(ref.id)

    async def find(self, lookup: Lookup) -> str | None:
        self.requests.append("find")
        return next((id_ for id_, shown in self.messages.items() if shown.draft.key == lookup.key), None)

    async def show_working(self, address: Address) -> None:
        self.requests.append("working")

    async def show_idle(self, address: Address) -> None:
        self.idle.append(address.key)

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        return self.history[-limit:]

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        if attachment.locator not in self.files:
            raise FileError(f"{attachment.name} could not be opened.")
        return self.files[attachment.locator]

    def texts(self, thread: str = "t1") -> list[str]:
        """What stands in a thread now."""
        return [shown.text for shown in self.messages.values() if shown.draft.address.thread == thread]
