"""What somebody adds while they are being answered: read as any question is, and people told of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.conversation.attachments import Attachments, Brought
from core.conversation.context import Context, ContextBuilder
from core.conversation.voices import Voice
from core.events import Asked
from core.ports import Platform
from core.storage import Turn
from core.transcript import FilePart, Image, ImagePart, Message, Part, Role

NOT_SHOWN = "a picture, not shown here"


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
            parts = (part for row in leaves.rows for part in row.parts)
            said.extend(_unshown(part) if is_blind else part for part in parts)
            pictures.extend(() if is_blind else brought.images)
        messages = (Message(Role.USER, tuple(said), turn.questions[0].author.name),) if said else ()
        return Context(messages, tuple(pictures))


def _unshown(part: Part) -> Part:
    return FilePart(part.name, "", NOT_SHOWN) if isinstance(part, ImagePart) else part
