"""What this process tried to post, so that a lost answer can be told from a lost post."""

import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.delivery import Lookup

# A message is in the history at the latest five seconds after its post, and so is its metadata.
VISIBLE_S = 8.0
# Slack shares a file after it has said yes to it.
FILE_VISIBLE_S = 20.0
MAX_KEPT = 2_000


@dataclass(frozen=True, slots=True)
class Search:
    """A lookup with what is known of the post.

    From ``settled_at`` on, in monotonic seconds, a post that arrived must be visible. ``text`` is the
    Markdown that was last tried under the key, if this process tried it; ``others`` are the ids
    of messages that arrived under other keys.
    """

    lookup: Lookup
    settled_at: float
    text: str | None
    others: frozenset[str]


class Attempts:
    """Posts by key: when each was last tried, with which text, and which message it became."""

    def __init__(self) -> None:
        # Before that only earlier processes posted.
        self._begun = time.monotonic()
        self._tried: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._sent: OrderedDict[str, str] = OrderedDict()

    @contextmanager
    def trying(self, key: str, text: str) -> Iterator[None]:
        """Within, the post is on its way; it counts from its end, however it ends."""
        try:
            yield
        finally:
            self._tried[key] = (time.monotonic(), text)
            self._tried.move_to_end(key)
            if len(self._tried) > MAX_KEPT:
                self._tried.popitem(last=False)

    def sent(self, key: str, message: str) -> None:
        """The post arrived as this message."""
        self._sent[message] = key
        if len(self._sent) > MAX_KEPT:
            self._sent.popitem(last=False)

    def search(self, lookup: Lookup) -> Search:
        """What to look for, and from when on its absence means something."""
        ended, text = self._tried.get(lookup.key, (self._begun, None))
        others = frozenset(message for message, key in self._sent.items() if key != lookup.key)
        visible_s = FILE_VISIBLE_S if lookup.is_file else VISIBLE_S
        return Search(lookup, ended + visible_s, text, others)
