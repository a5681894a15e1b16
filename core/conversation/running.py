"""What is being answered right now, so that it can be stopped, interrupted or begun anew."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from core.address import Address
from core.conversation.reply import Reply
from core.events import Closed
from core.storage import Turn


class Cut(StrEnum):
    """Why an answer ends before the model has."""

    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    GONE = "gone"  # nobody can read it any more
    OVERTAKEN = "overtaken"  # it goes on anew from its rows


class Stoppable:
    """One turn's work, which may be ended early, from before its first await to its last."""

    def __init__(self, turn: Turn, *, is_command: bool) -> None:
        self.turn = turn
        # A command is over at once; the one that stops must not stop itself.
        self.is_command = is_command
        self.cut: Cut | None = None
        self._reply: Reply | None = None
        self._work: asyncio.Task[object] | None = None
        self._is_over = False

    @property
    def author_id(self) -> str:
        """Who is answered."""
        return self.turn.questions[0].author.id

    def show(self, reply: Reply) -> None:
        """Name the reply that shows it."""
        self._reply = reply
        if self.cut is Cut.OVERTAKEN:
            reply.halt()

    def bind(self, work: asyncio.Task[object]) -> None:
        """Name the task that a cut cancels."""
        self._work = work
        if self.cut is not None:
            work.cancel()

    def over(self) -> None:
        """The answer is whole: only its delivery is left."""
        self._is_over = True

    def end(self, cut: Cut) -> bool:
        """End the work: the model's stream is closed with its task. False when it had ended already."""
        if self._is_over or self.cut is not None:
            return False
        self.cut = cut
        if self._work is not None:
            self._work.cancel()
        return True

    def overtake(self) -> None:
        """End the work or the delivery: the turn goes on anew from its rows."""
        self.cut = Cut.OVERTAKEN
        if self._work is not None:
            self._work.cancel()
        if self._reply is not None:
            self._reply.halt()

    def interrupt(self) -> None:
        """Let a newer message in: words that are shown stay, without any it begins anew."""
        if self._is_over or self.cut is not None:
            return
        # What an earlier attempt has shown is no answer, and this one may have the newer message already.
        if self._reply is not None and self._reply.is_visible and self._reply.answer.strip():
            self.end(Cut.INTERRUPTED)
        else:
            self.overtake()


class Running:
    """All turns at work in this process."""

    def __init__(self) -> None:
        self._turns: list[Stoppable] = []
        # By threads: whose answers a typed command stopped, before its own turn came.
        self._stopped: dict[str, frozenset[str]] = {}
        # Turns that were stopped between two attempts.
        self._stopped_anew: set[str] = set()

    @contextmanager
    def entered(self, turn: Turn, *, is_command: bool) -> Iterator[Stoppable]:
        """Keep a turn listed while it is worked on."""
        stoppable = Stoppable(turn, is_command=is_command)
        self._turns.append(stoppable)
        if turn.id in self._stopped_anew:
            self._stopped_anew.discard(turn.id)
            stoppable.end(Cut.STOPPED)
        try:
            yield stoppable
        finally:
            self._turns.remove(stoppable)

    def stop(self, address: Address, author_id: str) -> frozenset[str]:
        """Stop the turn of a thread, or all of a person's in a channel when ``thread`` is empty.

        Returns whose answers were stopped, by ids; also those that were since the last call.
        """
        meant = [turn for turn in self._turns if _meant(turn, address, author_id)]
        overtaken = [turn for turn in meant if turn.cut is Cut.OVERTAKEN]
        self._stopped_anew |= {turn.turn.id for turn in overtaken}
        found = [turn for turn in meant if turn.end(Cut.STOPPED)]
        whose = frozenset(turn.author_id for turn in (*found, *overtaken))
        return whose | self._stopped.pop(address.key, frozenset())

    def stop_at_once(self, address: Address, author_id: str) -> None:
        """Stop before the command's own turn comes; that turn will hear of it."""
        if whose := self.stop(address, author_id):
            self._stopped[address.key] = whose

    def settled(self, address: Address) -> None:
        """Nothing waits in a thread any more, no command to stop either: it may have been deleted."""
        self._stopped.pop(address.key, None)

    def interrupt(self, address: Address, author_id: str) -> None:
        """A person has written again in the thread of their own question."""
        for turn in self._turns:
            if turn.turn.address == address and turn.author_id == author_id and not turn.is_command:
                turn.interrupt()

    def overtake(self, turn_id: str) -> None:
        """The rows of a turn say something else now."""
        for turn in self._turns:
            if turn.turn.id == turn_id:
                turn.overtake()

    def close(self, place: Closed) -> None:
        """End what is written where nobody can read it."""
        for turn in self._turns:
            address = turn.turn.address
            same_account = (address.platform, address.account) == (place.platform, place.account)
            if same_account and place.channel in {"", address.channel}:
                turn.end(Cut.GONE)


def _meant(turn: Stoppable, address: Address, author_id: str) -> bool:
    if turn.is_command:
        return False
    own = turn.turn.address
    if address.thread:
        return own == address
    same_channel = (own.platform, own.account, own.channel) == (
        address.platform,
        address.account,
        address.channel,
    )
    return same_channel and turn.author_id == author_id
