"""Several models in order: the next one answers when one cannot."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final

import structlog

from core.errors import (
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelQuotaSpent,
    ModelRefusedKey,
    ModelTimedOut,
    ModelUnreachable,
    NoVision,
    StreamCut,
)
from core.llama.retrying import is_visible, most_telling
from core.ports import Clock, Model
from core.transcript import Finished, ImagePart, ModelEvent, ModelInfo, ModelRequest

# Failures of the server or of what stands in the settings; another model may do better. What is wrong with
# the question itself is wrong everywhere.
_SETTINGS: Final = (ModelRefusedKey, ModelMissing, ModelQuotaSpent)
_NEXT: Final = (*_SETTINGS, ModelUnreachable, ModelBusy, ModelBroke, ModelTimedOut, StreamCut, NoVision)
_REST_S: Final = 30.0
_LONG_REST_S: Final = 300.0

_log = structlog.get_logger(__name__)


class _Member:
    """One model, and until when (monotonic seconds) the others are asked before it."""

    def __init__(self, model: Model, clock: Clock) -> None:
        self.model = model
        self._clock = clock
        self._until = float("-inf")

    @property
    def rests(self) -> bool:
        return self._clock.monotonic() < self._until

    def rest(self, error: ModelError) -> None:
        """Let others be asked first for a while. A model that cannot see still reads."""
        if isinstance(error, NoVision):
            return
        pause = _LONG_REST_S if isinstance(error, _SETTINGS) else _REST_S
        if isinstance(error, ModelBusy) and error.retry_after is not None:
            pause = min(error.retry_after, _LONG_REST_S)
        self._until = self._clock.monotonic() + pause

    def works(self) -> None:
        self._until = float("-inf")


class Chain:
    """A ``Model`` made of several. Each is expected to do its own retries.

    One that failed is asked after the others for half a minute, or for five where its key, its name or its
    account is at fault. ``Finished.model`` says which one answered. Pictures never go to a member that
    cannot see while another may.
    """

    def __init__(self, models: Sequence[Model], clock: Clock) -> None:
        if not models:
            raise ValueError("a chain has at least one model")
        self._members = tuple(_Member(model, clock) for model in models)

    async def info(self) -> ModelInfo:
        """The model that would be asked first. Raises the ``ModelError`` that tells most."""
        errors: list[ModelError] = []
        for member in self._in_order():
            try:
                return await member.model.info()
            except _NEXT as error:
                _pass_over(member, error)
                errors.append(error)
        raise most_telling(errors)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer; see :class:`~core.ports.Model`. Raises the ``ModelError`` that tells most."""
        errors: list[ModelError] = []
        for member in self._in_order():
            shown = False
            try:
                info = await member.model.info()
                if await self._is_blind_to(request, info):
                    continue
                async with aclosing(member.model.stream(_fitted(request, info))) as events:
                    async for event in events:
                        shown = shown or is_visible(event)
                        if isinstance(event, Finished):
                            member.works()
                            yield replace(event, model=info.name)
                        else:
                            yield event
            except _NEXT as error:
                if shown or _is_over(error):
                    raise
                _pass_over(member, error)
                errors.append(error)
            else:
                return
        raise most_telling(errors)

    def _in_order(self) -> list[_Member]:
        return sorted(self._members, key=lambda member: member.rests)

    async def _is_blind_to(self, request: ModelRequest, info: ModelInfo) -> bool:
        """Whether the request has pictures that this model cannot see, and another perhaps can."""
        if info.vision is not False or not _has_pictures(request):
            return False
        for member in self._members:
            try:
                if (await member.model.info()).vision is not False:
                    return True
            except _NEXT as error:
                _log.debug("model.not_known", kind=type(error).__name__)
        return False


def _fitted(request: ModelRequest, info: ModelInfo) -> ModelRequest:
    """The request, made for the first in the chain, as another model can take it."""
    return replace(
        request,
        max_tokens=min(request.max_tokens, info.max_output),
        tools=request.tools if info.tools else (),
    )


def _has_pictures(request: ModelRequest) -> bool:
    return any(isinstance(part, ImagePart) for message in request.messages for part in message.parts)


def _is_over(error: ModelError) -> bool:
    return isinstance(error, ModelTimedOut) and error.waiting_for == "end"


def _pass_over(member: _Member, error: ModelError) -> None:
    member.rest(error)
    _log.warning("model.passed_over", kind=type(error).__name__)
