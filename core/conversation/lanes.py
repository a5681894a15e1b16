"""One thread, one lane: turns of a thread one after the other, threads beside each other."""

import asyncio
from contextlib import suppress

import structlog

from core.address import Address
from core.conversation.turn import STRIKES, TurnRunner
from core.errors import LeaseLost, Overtaken, StoreError
from core.ports import Clock
from core.storage import Turn, TurnStore

STORE_PAUSE_S = 2.0
SIGN_DEADLINE_S = 5.0
# A turn that ends the process ends it soon, most of the time.
ALONE_S = 5.0

log = structlog.get_logger()


class Lanes:
    """Schedules; what is correct is decided in the store. :meth:`run` owns all lanes' tasks."""

    def __init__(self, runner: TurnRunner, store: TurnStore, clock: Clock) -> None:
        self._runner = runner
        self._store = store
        self._clock = clock
        self._waiting: asyncio.Queue[Address] = asyncio.Queue()
        self._suspects: asyncio.Queue[tuple[Address, float]] = asyncio.Queue()
        # Threads whose time as a suspect is still to come.
        self._held: set[str] = set()
        self._at_work: dict[str, bool] = {}
        # Threads whose turn is taken up again with a strike.
        self._striking: set[str] = set()
        # The suspect that is at work alone, and its turn.
        self._alone = ""
        self._suspected: Turn | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False

    def wake(self, address: Address) -> None:
        """Hint that something waits in a thread. A lost hint is found again at the next start."""
        if address.key in self._at_work:
            self._at_work[address.key] = True
        else:
            self._waiting.put_nowait(address)

    def suspect(self, address: Address, alone_s: float = ALONE_S) -> None:
        """Wake a thread whose turn may be what ends the process: one after the other, each with a strike.

        The next one waits for at most ``alone_s`` seconds. To be called before :meth:`run`, so that
        nothing else has woken the thread.
        """
        self._held.add(address.key)
        self._suspects.put_nowait((address, alone_s))

    async def run(self) -> None:
        """Serve until cancelled. Cancelling parks the turns at work: their rows stay as they are."""
        async with asyncio.TaskGroup() as lanes:
            try:
                lanes.create_task(self._one_by_one(lanes), name="suspects")
                while True:
                    address = await self._waiting.get()
                    # Whatever is new in a suspect's thread waits for its time.
                    if address.key not in self._held:
                        self._enter(address, lanes)
            finally:
                # A failure at the same moment may hide the cancellation from a lane: it ends all the same.
                self._closing = True

    async def _one_by_one(self, lanes: asyncio.TaskGroup) -> None:
        while True:
            address, alone_s = await self._suspects.get()
            self._held.discard(address.key)
            self._striking.add(address.key)
            self._alone = address.key
            lane = self._enter(address, lanes)
            if lane is not None:
                await asyncio.wait({lane}, timeout=alone_s)
                await self._pardon()

    def _enter(self, address: Address, lanes: asyncio.TaskGroup) -> asyncio.Task[None] | None:
        if address.key in self._at_work:
            self._at_work[address.key] = True
        elif not self._closing:
            self._at_work[address.key] = False
            self._idle.clear()
            return lanes.create_task(self._lane(address), name=f"lane {address.key}")
        return None

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
            turn = await self._begin(address)
            if turn is None:
                self._runner.staleness.settled(address)
                self._runner.running.settled(address)
                await self._show_idle(address)
                return False
            await self._runner.run(turn)
        except* Overtaken:
            log.info("lane.overtaken", thread=address.key)
        except* LeaseLost:
            log.warning("lane.lost", thread=address.key)
            go_on = False
        except* StoreError:
            log.exception("lane.store_failed", thread=address.key)
            await self._clock.sleep(STORE_PAUSE_S)
        except* Exception:
            # The border: a bug in one thread's delivery leaves the other threads alone.
            log.exception("lane.bug", thread=address.key)
            go_on = turn is not None
            if go_on:
                # Counted against the turn, which rests a while.
                self._striking.add(address.key)
                await self._clock.sleep(STORE_PAUSE_S)
        return go_on

    async def _begin(self, address: Address) -> Turn | None:
        strike = address.key in self._striking
        self._striking.discard(address.key)
        turn = await self._store.begin(address, self._clock.now(), strike=strike)
        if strike and address.key == self._alone:
            self._alone, self._suspected = "", turn
        return turn

    async def _pardon(self) -> None:
        """The process has outlived a suspect: the next one is not begun before that is noted."""
        turn, self._suspected = self._suspected, None
        if turn is None or turn.strikes >= STRIKES:
            return
        try:
            await self._store.pardon(turn)
        except StoreError:
            log.info("lane.not_pardoned", turn=turn.id)

    async def _show_idle(self, address: Address) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SIGN_DEADLINE_S):
                await self._runner.platforms[address.platform].show_idle(address)
