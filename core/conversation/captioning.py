"""Alt texts for the newest pictures of a channel: each picture looked at by itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from core import picture_phrases, presets
from core.conversation.context import Context
from core.conversation.loop import Ears, Loop, Spoken
from core.conversation.voices import Voice
from core.errors import NoPictures, NoVision, PlatformError
from core.events import Asked
from core.files.reader import Prepared
from core.message import Attachment, PastPicture
from core.ports import Platform
from core.presets import ALT
from core.storage import Turn
from core.transcript import FilePart, Finish, ImagePart, Message, Part, Role, TextPart

Fetch = Callable[[Attachment, int], Awaitable[bytes]]
ReadFiles = Callable[[tuple[Attachment, ...], Fetch], Awaitable[tuple[Prepared, ...]]]

log = structlog.get_logger()


def wanted(turn: Turn) -> Asked | None:
    """The question of a turn that is about what stands in the channel already, if there is one."""
    return next((asked for asked in turn.questions if asked.looks_back), None)


@dataclass(frozen=True, slots=True)
class Captioning:
    """Writes one line for each picture, as soon as it is there; nothing of them is kept but the lines."""

    loop: Loop
    read: ReadFiles
    platform: Platform
    voice: Voice
    ears: Ears

    async def spoken(self, turn: Turn, question: Asked) -> Spoken:
        """Find the pictures and have each described. Raises ``ModelError``, also when there is none.

        A model that reads text only is asked nothing, and nothing is looked for.
        """
        if self.voice.info.vision is False:
            raise NoVision("text only")
        try:
            found = await self.platform.pictures(question, question.looks_back)
        except PlatformError as error:
            log.warning("turn.no_pictures", turn=turn.id, error=str(error))
            raise NoPictures(picture_phrases.PAST_UNREADABLE) from error
        if not found:
            raise NoPictures(picture_phrases.NO_PAST_PICTURES)
        spoken = Spoken(Finish.STOP, is_silent=False)
        for picture in found:
            name = picture.attachment.name
            text, spoken = await self._caption(turn, question, picture, spoken)
            self.ears.say(picture_phrases.captioned(name, picture.link, text))
        return spoken

    async def _caption(
        self, turn: Turn, question: Asked, picture: PastPicture, before: Spoken
    ) -> tuple[str, Spoken]:
        (prepared,) = await self.read((picture.attachment,), self.platform.read)
        images = tuple(part for part in prepared.parts if isinstance(part, ImagePart))
        if not images:
            notes = (part.note for part in prepared.parts if isinstance(part, FilePart))
            return " ".join(filter(None, notes)) or picture_phrases.NOT_A_PICTURE, before
        asked: tuple[Part, ...] = (TextPart(question.text), *images, TextPart(presets.instruction(ALT)))
        said = Message(Role.USER, asked, question.author.name)
        context = Context((said,), prepared.images, least_pictures=1)
        pieces: list[str] = []
        ears = Ears(pieces.append, self.ears.think, lambda: pieces.clear, self.ears.more)
        spoken = await self.loop.run(turn, context, self.voice, ears)
        return "".join(pieces).strip() or picture_phrases.NO_WORDS, spoken
