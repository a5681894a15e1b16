"""The operator's check of what people ask and of what the model answers."""

from dataclasses import dataclass

import structlog

from core import phrases
from core.errors import ModelError
from core.ports import Moderation, Moderator

# What a turn that was not let pass ends with; its questions are never read to the model.
MODERATED = "moderated"
WITHHELD = "withheld"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Checking:
    """Asks the moderator, if there is one. ``fails_open`` lets pass what could not be checked."""

    moderator: Moderator | None = None
    reads_input: bool = False
    reads_output: bool = False
    fails_open: bool = False

    async def refusal(self, *texts: str) -> str | None:
        """Say why what somebody wrote does not reach the model; ``None`` where it may."""
        if not self.reads_input:
            return None
        try:
            found = await self._check(texts)
        except ModelError:
            return None if self.fails_open else phrases.NOT_CHECKED
        return phrases.question_refused(found.categories) if found.flagged else None

    async def withheld(self, text: str, asked: str) -> str | None:
        """Say why an answer is not shown; ``None`` where it may be."""
        if not self.reads_output:
            return None
        try:
            found = await self._check((text,), asked)
        except ModelError:
            return None if self.fails_open else phrases.NOT_CHECKED
        return phrases.ANSWER_WITHHELD if found.flagged else None

    async def _check(self, texts: tuple[str, ...], asked: str = "") -> Moderation:
        if self.moderator is None:
            return Moderation(flagged=False)
        try:
            found = await self.moderator.check(*texts, asked=asked)
        except ModelError as error:
            kind = type(error).__name__
            log.warning("moderation.failed", kind=kind, reason=str(error), passed=self.fails_open)
            raise
        if found.flagged:
            log.info("moderation.flagged", categories=found.categories, of="answer" if asked else "question")
        return found
