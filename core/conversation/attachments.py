"""The files of a turn's questions: read, and kept with them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from core.conversation.past import past_before
from core.documents import DocumentStore
from core.events import Asked
from core.files.reader import Prepared
from core.message import Attachment
from core.ports import Clock, Platform
from core.storage import Turn, TurnStore
from core.transcript import FilePart, Image, Part, TextPart

# How many of the files are read that stood in a thread before.
EARLIER_MOST = 4

ReadFiles = Callable[
    [tuple[Attachment, ...], Callable[[Attachment, int], Awaitable[bytes]]], Awaitable[tuple[Prepared, ...]]
]


class AttachmentStore(TurnStore, DocumentStore, Protocol):
    """Where files are kept."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What files came to: ``parts`` of the question, bytes of its pictures, numbers of its documents.

    ``drawn`` are the hashes of pictures that are pages of documents, ``carried`` of those that others had
    posted before. ``notes`` tell people what was not read of their files, or not whole.
    """

    parts: tuple[Part, ...] = ()
    images: tuple[tuple[str, Image], ...] = ()
    documents: frozenset[int] = frozenset()
    drawn: frozenset[str] = frozenset()
    carried: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def __add__(self, other: "Brought") -> "Brought":
        """Put those of another question behind."""
        return Brought(
            (*self.parts, *other.parts),
            (*self.images, *other.images),
            self.documents | other.documents,
            self.drawn | other.drawn,
            self.carried | other.carried,
            (*self.notes, *other.notes),
        )


@dataclass(frozen=True, slots=True)
class Attachments:
    """Reads files where they can do no harm, and keeps what they came to."""

    store: AttachmentStore
    read: ReadFiles
    clock: Clock

    async def of_turn(self, turn: Turn, platform: Platform) -> Brought:
        """Read the files of all its questions. Raises ``StoreError``."""
        brought = Brought()
        for question in turn.questions + turn.joined:
            brought += await self.of_question(turn, platform, question)
        return brought

    async def of_question(self, turn: Turn, platform: Platform, question: Asked) -> Brought:
        """Read the files of one question, or those that it found in its thread. Raises ``StoreError``."""
        earlier = await self._earlier(question, platform)
        files = (*question.attachments, *earlier)
        if not files:
            return Brought()
        prepared = await self.read(files, platform.read)
        images = tuple(image for item in prepared for image in item.images)
        documents: set[int] = set()
        parts: list[Part] = []
        for item in prepared:
            number = await self._keep(turn, question, item)
            parts.extend(item.parts if number is None else _whole(item, number))
            documents.update(() if number is None else (number,))
        await self.store.keep_parts(turn, question, (TextPart(question.text), *parts), images)
        drawn = (sha256 for item in prepared if item.document is not None for sha256, _ in item.images)
        theirs = prepared[len(question.attachments) - question.carried :]
        carried = (sha256 for item in theirs for sha256, _ in item.images)
        # Whoever asks did not send what was there before, and may mean something else.
        notes = (part.note for part in parts if isinstance(part, FilePart) and (part.text or not earlier))
        return Brought(
            tuple(parts),
            images,
            frozenset(documents),
            frozenset(drawn),
            frozenset(carried),
            tuple(filter(None, notes)),
        )

    async def _earlier(self, question: Asked, platform: Platform) -> tuple[Attachment, ...]:
        """Find the newest files that stood in a thread before its first question, which has none itself."""
        if question.attachments or question.preset or question.looks_back or not question.joined_midway:
            return ()
        first = await self.store.joined_midway(question.address)
        if first is None or first.key != question.key:
            return ()
        past = await past_before(first, platform)
        return tuple(file for message in past for file in message.attachments)[-EARLIER_MOST:]

    async def _keep(self, turn: Turn, question: Asked, item: Prepared) -> int | None:
        """Keep a document, so that what matters of it is found; its number."""
        if item.document is None:
            return None
        return await self.store.keep_document(
            turn, question, item.name, item.sha256, item.document, self.clock.now()
        )


def _whole(item: Prepared, number: int) -> tuple[Part, ...]:
    """The parts of a document that is kept whole: only what was never read of it is missing."""
    told = " ".join(item.document.notes) if item.document is not None else ""
    return tuple(
        replace(part, note=told, document=number) if isinstance(part, FilePart) else part
        for part in item.parts
    )
