"""The door: events in, each stored once before anything else happens."""

from core.address import Address
from core.conversation.lanes import Lanes
from core.conversation.running import Running
from core.events import Addressing, Asked, Verdict
from core.message import Author, Upload
from core.ports import Clock, Commands
from core.storage import InboxStore

STOP = "stop"


class Intake:
    """Implements ``core.ports.Inbox``."""

    def __init__(
        self, store: InboxStore, lanes: Lanes, running: Running, commands: Commands, clock: Clock
    ) -> None:
        self._store = store
        self._lanes = lanes
        self._running = running
        self._commands = commands
        self._clock = clock

    async def accept(self, event: Asked, uploads: tuple[Upload, ...] = ()) -> Verdict:
        """Take an event; once this returns it is durable.

        What is not addressed to the assistant is not stored. Raises ``StoreError``.
        """
        if not await self._addressed(event):
            return Verdict.NOT_ADDRESSED
        try:
            stored = await self._store.accept(event, uploads, self._clock.now())
        finally:
            # Whoever gave up waiting may have left a row behind, and its next delivery is a duplicate.
            self._lanes.wake(event.address)
        if not stored:
            return Verdict.DUPLICATE
        command = self._commands.recognise(event.text)
        if command is not None and command[0] == STOP:
            self._running.stop_at_once(event.address, event.author.id)
        return Verdict.STORED

    async def locate(self, platform: str, account: str, channel: str, message_id: str) -> Address | None:
        """Find the thread that a message belongs to."""
        return await self._store.locate(platform, account, channel, message_id)

    async def anchor(self, address: Address, message_id: str) -> None:
        """Remember that a message belongs to a thread."""
        await self._store.anchor(address, message_id)

    async def command(self, name: str, address: Address, author: Author, argument: str) -> str:
        """Run a command that is answered at once."""
        return await self._commands.run(name, address, author, argument)

    async def _addressed(self, event: Asked) -> bool:
        match event.addressing:
            case Addressing.OVERHEARD:
                return await self._store.thread_known(event.address)
            case Addressing.ELSEWHERE:
                return False
            case _:
                return True
