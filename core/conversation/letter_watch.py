"""The operator hears of messages that never reached people, at most once an hour."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final, Protocol

import structlog

from core import operator_phrases
from core.address import Address
from core.conversation.notices import Notices, OperatorNotice
from core.errors import StoreError
from core.ports import Clock
from core.spending import ToldStore
from core.storage import DeadLetter, PostStore

SUBJECT: Final = "outbox"
MATTER: Final = "dead letters"
QUIET_S: Final = 3_600.0
LOOK_AGAIN_S: Final = 60.0
COUNTED_MOST: Final = 500
# A message may be lost before the answer that it belongs to is whole; only then it is a dead letter.
LATE_S: Final = 600.0

log = structlog.get_logger()


class LetterStore(PostStore, ToldStore, Protocol):
    """What is read, and what is remembered of having told it."""


class LetterWatch:
    """Counts dead letters since they were last told of. ``in_words`` says a reason so that people get it.

    What an earlier process lost within its last hour, and could not tell any more, is told by this one.
    """

    def __init__(
        self, store: LetterStore, notices: Notices, clock: Clock, in_words: Callable[[str], str] = str
    ) -> None:
        self._store = store
        self._notices = notices
        self._clock = clock
        self._in_words = in_words
        self._hinted = asyncio.Event()
        self._hinted.set()
        # What was told last, and until when nothing is; unknown where an earlier process told it.
        self._told: frozenset[tuple[str, float]] = frozenset()
        self._upto: float | None = None
        self._quiet_until = 0.0

    def hint(self) -> None:
        """Something may have been lost. Costs nothing, and may be said too often."""
        self._hinted.set()

    async def run(self) -> None:
        """Look where it was hinted at, until cancelled."""
        while True:
            await self._hinted.wait()
            self._hinted.clear()
            while not await self._is_done():
                left = self._quiet_until - self._clock.now()
                await self._clock.sleep(left if 0 < left <= QUIET_S else LOOK_AGAIN_S)

    async def _is_done(self) -> bool:
        """Tell what is to be told; false when it has to wait."""
        try:
            return await self._look()
        except StoreError as error:
            log.warning("letters.not_counted", error=str(error))
            return False

    async def _look(self) -> bool:
        now = self._clock.now()
        # An earlier process that told within the last hour has told all that was lost before.
        since = now - QUIET_S if self._upto is None else self._upto - LATE_S
        letters = [letter for letter in await self._store.dead_letters(COUNTED_MOST) if letter.at > since]
        fresh = [letter for letter in letters if _name(letter) not in self._told]
        if not fresh:
            return True
        if not await self._store.once(SUBJECT, MATTER, now + QUIET_S, now):
            return False
        self._upto = max(letter.at for letter in letters)
        self._told = frozenset(map(_name, letters))
        self._quiet_until = now + QUIET_S
        self._notices.tell(OperatorNotice(SUBJECT, MATTER, self._text(fresh, now)))
        return True

    def _text(self, letters: list[DeadLetter], now: float) -> str:
        counts = Counter((_place(letter.address), letter.reason) for letter in letters)
        places = operator_phrases.by_place(counts, self._in_words)
        first = min(letter.at for letter in letters)
        return operator_phrases.dead_letters(places, first, now, more=len(letters) >= COUNTED_MOST)


def _name(letter: DeadLetter) -> tuple[str, float]:
    return letter.turn, letter.at


def _place(address: Address) -> str:
    """The channel as rules name it."""
    return f"{address.platform}:{address.account}:{address.channel}"
