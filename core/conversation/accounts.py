"""Whose bill a model's calls go on."""

from dataclasses import dataclass, replace

from core.budgets import Budget
from core.conversation.metering import Bill, Meter
from core.conversation.voices import Voice
from core.ports import Model
from core.principal import Principal
from core.spending import Payer, Purpose
from core.storage import Turn
from core.window import Counter


@dataclass(frozen=True, slots=True)
class Accounts:
    """Puts calls on bills: an answer on that of who asked, a summary on that of its place."""

    meter: Meter
    budgets: tuple[Budget, ...] = ()

    async def refusal(self, principal: Principal, voice: Voice) -> str | None:
        """Say why nothing is answered on a budget that is used up, if so. Raises ``StoreError``."""
        bill = Bill(Payer.of(principal, self.budgets), counter=voice.counter)
        return await self.meter.refusal(bill, voice.info.name)

    def of_answer(self, turn: Turn, principal: Principal, voice: Voice) -> Model:
        """Make the voice's model pay for each call by the turn's author."""
        bill = Bill(Payer.of(principal, self.budgets), turn=turn.id, counter=voice.counter)
        return self.meter.metered(voice.model, bill)

    def of_summary(self, principal: Principal, model: Model, counter: Counter) -> Model:
        """Make a model pay by the place whose conversation it sums up, whoever was answered there."""
        place = replace(principal, person="", groups=())
        return self.meter.metered(
            model, Bill(Payer.of(place, self.budgets), Purpose.SUMMARY, counter=counter)
        )
