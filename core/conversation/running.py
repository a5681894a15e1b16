"""What is being answered right now, so that a person can stop it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from core.address import Address
from core.storage import Turn


class Stoppable:
    """One turn's work, which may be ended early."""

    def __init__(self, turn: Turn, *, is_command: bool) -> None:
        self.address = turn.address
        self.author_id = turn.questions[0].author.id
        # A command is over at once; the one that stops must not stop itself.
        self.is_command = is_command
        self.stopped = False
        self._work: asyncio.Task[object] | None = None

    def bind(self, work: asyncio.Task[object]) -> None:
        """Name the task that a stop cancels."""
        self._work = work
        if self.stopped:
            work.cancel()

    def stop(self) -> None:
        """End the work: the model's stream is closed with its task."""
        self.stopped = True
        if self._work is not None:
            self._work.cancel()


class Running:
    """All turns at work in this process."""

    def __init__(self) -> None:
        self._turns: list[Stoppable] = []
        self._stopped: set[str] = set()

    @contextmanager
    def entered(self, turn: Turn, *, is_command: bool) -> Iterator[Stoppable]:
        """Keep a turn listed while it is worked on."""
        stoppable = Stoppable(turn, is_command=is_command)
        self._turns.append(stoppable)
        try:
            yield stoppable
        finally:
            self._turns.remove(stoppable)

    def stop(self, address: Address, author_id: str) -> bool:
        """Stop the turn of a thread, or all of a person's in a channel when ``thread`` is empty.

        True when there was one, or when one was stopped there since the last call.
        """
        found = [turn for turn in self._turns if _meant(turn, address, author_id) and not turn.stopped]
        for turn in found:
            turn.stop()
        was_stopped = address.key in self._stopped
        self._stopped.discard(address.key)
        return bool(found) or was_stopped

    def stop_at_once(self, address: Address, author_id: str) -> None:
        """Stop before the command's own turn comes; that turn will hear of it."""
        if self.stop(address, author_id):
            self._stopped.add(address.key)


def _meant(turn: Stoppable, address: Address, author_id: str) -> bool:
    if turn.is_command:
        return False
    if address.thread:
        return turn.address == address
    same_channel = (turn.address.platform, turn.address.account, turn.address.channel) == (
        address.platform,
        address.account,
        address.channel,
    )
    return same_channel and turn.author_id == author_id
