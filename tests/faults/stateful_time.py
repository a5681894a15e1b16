"""Time that passes at once: an event loop that jumps to its next timer, and the product's clock on it."""

import asyncio
import selectors
from collections.abc import Callable
from typing import TypeVarTuple

_Ts = TypeVarTuple("_Ts")
BEGUN = 1_700_000_000.0
# For a thread that owes an answer; nothing here takes so long.
THREAD_S = 20.0


class _Jumping(selectors.SelectSelector):
    """Never waits for time: it moves it on. Waits for threads, with the time at a stand."""

    def __init__(self, loop: "JumpingLoop") -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self._loop.in_threads > 0:
            return super().select(THREAD_S if timeout is None or timeout > 0 else 0)
        if timeout is not None and timeout > 0:
            self._loop.at += timeout
        elif timeout is None:
            raise AssertionError("nothing will ever happen any more")
        return super().select(0)


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop of its own time, in seconds from 0.

    ``in_threads`` counts the calls that other threads are at. ``wrong`` takes what nobody handled.
    """

    def __init__(self) -> None:
        self.at = 0.0
        self.in_threads = 0
        self.wrong: list[str] = []
        self._on_signal: dict[int, Callable[[], object]] = {}
        super().__init__(_Jumping(self))
        self.set_exception_handler(lambda _, context: self.wrong.append(f"unhandled: {context}"))

    def time(self) -> float:
        return self.at

    def add_signal_handler(self, sig: int, callback: Callable[[*_Ts], object], *args: *_Ts) -> None:
        self._on_signal[sig] = lambda: callback(*args)

    def remove_signal_handler(self, sig: int) -> bool:
        return self._on_signal.pop(sig, None) is not None

    def signal(self, sig: int) -> bool:
        """Signal the process that runs here; false when it does not listen yet."""
        handler = self._on_signal.get(sig)
        if handler is None:
            return False
        self.call_soon(handler)
        return True

    def pass_time(self, seconds: float) -> None:
        """Run for so long, or until somebody stops the loop."""
        end = self.call_later(seconds, self.stop) if seconds > 0 else self.call_soon(self.stop)
        self.run_forever()
        end.cancel()


class JumpingClock:
    """Implements core.ports.Clock."""

    def __init__(self, loop: JumpingLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        return BEGUN + self._loop.at

    def monotonic(self) -> float:
        return self._loop.at

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
