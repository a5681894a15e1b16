"""What the model reads for one turn."""

from dataclasses import dataclass, replace

import structlog

from core.address import Address
from core.errors import PlatformError
from core.message import PastMessage
from core.ports import Clock, Persona, Platform, Scene
from core.storage import Turn, TurnStore
from core.transcript import (
    FilePart,
    Image,
    ImagePart,
    Message,
    ModelInfo,
    Part,
    Role,
    TextPart,
    ToolSpec,
)
from core.window import IMAGE_TOKENS, LEAST_OUTPUT, choose, estimate, weight, weight_of_tools

ROWS = 400
PAST_MESSAGES = 50
IMAGES = 4
LEAST_BUDGET = 64
PAST_INTRO = "[What people wrote in this thread before, oldest first. It is context, not addressed to you.]"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Context:
    """Messages within the window, and the bytes of the pictures among them."""

    messages: tuple[Message, ...] = ()
    images: tuple[tuple[str, Image], ...] = ()

    def with_messages(self, messages: tuple[Message, ...]) -> "Context":
        """Put more behind it."""
        return Context((*self.messages, *messages), self.images)

    def joined_by(self, more: "Context") -> "Context":
        """Make one of two."""
        return Context((*self.messages, *more.messages), (*self.images, *more.images))


class ContextBuilder:
    """Gathers system prompt, thread and files, and keeps to the window."""

    def __init__(
        self, store: TurnStore, persona: Persona, clock: Clock, tools: tuple[ToolSpec, ...] = ()
    ) -> None:
        self._store = store
        self._tools = tools
        self._persona = persona
        self._clock = clock

    async def build(self, turn: Turn, platform: Platform, info: ModelInfo) -> Context:
        """Read what is stored of the thread and choose what fits."""
        scene = Scene(self._clock.now(), turn.questions[0].place, platform.capabilities.formatting, info)
        system = Message(Role.SYSTEM, (TextPart(self._persona.prompt(scene)),))
        window = info.window - weight(system) - (weight_of_tools(self._tools) if info.tools else 0)
        rows = _named(await self._store.transcript(turn.address, ROWS))
        rows = _pictures(rows, info, keep=min(IMAGES, max(1, (window - LEAST_OUTPUT) // IMAGE_TOKENS)))
        # Pictures are paid for out of the room for the answer.
        answer = min(info.max_output, LEAST_OUTPUT) if _has_picture(rows) else info.max_output
        budget = max(window - answer, LEAST_BUDGET)
        past = await self._past(turn.address, platform, budget - sum(map(weight, rows)))
        if past:
            rows = (Message(Role.USER, (TextPart(past),)), *rows)
        chosen = _merged(choose(rows, budget))
        hashes = tuple(
            part.sha256 for message in chosen for part in message.parts if isinstance(part, ImagePart)
        )
        return Context((system, *chosen), await self._store.images(hashes))

    async def _past(self, address: Address, platform: Platform, room: int) -> str:
        """Quote the newest of what people wrote before, within ``room`` tokens."""
        first = await self._store.joined_midway(address)
        if first is None:
            return ""
        try:
            past = await platform.past(first, PAST_MESSAGES)
        except PlatformError as error:
            log.warning("context.no_past", thread=address.key, error=str(error))
            return ""
        left = room - weight(Message(Role.USER, (TextPart(PAST_INTRO),)))
        lines: list[str] = []
        for line in map(_quoted, reversed(past)):
            left -= estimate(line) + 1
            if left < 0:
                break
            lines.append(line)
        return "\n".join([PAST_INTRO, *reversed(lines)]) if lines else ""


def _quoted(message: PastMessage) -> str:
    return f"{message.author.name}: {message.text}"


def _named(rows: tuple[Message, ...]) -> tuple[Message, ...]:
    """Put the names before the words once several people speak."""
    people = {row.author for row in rows if row.role is Role.USER}
    if len(people) < 2:  # noqa: PLR2004 - two make several
        return rows
    return tuple(
        replace(row, parts=(TextPart(f"[{row.author} says]"), *row.parts)) if row.role is Role.USER else row
        for row in rows
    )


def _pictures(rows: tuple[Message, ...], info: ModelInfo, keep: int) -> tuple[Message, ...]:
    """Keep the newest pictures for a model that sees; the others become a word about them."""
    left = keep if info.vision is not False else 0
    done: list[Message] = []
    for row in reversed(rows):
        parts: list[Part] = []
        for part in reversed(row.parts):
            if isinstance(part, ImagePart) and left <= 0:
                parts.append(
                    FilePart(part.name, "", note=f"[picture {part.name}, {part.width}x{part.height}]")
                )
                continue
            left -= isinstance(part, ImagePart)
            parts.append(part)
        done.append(replace(row, parts=tuple(reversed(parts))))
    return tuple(reversed(done))


def _has_picture(rows: tuple[Message, ...]) -> bool:
    return any(isinstance(part, ImagePart) for row in rows for part in row.parts)


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
