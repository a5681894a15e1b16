"""The answer to a turn: a refusal, a command's reply, or what the model says."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

import structlog

from core import phrases, picture_phrases
from core.conversation import captioning, picturing
from core.conversation.accounts import Accounts
from core.conversation.attachments import Attachments, Brought
from core.conversation.captioning import Captioning
from core.conversation.checking import MODERATED, WITHHELD, Checking
from core.conversation.context import Context, ContextBuilder
from core.conversation.following import FollowUp, FollowUps
from core.conversation.gate import Gate
from core.conversation.hearing import Hearing
from core.conversation.loop import Ears, Loop, Spoken
from core.conversation.mouth import HeldMouth
from core.conversation.permits import NOT_ALLOWED, Permit, Permits
from core.conversation.reply import Reply
from core.conversation.sharing import share
from core.conversation.thoughts import Thoughts
from core.conversation.voices import Voice, Voices
from core.errors import BudgetSpent, ModelError, ModelForbidden, NoVision
from core.events import Asked
from core.llama.line import ASKER
from core.ports import Clock, Commands, Library, Platform
from core.storage import Answer, PostStore, Turn, TurnState, TurnStore
from core.transcript import (
    FilePart,
    Finish,
    ImagePart,
    ModelInfo,
    Part,
    Role,
)

log = structlog.get_logger()


class AnsweringStore(TurnStore, PostStore, Library, Protocol):
    """What answers are made from."""


@dataclass(frozen=True, slots=True)
class Answering:
    """Makes answers; ``slots`` bounds how many model calls run at once."""

    voices: Voices
    loop: Loop
    context: ContextBuilder
    gate: Gate
    commands: Commands
    permits: Permits
    accounts: Accounts
    store: AnsweringStore
    attachments: Attachments
    slots: asyncio.Semaphore
    follow_ups: FollowUps
    clock: Clock
    checking: Checking = field(default_factory=Checking)

    async def answer(self, turn: Turn, platform: Platform, reply: Reply) -> Answer:
        """Answer into the reply; the value is what to remember of it. Raises ``StoreError``."""
        ASKER.set(turn.address.key)
        question = turn.questions[0]
        if (command := self.commands.recognise(question.text)) is not None:
            sentence = await self.commands.run(
                command[0], turn.address, question.author, command[1], question.parent
            )
            return _notice(reply, sentence, TurnState.DONE)
        permit = await self.permits.of(turn)
        if not permit.decision.answers.value:
            sentence = await self.permits.turned_away(turn, permit)
            return replace(_notice(reply, sentence, TurnState.REFUSED), error=NOT_ALLOWED)
        if question.shared is not None:
            return await share(self.store, question, question.shared, reply, self.clock.now())
        return await self._answer(await self._with_more(turn), platform, reply, permit)

    async def _answer(self, turn: Turn, platform: Platform, reply: Reply, permit: Permit) -> Answer:
        """Refuse, or ask the model."""
        if not any(map(_may_be_answered, turn.questions + turn.joined)):
            return _notice(reply, phrases.EMPTY_QUESTION, TurnState.DONE)
        try:
            voice = await self.voices.of(turn.address, permit.decision)
        except ModelError as error:
            return await self._without_voice(turn, reply, permit, error)
        if (refusal := await self._refusal(turn, permit, voice)) is not None:
            return _notice(reply, refusal, TurnState.REFUSED)
        brought = await self.attachments.of_turn(turn, platform)
        if (unreadable := _unreadable(turn, brought, voice.info)) is not None:
            return _notice(reply, unreadable, TurnState.DONE)
        if (refusal := await self.checking.refusal(*_written(turn, brought.parts))) is not None:
            return replace(_notice(reply, refusal, TurnState.REFUSED), error=MODERATED)
        voice = replace(voice, model=self.accounts.of_answer(turn, permit.principal, voice))
        return await self._ask(turn, platform, reply, voice, brought)

    async def _without_voice(self, turn: Turn, reply: Reply, permit: Permit, error: ModelError) -> Answer:
        """Say that nobody is there to answer, or may."""
        if not isinstance(error, ModelForbidden):
            return _failed(reply, error)
        sentence = await self.permits.without_model(turn, permit)
        return replace(_notice(reply, sentence, TurnState.REFUSED), error=type(error).__name__)

    async def _refusal(self, turn: Turn, permit: Permit, voice: Voice) -> str | None:
        """Say why nothing is answered now, if so; empty for somebody who was told a while ago."""
        matter, refusal = "asked too often", await self.gate.refusal(turn, permit.decision)
        if refusal is None:
            matter, refusal = "budget", await self.accounts.refusal(permit.principal, voice)
        if refusal is None:
            return None
        return refusal if await self.permits.is_due(turn, permit.principal, matter) else ""

    async def _ask(
        self, turn: Turn, platform: Platform, reply: Reply, voice: Voice, brought: Brought
    ) -> Answer:
        info = voice.info
        _remark(reply, [*brought.notes, *_unseen(brought, info)])
        thoughts = Thoughts(reply, is_shown=voice.shows_reasoning)
        held = HeldMouth(thoughts) if self.checking.reads_output else None
        more = partial(self._hear, turn, platform, reply, voice)
        if held is None:
            ears = Ears(thoughts.over, thoughts.take, reply.mark, more)
        else:
            ears = Ears(held.say, held.think, held.mark, more)
        spoken = await self._spoken(turn, platform, reply, voice, brought, ears)
        if held is not None:
            made = [post.file.alt for post in await self.store.posts(turn) if post.file is not None]
            written = "\n\n".join((held.text, *made))
            if (sentence := await self.checking.withheld(written, _asked(turn))) is not None:
                return _withheld(reply, sentence, info, spoken)
            held.let_go()
        if isinstance(spoken, ModelError):
            pictures = tuple(part for part in brought.parts if isinstance(part, ImagePart))
            return _failed(reply, spoken, info, pictures)
        return _finished(reply, info, spoken)

    async def _spoken(
        self, turn: Turn, platform: Platform, reply: Reply, voice: Voice, brought: Brought, ears: Ears
    ) -> Spoken | ModelError:
        try:
            async with self.slots:
                if (asked := captioning.wanted(turn)) is not None:
                    read = self.attachments.read
                    return await Captioning(self.loop, read, platform, voice, ears).spoken(turn, asked)
                voice = picturing.voice_for(turn, voice)
                # Read only now: what was deleted while it waited for a slot is not sent to the model.
                context = await self.context.build(turn, platform, voice, brought.documents)
                _remark(reply, context.said)
                voice = replace(voice, tools=context.toolbox or voice.tools)
                return await picturing.spoken(self.loop, turn, context, voice, ears)
        except ModelError as error:
            return error

    async def _with_more(self, turn: Turn) -> Turn:
        """A turn that is taken up again answers what its author has written since, too."""
        if turn.attempt == 1 or self._way(turn) is FollowUp.QUEUE:
            return turn
        joined = await self.store.join(turn, self.clock.now())
        return replace(turn, joined=(*turn.joined, *joined))

    def _way(self, turn: Turn) -> FollowUp:
        return self.follow_ups.of(turn.address, turn.questions[-1].parent)

    async def _hear(self, turn: Turn, platform: Platform, reply: Reply, voice: Voice) -> Context:
        """Let what the author has written meanwhile join, before the model is called again."""
        if self._way(turn) is not FollowUp.STEER or self.checking.reads_input:
            # What is checked first waits for a turn of its own.
            return Context()

        def tell(brought: Brought, said: Sequence[str]) -> None:
            _remark(reply, [*brought.notes, *_unseen(brought, voice.info), *said])

        asked = await self.store.join(turn, self.clock.now())
        return await Hearing(self.attachments, self.context, tell).of(turn, platform, voice, asked)


def _written(turn: Turn, parts: tuple[Part, ...]) -> tuple[str, ...]:
    """Everything that people wrote and sent, as texts."""
    asked = (question.text for question in turn.questions + turn.joined)
    files = (f"{part.name}\n{part.text}" for part in parts if isinstance(part, FilePart))
    return tuple(text for text in (*asked, *files) if text.strip())


def _may_be_answered(asked: Asked) -> bool:
    """Whether it says or shows something, or stands below what others may have shown."""
    return bool(asked.text.strip() or asked.attachments or asked.joined_midway)


def _asked(turn: Turn) -> str:
    return "\n\n".join(question.text for question in turn.questions + turn.joined)


def _unreadable(turn: Turn, brought: Brought, info: ModelInfo) -> str | None:
    """Say why there is nothing to ask the model, if so."""
    parts = brought.parts
    pictures = [part for part in parts if isinstance(part, ImagePart)]
    has_text = any(isinstance(part, FilePart) and part.text for part in parts)
    is_of_texts = has_text and all(part.sha256 in brought.drawn for part in pictures)
    has_words = any(asked.text.strip() for asked in turn.questions + turn.joined)
    # A reply may be about the words above a picture.
    is_of_words = has_words and all(part.sha256 in brought.carried for part in pictures)
    if pictures and info.vision is False and not (is_of_texts or is_of_words):
        return phrases.no_vision(info.name, tuple(part.name for part in pictures))
    readable = any(
        isinstance(part, ImagePart) or (isinstance(part, FilePart) and part.text) for part in parts
    )
    if not has_words and not readable:
        return "\n".join(brought.notes) or phrases.EMPTY_QUESTION
    return None


def _unseen(brought: Brought, info: ModelInfo) -> list[str]:
    """Say which pages of documents a model that reads text only was not shown."""
    names = tuple(part.name for part in brought.parts if isinstance(part, ImagePart))
    return [phrases.not_looked_at(info.name, names)] if names and info.vision is False else []


def _remark(reply: Reply, notes: Sequence[str]) -> None:
    if notes:
        reply.remark("".join(f"> {note}\n" for note in notes) + "\n")


def _notice(reply: Reply, sentence: str, ending: TurnState) -> Answer:
    reply.remark(sentence)
    return Answer(Role.NOTICE, sentence, ending)


def _failed(
    reply: Reply, error: ModelError, info: ModelInfo | None = None, pictures: tuple[ImagePart, ...] = ()
) -> Answer:
    log.warning("turn.model_failed", kind=type(error).__name__, reason=str(error))
    kind = type(error).__name__
    if reply.answer.strip():
        reply.remark(f"\n\n{phrases.cut_off(error.told)}")
        return Answer(Role.ASSISTANT, reply.answer, TurnState.FAILED, error=kind)
    if isinstance(error, NoVision) and info is not None and pictures:
        names = tuple(picture.name for picture in pictures)
        return _notice(reply, phrases.no_vision(info.name, names), TurnState.FAILED)
    reply.remark(error.told)
    ending = TurnState.REFUSED if isinstance(error, BudgetSpent) else TurnState.FAILED
    return Answer(Role.NOTICE, error.told, ending, error=kind)


def _withheld(reply: Reply, sentence: str, info: ModelInfo, spoken: Spoken | ModelError) -> Answer:
    reply.remark(sentence)
    if isinstance(spoken, ModelError):
        return Answer(Role.NOTICE, sentence, TurnState.FAILED, error=WITHHELD)
    name = spoken.model or info.name
    return Answer(Role.NOTICE, sentence, TurnState.FAILED, name, error=WITHHELD)


def _finished(reply: Reply, info: ModelInfo, spoken: Spoken) -> Answer:
    name = spoken.model or info.name
    if not reply.answer.strip():
        sentence = phrases.EMPTY_ANSWER
        reply.remark(sentence)
        return Answer(Role.NOTICE, sentence, TurnState.FAILED, name, error="empty", brings_files=True)
    if spoken.misfit:
        # Remembered, too: a follow-up may ask to mend it, and whoever it is shown to reads it.
        reply.grow(f"\n\n{picture_phrases.not_by_schema(spoken.misfit)}")
    if spoken.reason is Finish.LENGTH:
        reply.remark(f"\n\n{phrases.AT_LENGTH}")
    elif spoken.is_silent:
        reply.remark(f"\n\n{phrases.NOTHING_MORE}")
    return Answer(Role.ASSISTANT, reply.answer, TurnState.DONE, name, brings_files=True)
