"""What somebody adds while they are being answered: read as any question is, and people told of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.conversation.attachments import Attachments, Brought
from core.conversation.context import Context, ContextBuilder
from core.conversation.voices import Voice
from core.events import Asked
from core.filling import without_pictures
from core.ports import Platform
from core.storage import Turn
from core.transcript import Image, Message, Part, Role


@dataclass(frozen=True, slots=True)
class Hearing:
    """Reads what joins one turn. ``tell`` says to people which files were not read, or not whole."""

    attachments: Attachments
    context: ContextBuilder
    tell: Callable[[Brought, Sequence[str]], None]

    async def of(self, turn: Turn, platform: Platform, voice: Voice, asked: Sequence[Asked]) -> Context:
        """Read the questions that joined, as one message: some templates want the roles to alternate."""
        said: list[Part] = []
        pictures: list[tuple[str, Image]] = []
        for question in asked:
            brought = await self.attachments.of_question(turn, platform, question)
            leaves = await self.context.joining(turn, question, voice, brought)
            self.tell(brought, leaves.said)
            is_blind = voice.info.vision is False
            rows = map(without_pictures, leaves.rows) if is_blind else leaves.rows
            said.extend(part for row in rows for part in row.parts)
            pictures.extend(() if is_blind else brought.images)
        messages = (Message(Role.USER, tuple(said), turn.questions[0].author.name),) if said else ()
        return Context(messages, tuple(pictures))
