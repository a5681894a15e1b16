"""What somebody may, decided once for a turn."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import structlog

from core import acts
from core.events import Addressing
from core.policy import Decision
from core.policy_phrases import NO_MODEL, not_answered
from core.ports import Clock
from core.principal import Principal
from core.rulebook import Rulebook
from core.spending import ToldStore
from core.storage import Turn

# What a turn ends with whose author is not answered; the model never reads its questions.
NOT_ALLOWED = "not_allowed"
# A refusal is said once in so long, to each person in each channel.
TOLD_FOR_S = 3_600.0
NOT_ANSWERED = "not answered"
NO_MODEL_ALLOWED = "no model allowed"
NOTHING_MORE: Final[Mapping[str, str]] = MappingProxyType({})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Permit:
    """Who asks, and what the rules decided."""

    principal: Principal
    decision: Decision


@dataclass(frozen=True, slots=True)
class Permits:
    """Decides by the rules in force."""

    rules: Rulebook
    told: ToldStore
    clock: Clock

    async def of(self, turn: Turn) -> Permit:
        """Decide for the author of a turn, as they stood when they asked last. Raises ``StoreError``."""
        asked = turn.questions[-1]
        principal = self.rules.principal(asked.author, turn.address, asked.parent)
        return Permit(principal, await self.rules.decide(principal))

    async def turned_away(self, turn: Turn, permit: Permit) -> str:
        """What is said to somebody who is not answered; empty where nothing is. Raises ``StoreError``.

        Other bots, and people who turned to nobody in particular, hear nothing.
        """
        principal, rule = permit.principal, permit.decision.answers.rule
        log.info(
            "turn.not_allowed", turn=turn.id, rule=rule or acts.DEFAULT_RULE, standing=principal.standing
        )
        if _is_overheard(turn):
            return ""
        is_due = await self.is_due(turn, principal, NOT_ANSWERED, {"rule": rule or acts.DEFAULT_RULE})
        return not_answered(permit.decision, principal) if is_due else ""

    async def without_model(self, turn: Turn, permit: Permit) -> str:
        """What is said to somebody whom the rules leave no model; empty as above. Raises ``StoreError``."""
        rule = permit.decision.models.rule
        log.info("turn.no_model_allowed", turn=turn.id, rule=rule)
        if _is_overheard(turn):
            return ""
        is_due = await self.is_due(turn, permit.principal, NO_MODEL_ALLOWED, {"rule": rule})
        return NO_MODEL if is_due else ""

    async def is_due(
        self, turn: Turn, principal: Principal, matter: str, detail: Mapping[str, str] = NOTHING_MORE
    ) -> bool:
        """Whether a refusal is said: not again within an hour in that channel, and never to other bots.

        What is said is in the audit, with this detail. Raises ``StoreError``.
        """
        if principal.is_bot:
            return False
        now = self.clock.now()
        where = f"{matter} in {principal.channel}"
        entry = acts.refused(turn.questions[-1].author, turn.address, matter, now, detail)
        # A turn that is taken up again may have been cut before it was said.
        return turn.attempt > 1 or await self.told.once(
            principal.person_key, where, now + TOLD_FOR_S, now, entry
        )


def _is_overheard(turn: Turn) -> bool:
    """Whether its author turned to nobody in particular."""
    return all(asked.addressing is Addressing.OVERHEARD for asked in turn.questions)
