"""What this process tried to post: under which key, in which words, and when."""

import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

# How late the history may show what was posted, with some room.
VISIBLE_AFTER_S = 6.0
# Discord gives the same message for a repeated nonce for "the past few minutes".
# https://discord.com/developers/docs/resources/message#create-message
NONCE_S = 100.0
REMEMBERED = 1000
TEXTS_MAX = 8


@dataclass(slots=True)
class Attempt:
    """What was sent under one key. ``first_at`` and ``last_at`` are monotonic seconds."""

    first_at: float
    last_at: float
    texts: list[str] = field(default_factory=list)


class Attempts:
    """The posts that this process has tried, as long as it remembers them."""

    def __init__(self) -> None:
        self._begun_at = time.monotonic()
        self._known: OrderedDict[str, Attempt] = OrderedDict()

    @contextmanager
    def sending(self, key: str, text: str) -> Iterator[None]:
        """Remember a request from its beginning to its end, whatever its end is."""
        now = time.monotonic()
        attempt = self._known.setdefault(key, Attempt(now, now))
        if text not in attempt.texts:
            attempt.texts = [*attempt.texts, text][-TEXTS_MAX:]
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        try:
            yield
        finally:
            attempt.last_at = time.monotonic()

    def texts(self, key: str) -> Sequence[str] | None:
        """What was sent under a key; ``None`` when only an earlier process can know."""
        attempt = self._known.get(key)
        return attempt.texts if attempt else None

    def visible_in(self, key: str) -> float:
        """Seconds until a post under this key, if it arrived, must be in the history.

        One that this process does not know of was sent before it began.
        """
        attempt = self._known.get(key)
        sent_at = attempt.last_at if attempt else self._begun_at
        return max(0.0, sent_at + VISIBLE_AFTER_S - time.monotonic())

    def repeatable(self, key: str) -> bool:
        """Whether Discord still knows the nonce: to post again is safe, whatever arrived."""
        attempt = self._known.get(key)
        return attempt is not None and time.monotonic() < attempt.first_at + NONCE_S
