"""What the model reads for one turn."""

import asyncio
from dataclasses import dataclass, replace
from typing import Protocol

from core import picture_phrases
from core.address import Address
from core.conversation.attachments import Brought
from core.conversation.document_tools import Reach
from core.conversation.excerpting import Asking, excerpts_for
from core.conversation.leafing import Leafed, has_files, leafed
from core.conversation.past import past_before
from core.conversation.pointing import meant, pointed
from core.conversation.voices import Voice
from core.documents import DocumentStore, KeptDocument, told_apart
from core.events import Asked
from core.filling import PICTURES, Filled, Material, Room, fill
from core.message import PastMessage
from core.ports import Clock, Persona, Platform, Scene
from core.presets import named as preset_named
from core.shortening import squeezed
from core.storage import Turn, TurnStore
from core.thread_memory import Pin, RecallStore
from core.tools.permitted import PermittedTools
from core.transcript import Image, ImagePart, Message, ModelInfo, Part, Role, TextPart, ToolSpec
from core.window import FRAME, LEAST_OUTPUT, ROUGH, Counter, Remembered, newest, weight_of, weight_of_tools

ROWS = 400
LEAST_BUDGET = 64
# The share of what the model reads that documents may have.
OF_DOCUMENTS = 0.5
# More characters than this are counted beside the loop.
MANY_CHARACTERS = 50_000


class ContextStore(TurnStore, RecallStore, DocumentStore, Protocol):
    """What of the store a context is read from."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the model reads, and the bytes of the pictures among it.

    ``current`` is the question, and what was said and called since. ``head`` (the system prompt, pinned
    facts, a summary) stays through everything, ``earlier`` goes first. ``tools`` are those whose
    description fits. ``toolbox`` runs the calls where the thread's documents bring tools of their own,
    ``said`` are sentences for people on what was read of them. ``schema`` is a JSON Schema as JSON text
    that the answer has to follow. ``unseen`` names pictures that were asked about and have no room; with
    fewer than ``least_pictures`` the model is not to be asked.
    """

    current: tuple[Message, ...] = ()
    images: tuple[tuple[str, Image], ...] = ()
    head: tuple[Message, ...] = ()
    earlier: tuple[Message, ...] = ()
    tools: tuple[ToolSpec, ...] = ()
    toolbox: PermittedTools | None = None
    said: tuple[str, ...] = ()
    schema: str = ""
    unseen: tuple[str, ...] = ()
    least_pictures: int = 0

    @property
    def messages(self) -> tuple[Message, ...]:
        """All of it, roles alternating."""
        return _merged((*self.head, *self.earlier, *self.current))

    def with_messages(self, messages: tuple[Message, ...]) -> "Context":
        """Put more behind it."""
        return replace(self, current=(*self.current, *messages))

    def joined_by(self, more: "Context") -> "Context":
        """Let what was asked since join."""
        return replace(
            self, current=(*self.current, *more.current), images=_distinct((*self.images, *more.images))
        )


def within(context: Context, tokens: int, counter: Counter = ROUGH) -> Context:
    """Make the messages fit into ``tokens``, the tools not counted.

    Earlier rows go first, the oldest first, a tool call with its result. Then what tools said and files
    are shortened, then words; the newest question keeps its beginning and its end.
    """
    counter = Remembered(counter)
    room = max(tokens - weight_of(context.head, counter), LEAST_BUDGET)
    left = room - weight_of(context.current, counter)
    current = context.current if left >= 0 else squeezed(context.current, room, counter)
    earlier = newest(context.earlier, left, counter)
    return _with_its_pictures(replace(context, earlier=earlier, current=current))


