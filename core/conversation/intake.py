"""The door: events in, each stored once before anything else happens."""

from collections.abc import Callable
from dataclasses import dataclass

from core.address import Address
from core.conversation.following import FollowUp, FollowUps
from core.conversation.lanes import Lanes
from core.conversation.running import Running
from core.conversation.staleness import STALE_S, Staleness
from core.events import Addressing, Asked, Closed, Revised, Verdict, Withdrawn
from core.message import Author, Upload
from core.ports import Clock, Commands
from core.storage import Change, Effect, InboxStore

STOP = "stop"
RECENT_S = 7 * 86_400.0
# What was not asked before is a question once an edit turns it to us so plainly.
ASKING = frozenset({Addressing.DIRECT, Addressing.MENTION, Addressing.REPLY})


def _nowhere(_address: Address) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Intake:
    """Implements ``core.ports.Inbox``.

    ``is_noticeboard`` knows the channel where the operator gets notices: what people say below one is said
    to each other, until one of them turns to the assistant by name.
    """

    store: InboxStore
    lanes: Lanes
    running: Running
    commands: Commands
    clock: Clock
    follow_ups: FollowUps
    staleness: Staleness
    is_noticeboard: Callable[[Address], bool] = _nowhere

    async def accept(self, event: Asked, uploads: tuple[Upload, ...] = ()) -> Verdict:
        """Take an event; once this returns it is durable.

        What is not addressed to the assistant is not stored. Raises ``StoreError``.
        """
        if not await self._addressed(event):
            return Verdict.NOT_ADDRESSED
        self.staleness.note(event)
        try:
            stored = await self.store.accept(event, uploads, self.clock.now())
        finally:
            # Whoever gave up waiting may have left a row behind, and its next delivery is a duplicate.
            self.lanes.wake(event.address)
        if not stored:
            self.staleness.known(event)
            return Verdict.DUPLICATE
        command = self.commands.recognise(event.text)
        if command is not None and command[0] == STOP:
            self.running.stop_at_once(event.address, event.author.id)
        elif command is None and self.follow_ups.of(event.address, event.parent) is FollowUp.INTERRUPT:
            self.running.interrupt(event.address, event.author.id)
        return Verdict.STORED

    async def revise(self, event: Revised) -> Verdict:
        """Take an edit. A command's reply is not redone. Raises ``StoreError``."""
        asked = event.asked
        redo = self.commands.recognise(asked.text) is None
        effect = await self.store.revise(event, redo=redo)
        verdict = Verdict.STORED
        if effect.change is Change.UNKNOWN:
            is_new = asked.sent_at > self.clock.now() - STALE_S
            if not is_new or asked.addressing not in ASKING:
                return Verdict.NOT_ADDRESSED
            verdict = await self.accept(asked)
            # The message as it was may have come in between; and an edit before this one is late now.
            effect = await self.store.revise(event, redo=redo)
        self.go_on_anew(effect)
        return verdict

    async def withdraw(self, event: Withdrawn) -> Verdict:
        """Take a deletion: the question gets no answer, or loses it. Raises ``StoreError``."""
        effect = await self.store.withdraw(event, self.clock.now())
        if effect.change is Change.UNKNOWN:
            return Verdict.NOT_ADDRESSED
        self.go_on_anew(effect)
        return Verdict.STORED

    async def close(self, event: Closed) -> None:
        """Take that nothing can be said in a channel any more. Raises ``StoreError``."""
        self.running.close(event)
        await self.store.close(event)

    async def recent(self, platform: str) -> tuple[Address, ...]:
        """List the threads with something said in the last seven days. Raises ``StoreError``."""
        return await self.store.recent(platform, self.clock.now() - RECENT_S)

    async def locate(self, platform: str, account: str, channel: str, message_id: str) -> Address | None:
        """Find the thread that a message belongs to."""
        return await self.store.locate(platform, account, channel, message_id)

    async def anchor(self, address: Address, message_id: str) -> None:
        """Remember that a message belongs to a thread."""
        await self.store.anchor(address, message_id)

    async def command(
        self, name: str, address: Address, author: Author, argument: str, parent: str = ""
    ) -> str:
        """Run a command that is answered at once."""
        return await self.commands.run(name, address, author, argument, parent)

    def go_on_anew(self, effect: Effect) -> None:
        """Have a turn go on from rows that have changed."""
        if effect.change is Change.ANEW:
            self.running.overtake(effect.turn)
        if effect.address is not None:
            # Also when nothing changes: whoever gave up waiting may have left a turn that goes on anew.
            self.lanes.wake(effect.address)

    async def _addressed(self, event: Asked) -> bool:
        match event.addressing:
            case Addressing.OVERHEARD:
                # What people had said before they asked was said to each other, however late it comes.
                since = await self.store.known_since(event.address)
                return since is not None and event.sent_at >= since
            case Addressing.ELSEWHERE:
                return False
            case Addressing.REPLY if self.is_noticeboard(event.address):
                return await self.store.known_since(event.address) is not None
            case _:
                return True
