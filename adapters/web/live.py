"""One answer while it grows, drawn at most once for each state of its text."""

import asyncio

from adapters.web.markup import draw

# Below this many characters drawing takes about a millisecond: a thread would cost more.
_DRAWN_AT_ONCE = 8_000


class LiveAnswer:
    """The messages of one turn, in the order in which they were begun."""

    __slots__ = ("_blocks", "_drawing", "_drawn", "_texts", "_version")

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._version = 0
        self._drawn = 0
        self._blocks: tuple[str, ...] = ()
        self._drawing = asyncio.Lock()

    @property
    def text(self) -> str:
        """What has been said so far, as Markdown."""
        return "\n\n".join(self._texts.values())

    def write(self, message: str, text: str) -> None:
        """Set the whole text of one of the messages."""
        if self._texts.get(message) != text:
            self._texts[message] = text
            self._version += 1

    def erase(self, message: str) -> None:
        """Take one of the messages away."""
        if self._texts.pop(message, None) is not None:
            self._version += 1

    async def blocks(self) -> tuple[str, ...]:
        """The latest text as HTML blocks. Tabs that ask at once share one drawing."""
        async with self._drawing:
            if self._drawn != self._version:
                version, text = self._version, self.text
                small = len(text) < _DRAWN_AT_ONCE
                self._blocks = draw(text) if small else await asyncio.to_thread(draw, text)
                self._drawn = version
            return self._blocks
