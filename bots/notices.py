"""What the operator is told, wired: of budgets, of model servers, of what never reached people."""

import asyncio
from collections.abc import Mapping

from bots.notice_channel import notice_channel
from bots.outbox import in_words
from core import operator_phrases
from core.address import Address
from core.budgets import Notice
from core.conversation.letter_watch import LetterStore, LetterWatch
from core.conversation.model_watch import ModelWatch
from core.conversation.notices import NoticeChannel, Notices, OperatorNotice
from core.conversation.pacing import Pacer
from core.ports import Clock, Platform


class Notifying:
    """Everything that has something to tell the operator, and how it comes to them.

    ``setting`` is ``TAMPU_NOTICES``; ``platforms`` may be filled later. Raises ``ValueError`` for a setting
    that names no channel.
    """

    def __init__(
        self, setting: str, store: LetterStore, platforms: Mapping[str, Platform], pacer: Pacer, clock: Clock
    ) -> None:
        self.notices = Notices(store, platforms, pacer, clock, notice_channel(setting))
        self.models = ModelWatch(self.notices, clock)
        self.letters = LetterWatch(store, self.notices, clock, in_words)

    @property
    def channel(self) -> NoticeChannel | None:
        """Where notices are posted, if they are."""
        return self.notices.channel

    def is_noticeboard(self, address: Address) -> bool:
        """Whether something was said in the channel where notices are posted."""
        return self.channel is not None and self.channel.holds(address)

    async def of_budget(self, told: Notice, now: float) -> None:
        """Tell of a budget; whoever calls it makes sure that it is told once."""
        subject = told.balance.counted.key
        self.notices.tell(OperatorNotice(subject, told.matter, operator_phrases.budget(told, now)))

    async def run(self) -> None:
        """Look, and tell, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.notices.run(), name="notices")
            tasks.create_task(self.letters.run(), name="letters")
