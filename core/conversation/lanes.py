"""One thread, one lane: turns of a thread one after the other, threads beside each other."""

import asyncio
from contextlib import suppress

import structlog

from core.address import Address
from core.conversation.turn import ATTEMPTS, TurnRunner
from core.errors import LeaseLost, StoreError
from core.ports import Clock
from core.storage import Turn, TurnStore

STORE_PAUSE_S = 2.0
SIGN_DEADLINE_S = 5.0

log = structlog.get_logger()


class Lanes:
    """Schedules; what is correct is decided in the store. :meth:`run` owns all lanes' tasks."""

    def __init__(self, runner: TurnRunner, store: TurnStore, clock: Clock) -> None:
        self._runner = runner
        self._store = store
        self._clock = clock
        self._waiting: asyncio.Queue[Address] = asyncio.Queue()
        self._at_work: dict[str, bool] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False

    def wake(self, address: Address) -> None:
        """Hint that something waits in a thread. A lost hint is found again at the next start."""
        if address.key in self._at_work:
            self._at_work[address.key] = True
        else:
            self._waiting.put_nowait(address)

    async def run(self) -> None:
        """Serve until cancelled. Cancelling parks the turns at work: their rows stay as they are."""
        async with asyncio.TaskGroup() as lanes:
            try:
                while True:
                    self._enter(await self._waiting.get(), lanes)
            finally:
                # A failure at the same moment may hide the cancellation from a lane: it ends all the same.
                self._closing = True

    def _enter(self, address: Address, lanes: asyncio.TaskGroup) -> None:
        if address.key in self._at_work:
            self._at_work[address.key] = True
        elif not self._closing:
            self._at_work[address.key] = False
            self._idle.clear()
            lanes.create_task(self._lane(address), name=f"lane {address.key}")

    async def drain(self, seconds: float) -> bool:
        """Begin no more turns and wait for those at work; false when some are not done in time."""
        self._closing = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        return self._idle.is_set()

    async def _lane(self, address: Address) -> None:
        try:
            while not self._closing and await self._next_turn(address):
                pass
        finally:
            again = self._at_work.pop(address.key)
            if again and not self._closing:
                self._waiting.put_nowait(address)
            if not self._at_work:
                self._idle.set()

    async def _next_turn(self, address: Address) -> bool:
        """Run one turn; false when the lane was let go."""
        self._at_work[address.key] = False
        turn = None
        go_on = True
        try:
            turn = await self._store.begin(address, self._clock.now())
            if turn is None:
                await self._show_idle(address)
                return False
            await self._runner.run(turn)
        except* LeaseLost:
            log.warning("lane.lost", thread=address.key)
            go_on = False
        except* StoreError:
            log.exception("lane.store_failed", thread=address.key)
            await self._clock.sleep(STORE_PAUSE_S)
        except* Exception:
            # The border: a bug in one thread's delivery leaves the other threads alone.
            log.exception("lane.bug", thread=address.key)
            await self._abandon(turn)
            go_on = turn is not None
        return go_on

    async def _abandon(self, turn: Turn | None) -> None:
        """Let a turn rest a while, and end one that fails again and again."""
        await self._clock.sleep(STORE_PAUSE_S)
        if turn is not None and turn.attempt > ATTEMPTS:
            try:
                await self._store.end(turn, self._clock.now())
            except StoreError:
                log.exception("lane.not_ended", thread=turn.address.key)

    async def _show_idle(self, address: Address) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SIGN_DEADLINE_S):
                await self._runner.platforms[address.platform].show_idle(address)
