"""What is going on right now: answers that still grow, and the tabs that watch them.

Nothing is queued for a tab. It is woken, compares what it has shown with what is there now, and
sends the difference; so a tab that sleeps costs nothing and gets the latest text when it wakes.
"""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from enum import StrEnum

from adapters.web.live import LiveAnswer
from core.delivery import Draft, FileDraft

_ROOMS = 256
_KEYS = 2048
_WATCHERS = 64


class Phase(StrEnum):
    """Where a conversation stands: asked is on the way in, working is what the core said."""

    IDLE = "idle"
    ASKED = "asked"
    WORKING = "working"


class TooManyTabs(Exception):
    """More tabs watch at once than a person has."""


class Room:
    """One conversation: its phase, its growing answers by turn, and a count of changes to its rows."""

    __slots__ = ("answers", "changes", "phase", "watchers")

    def __init__(self) -> None:
        self.phase = Phase.IDLE
        self.answers: dict[str, LiveAnswer] = {}
        self.changes = 0
        self.watchers: set[asyncio.Event] = set()

    @property
    def empty(self) -> bool:
        """Whether nothing was ever said or asked here."""
        return self.phase is Phase.IDLE and not self.answers

    @property
    def at_rest(self) -> bool:
        """Whether nothing is lost when this room is forgotten."""
        return self.phase is Phase.IDLE and not self.watchers


class Hub:
    """All rooms of the page."""

    def __init__(self) -> None:
        self.closed = False
        self.list_changes = 0
        self._rooms: OrderedDict[str, Room] = OrderedDict()
        self._ids: OrderedDict[str, str] = OrderedDict()

    def room(self, conversation: str) -> Room:
        """The room of a conversation, made when it is first spoken of."""
        room = self._rooms.get(conversation)
        if room is None:
            room = self._rooms[conversation] = Room()
            self._forget_resting()
        self._rooms.move_to_end(conversation)
        return room

    def peek(self, conversation: str) -> Room | None:
        """The room, if there is one."""
        return self._rooms.get(conversation)

    def asked(self, conversation: str) -> None:
        """A question is on its way to the core."""
        room = self.room(conversation)
        if room.phase is Phase.IDLE:
            room.phase = Phase.ASKED
        self._wake(room)

    def refused(self, conversation: str) -> None:
        """The core did not take the question, so nothing comes of it."""
        room = self.room(conversation)
        if room.phase is Phase.ASKED:
            room.phase = Phase.IDLE
        self._wake(room)

    def working(self, conversation: str) -> None:
        """The core makes an answer."""
        room = self.room(conversation)
        room.phase = Phase.WORKING
        self._wake(room)

    def idle(self, conversation: str) -> None:
        """Nothing more comes: what was said is stored, so what nobody watches is dropped."""
        room = self.room(conversation)
        room.phase = Phase.IDLE
        if not room.watchers:
            room.answers.clear()
        self.rows_changed(conversation)

    def rows_changed(self, conversation: str) -> None:
        """The stored rows of a conversation are not what they were."""
        room = self.room(conversation)
        room.changes += 1
        self.list_changes += 1
        for each in self._rooms.values():
            self._wake(each)

    def begin(self, conversation: str, draft: Draft) -> str:
        """Show a message of an answer; returns its id. A repeated key is the same message, rewritten."""
        message = self._ids.get(draft.key)
        if message is None:
            message = draft.turn if draft.first else f"{draft.turn}/{draft.key}"
            self._ids[draft.key] = message
            while len(self._ids) > _KEYS:
                self._ids.popitem(last=False)
            self.rows_changed(conversation)
        self.write(conversation, message, draft.text)
        return message

    def enclose(self, conversation: str, draft: FileDraft) -> str:
        """Show a file of an answer, which is read from the store; returns its id, the same for its key."""
        message = self._ids.setdefault(draft.key, f"{draft.turn}/{draft.key}")
        self.rows_changed(conversation)
        return message

    def write(self, conversation: str, message: str, text: str) -> None:
        """Set the whole text of a message; one that is not known here (a restart) begins anew."""
        room = self.room(conversation)
        turn = message.partition("/")[0]
        room.answers.setdefault(turn, LiveAnswer()).write(message, text)
        self._wake(room)

    def remove(self, conversation: str, message: str) -> None:
        """Take back a message; the others of its answer stay."""
        answers = self.room(conversation).answers
        turn = message.partition("/")[0]
        if turn in answers:
            answers[turn].erase(message)
            if not answers[turn].text:
                del answers[turn]
        self.rows_changed(conversation)

    def posted(self, key: str) -> str | None:
        """The id of the message that was begun under this key, if it was in this process."""
        return self._ids.get(key)

    def rest(self, conversation: str) -> None:
        """Where nothing more comes, drop all answers: what is left of them stands in the store.

        One that the store no longer has was forgotten.
        """
        room = self.peek(conversation)
        if room is not None and room.phase is Phase.IDLE:
            room.answers.clear()

    def settle(self, conversation: str, stored_turns: frozenset[str]) -> None:
        """Drop the answers that the store has and that the core no longer works on."""
        room = self.peek(conversation)
        if room is not None and room.phase is not Phase.WORKING:
            for turn in stored_turns & room.answers.keys():
                del room.answers[turn]

    @contextlib.contextmanager
    def watch(self, conversation: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever there may be something new. Raises ``TooManyTabs``."""
        room = self.room(conversation)
        if sum(len(each.watchers) for each in self._rooms.values()) >= _WATCHERS:
            raise TooManyTabs
        bell = asyncio.Event()
        bell.set()
        room.watchers.add(bell)
        try:
            yield bell
        finally:
            room.watchers.discard(bell)

    def close(self) -> None:
        """Send every watcher home."""
        self.closed = True
        for room in self._rooms.values():
            self._wake(room)

    def _wake(self, room: Room) -> None:
        for bell in room.watchers:
            bell.set()

    def _forget_resting(self) -> None:
        surplus = len(self._rooms) - _ROOMS
        if surplus <= 0:
            return
        resting = [name for name, room in self._rooms.items() if room.at_rest][:surplus]
        for name in resting:
            del self._rooms[name]
