"""Questions about pictures by a preset: the words that make them, and JSON that is checked."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import structlog

from core import picture_phrases, presets
from core.conversation.context import Context
from core.conversation.loop import Ears, Loop, Spoken
from core.conversation.voices import Voice
from core.errors import ModelError, ModelRejected, NoPictures, NoVision
from core.events import Asked
from core.extraction import bare, fenced, misfit
from core.filling import pictures_in
from core.presets import JSON
from core.storage import Turn
from core.transcript import Finish, Message, Role, TextPart

ONCE_MORE = "[That does not fit: {why}. Write the whole JSON once more, with this mended, and nothing else.]"

log = structlog.get_logger()


async def spoken(loop: Loop, turn: Turn, context: Context, voice: Voice, ears: Ears) -> Spoken:
    """Have the model answer, told what the presets of the questions ask for.

    What it is told stands beside the question for this answer only. Raises ``ModelError``.
    """
    questions = turn.questions + turn.joined
    told = dict.fromkeys(presets.instruction(presets.named(each.preset), each.schema) for each in questions)
    words = "\n\n".join(filter(None, told))
    if not words:
        return await loop.run(turn, context, voice, ears)
    for question in questions:
        _require_pictures(question, context, voice)
    context = context.with_messages((Message(Role.USER, (TextPart(words),), questions[0].author.name),))
    least = max(presets.named(each.preset).least for each in questions)
    context = replace(context, least_pictures=least)
    if JSON.name not in {question.preset for question in questions}:
        return await loop.run(turn, context, voice, ears)
    schema = next((question.schema for question in questions if question.preset == JSON.name), "")
    return await _Extraction(loop, turn, voice, ears, schema).run(context)


def voice_for(turn: Turn, voice: Voice) -> Voice:
    """Leave the tools out where a preset says what is done: their room in the window is the pictures'."""
    asked = turn.questions + turn.joined
    if not all(presets.named(each.preset).prompt for each in asked):
        return voice
    return replace(voice, info=replace(voice.info, tools=False))


def _require_pictures(question: Asked, context: Context, voice: Voice) -> None:
    preset = presets.named(question.preset)
    pictures = pictures_in(context.messages)
    few = picture_phrases.too_few(preset, pictures)
    if few and context.unseen:
        whole = picture_phrases.only_some_fit(pictures) if pictures else ""
        raise NoPictures(whole or picture_phrases.left_out(context.unseen, pictures))
    if few:
        raise NoVision("text only") if voice.info.vision is False else NoPictures(few)


@dataclass(frozen=True, slots=True)
class _Extraction:
    """Brings a picture into JSON: nothing is shown before it was checked, and asked for again if need be."""

    loop: Loop
    turn: Turn
    voice: Voice
    ears: Ears
    schema: str
    pieces: list[str] = field(default_factory=list)

    async def run(self, context: Context) -> Spoken:
        """Show what came in the end. Raises ``ModelError`` when nothing did."""
        # Tools have no part in it: no server holds an answer to a schema beside them.
        context = replace(context, tools=(), schema=self.schema)
        try:
            ended = await self._asked(context)
        except ModelRejected:
            # A schema that is well-formed may still be more than a server can enforce.
            if not self.schema:
                raise
            log.warning("turn.schema_in_words", turn=self.turn.id)
            context = replace(context, schema="")
            ended = await self._asked(context)
        text, why = self._checked()
        if why and text and ended.reason is not Finish.LENGTH:
            log.info("turn.asked_for_json_again", turn=self.turn.id)
            again = (Message(Role.ASSISTANT, (TextPart(text),)), _user(ONCE_MORE.format(why=why)))
            try:
                ended = await self._asked(context.with_messages(again))
            except ModelError as error:
                # Half of what was asked for is more than nothing.
                log.warning("turn.json_not_mended", kind=type(error).__name__)
            else:
                text, why = self._checked(text)
        if text:
            self.ears.say(fenced(text))
        return replace(ended, misfit=why)

    async def _asked(self, context: Context) -> Spoken:
        self.pieces.clear()
        ears = Ears(self.pieces.append, self.ears.think, self._mark, self.ears.more)
        return await self.loop.run(self.turn, context, self.voice, ears)

    def _checked(self, before: str = "") -> tuple[str, str]:
        """What was written, or else ``before``, and why it does not fit."""
        text = bare("".join(self.pieces)) or before
        return text, misfit(text, self.schema)

    def _mark(self) -> Callable[[], None]:
        begun = len(self.pieces)

        def back() -> None:
            del self.pieces[begun:]

        return back


def _user(words: str) -> Message:
    return Message(Role.USER, (TextPart(words),))