def for_next_call(context: Context, info: ModelInfo, counter: Counter = ROUGH) -> Context:
    """Make what has grown while tools ran fit once more, with the least room for an answer."""
    least = min(LEAST_OUTPUT, info.max_output, info.window // 2)
    tools = weight_of_tools(context.tools, counter)
    return within(context, info.window - FRAME - least - tools, counter)


def halved(context: Context, counter: Counter = ROUGH) -> Context:
    """Leave half of the rows, by weight, for a server that refused the whole as too long."""
    rows = weight_of((*context.earlier, *context.current), counter)
    return within(context, weight_of(context.head, counter) + rows // 2, counter)


class ContextBuilder:
    """Gathers system prompt, thread and files, and keeps to the window."""

    def __init__(self, store: ContextStore, persona: Persona, clock: Clock, reach: Reach) -> None:
        self._store = store
        self._reach = reach
        self._persona = persona
        self._clock = clock

    async def build(
        self, turn: Turn, platform: Platform, voice: Voice, brought: frozenset[int] = frozenset()
    ) -> Context:
        """Read what is stored of the thread and choose what fits; ``brought`` are documents that came now."""
        info = voice.info
        scene = Scene(
            self._clock.now(),
            turn.questions[0].place,
            platform.capabilities.formatting,
            info,
            voice.persona,
        )
        memory = await self._store.memory(turn.address, ROWS)
        summary = memory.summary.text if memory.summary else ""
        messages = tuple(row.message for row in memory.rows)
        documents: tuple[KeptDocument, ...] = ()
        if brought or summary or has_files(messages):
            documents = told_apart(await self._store.documents(turn.address))
        messages = pointed(messages, turn, await self._pictures_about(turn))
        leaves = await self._leafed(turn, messages, voice, documents, brought)
        toolbox = self._reach.tools(voice, turn.address, documents)
        material = Material(
            system=self._persona.prompt(scene),
            rows=named(leaves.rows, always=bool(summary)),
            asking=len(turn.questions) + len(turn.joined),
            tools=toolbox.specs if info.tools else (),
            pins=tuple(map(_pinned, memory.pins)),
            summary=summary,
            past=await self._past(turn.address, platform),
        )
        filled = await _filled(material, room_of(info), voice.counter)
        context = Context((), (), filled.head, filled.earlier, filled.tools).with_messages(filled.current)
        wanted = () if info.vision is False else meant(leaves.rows, turn)
        unseen = _unseen(wanted, context)
        return replace(
            context,
            images=await self._store.images(_hashes(context.messages)),
            toolbox=toolbox,
            said=(*leaves.said, *_said_of(unseen, len(wanted) - len(unseen), turn)),
            unseen=unseen,
        )

    async def joining(self, turn: Turn, question: Asked, voice: Voice, brought: Brought) -> Leafed:
        """Read a question that joins while its turn is answered, with what matters of its documents."""
        rows = (Message(Role.USER, (TextPart(question.text), *brought.parts), question.author.name),)
        if not brought.documents:
            return Leafed(rows)
        documents = told_apart(await self._store.documents(turn.address))
        alone = replace(turn, questions=(question,), joined=())
        return await self._leafed(alone, rows, voice, documents, brought.documents)

    async def _pictures_about(self, turn: Turn) -> tuple[ImagePart, ...]:
        """Find the pictures of answers of ours below which something was asked."""
        found: dict[str, ImagePart] = {}
        for about in {question.about: None for question in turn.questions + turn.joined if question.about}:
            pictures = await self._store.pictures_about(turn.address, about)
            found.update((picture.sha256, picture) for picture in pictures)
        return tuple(found.values())

    async def _leafed(
        self,
        turn: Turn,
        rows: tuple[Message, ...],
        voice: Voice,
        documents: tuple[KeptDocument, ...],
        brought: frozenset[int],
    ) -> Leafed:
        """Put what matters of the thread's documents to the question."""
        if not documents:
            return Leafed(rows)
        asked = "\n".join(question.text for question in turn.questions + turn.joined)
        budget = int(room_of(voice.info).tokens * OF_DOCUMENTS)
        asking = Asking(asked, budget, brought, voice.counter)
        made = await excerpts_for(self._store, turn.address, documents, asking)
        if made:
            numbers = tuple(one.document.id for one in made)
            await self._store.documents_used(turn, numbers, self._clock.now())
        return leafed(rows, made, len(turn.questions) + len(turn.joined))

    async def _past(self, address: Address, platform: Platform) -> tuple[str, ...]:
        """Read what people wrote before."""
        first = await self._store.joined_midway(address)
        return () if first is None else tuple(map(_quoted, await past_before(first, platform)))


def room_of(info: ModelInfo) -> Room:
    """Tokens for what the model reads: the window without the answer.

    Pictures may have of the answer's room what is above the least.
    """
    answer = min(info.max_output, info.window // 2)
    tokens = max(info.window - FRAME - answer, LEAST_BUDGET)
    pictures = 0 if info.vision is False else min(PICTURES, info.most_pictures)
    return Room(tokens, max(answer - LEAST_OUTPUT, 0), pictures)


def named(rows: tuple[Message, ...], *, always: bool = False) -> tuple[Message, ...]:
    """Put the names before the words once several people speak, or may have spoken."""
    people = {row.author for row in rows if row.role is Role.USER}
    if len(people) < 2 and not always:  # noqa: PLR2004 - two make several
        return rows
    return tuple(
        replace(row, parts=(TextPart(f"[{row.author} says]"), *row.parts)) if row.role is Role.USER else row
        for row in rows
    )


async def _filled(material: Material, room: Room, counter: Counter) -> Filled:
    size = sum(len(getattr(part, "text", "")) for row in material.rows for part in row.parts)
    if size > MANY_CHARACTERS:
        return await asyncio.to_thread(fill, material, room, counter)
    return fill(material, room, counter)


def _quoted(message: PastMessage) -> str:
    return f"{message.author.name}: {message.text}"


def _pinned(pin: Pin) -> str:
    return f"{pin.text} (said by {pin.by})"


def _hashes(rows: tuple[Message, ...]) -> tuple[str, ...]:
    return tuple(part.sha256 for row in rows for part in row.parts if isinstance(part, ImagePart))


def _unseen(wanted: tuple[ImagePart, ...], context: Context) -> tuple[str, ...]:
    """Name the pictures that are not among what the model reads."""
    shown = list(_hashes(context.messages))
    left_out: list[str] = []
    # Of one that was sent twice the later is shown.
    for picture in reversed(wanted):
        if picture.sha256 in shown:
            shown.remove(picture.sha256)
        else:
            left_out.append(picture.name)
    return tuple(reversed(left_out))


def _said_of(unseen: tuple[str, ...], shown: int, turn: Turn) -> tuple[str, ...]:
    """Say which pictures are not looked at, where an answer comes of the others or of the words."""
    presets = [preset_named(question.preset) for question in turn.questions + turn.joined]
    is_asked = any(not preset.prompt for preset in presets) or shown >= max(each.least for each in presets)
    return (picture_phrases.left_out(unseen, shown),) if unseen and is_asked else ()


def _with_its_pictures(context: Context) -> Context:
    shown = set(_hashes(context.messages))
    return replace(context, images=tuple(pair for pair in context.images if pair[0] in shown))


def _distinct(images: tuple[tuple[str, Image], ...]) -> tuple[tuple[str, Image], ...]:
    return tuple(dict(images).items())


def _merged(rows: tuple[Message, ...]) -> tuple[Message, ...]:
    """Join neighbours of one role: some chat templates want the roles to alternate."""
    merged: list[Message] = []
    for row in rows:
        if merged and merged[-1].role is row.role:
            merged[-1] = replace(merged[-1], parts=(*merged[-1].parts, *row.parts))
        else:
            merged.append(row)
    return tuple(replace(row, parts=_spoken(row.parts)) for row in merged)


def _spoken(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Leave out empty texts beside other parts."""
    kept = tuple(part for part in parts if not (isinstance(part, TextPart) and not part.text.strip()))
    return kept or parts
