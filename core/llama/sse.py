"""Server-sent events from bytes.

Lines end at the bytes LF, CR or CR LF and nowhere else: text-wise line splitting would also break at
U+2028 or U+0085, which servers send unescaped inside JSON. Lines are decoded whole, so a character may
be split over network chunks.
"""

import json
import re
from dataclasses import dataclass
from typing import Final

from core.errors import ModelBroke

MAX_EVENT_BYTES: Final = 16 * 1024 * 1024
_FIELDS: Final = frozenset({"data", "event", "id", "retry"})
# Nearly every chunk of nearly every server: one event of one line.
_ONE_EVENT: Final = re.compile(rb"data: ([^\r\n]+)\n\n")


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event. ``name`` is ``message`` unless the server named it."""

    data: str
    name: str = "message"


class SseDecoder:
    """Bytes in, events out, however the bytes are split.

    A line that is no field of the format but a JSON object is an event named ``error``: Meta's native
    API and some proxies report a failure in the middle of a stream that way.
    """

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[str] = []
        self._name = ""
        self._size = 0
        self._after_cr = False
        self._at_start = True

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """The events that these bytes complete. Raises ``ModelBroke`` for an event over 16 MiB."""
        if self._is_between and (one := _ONE_EVENT.fullmatch(chunk)) is not None:
            self._at_start = False
            return [SseEvent(one[1].decode("utf-8", "replace"))]
        if self._after_cr and chunk:
            self._after_cr = False
            chunk = chunk.removeprefix(b"\n")
        if chunk.endswith(b"\r"):
            self._after_cr = True
        events: list[SseEvent] = []
        # On bytes, splitlines knows only LF, CR and CR LF.
        for piece in chunk.splitlines(keepends=True):
            if piece.endswith((b"\n", b"\r")):
                line = bytes(self._rest) + piece.rstrip(b"\r\n")
                self._rest.clear()
                events.extend(self._line(line))
            else:
                self._rest += piece
        if self._size + len(self._rest) > MAX_EVENT_BYTES:
            raise ModelBroke("the server sent an event that never ended")
        return events

    @property
    def _is_between(self) -> bool:
        """Whether nothing of an event has come yet."""
        return not (self._rest or self._data or self._name or self._after_cr)

    def close(self) -> list[SseEvent]:
        """What was left unended when the server closed the connection."""
        events = self._line(bytes(self._rest)) if self._rest else []
        self._rest.clear()
        return [*events, *self._dispatch()]

    def _line(self, line: bytes) -> list[SseEvent]:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line:
            return self._dispatch()
        text = line.decode("utf-8", "replace")
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._size += len(line)
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name and name not in _FIELDS and _is_json_object(text):
            return [SseEvent(text, "error")]
        return []

    def _dispatch(self) -> list[SseEvent]:
        data, name = "\n".join(self._data), self._name or "message"
        self._data.clear()
        self._name = ""
        self._size = 0
        return [SseEvent(data, name)] if data else []


def _is_json_object(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
