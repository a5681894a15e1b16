"""Tool calls from the pieces in which servers stream them."""

import json
from collections.abc import Callable, Sequence
from uuid import uuid4

from core.errors import ModelBroke
from core.llama.shapes import Object, as_count, as_object, as_text, mended
from core.transcript import ToolCall

NewId = Callable[[], str]


def random_id() -> str:
    """An id for a call that the server gave none."""
    return f"call_{uuid4().hex}"


class _Open:
    def __init__(self, call_id: str) -> None:
        self.id = call_id
        self.name = ""
        self.arguments = ""


class CallAssembler:
    """Puts streamed tool calls together.

    A piece belongs to the call of its index; without an index to the call of its id; without both to the
    newest call, or to a new one if it brings a name. Some servers give every call the index 0: a new id
    with a name is a new call all the same.
    """

    def __init__(self, new_id: NewId = random_id) -> None:
        self._new_id = new_id
        self._opened: list[_Open] = []
        self._by_index: dict[int, _Open] = {}

    def __bool__(self) -> bool:
        return bool(self._opened)

    def take(self, pieces: Sequence[object]) -> None:
        """The pieces of one event, as the server sent them."""
        for piece in map(as_object, pieces):
            function = as_object(piece.get("function"))
            name = mended(as_text(function.get("name")))
            call = self._find(piece, name)
            call.id = call.id or mended(as_text(piece.get("id")))
            call.name = name or call.name
            arguments = function.get("arguments")
            if isinstance(arguments, dict | list):
                call.arguments = json.dumps(arguments, ensure_ascii=False)
            else:
                call.arguments += as_text(arguments)

    def calls(self) -> tuple[ToolCall, ...]:
        """The calls, each with an id of its own. Raises ``ModelBroke`` when one has no name."""
        used: set[str] = set()
        calls = []
        for call in self._opened:
            if not call.name:
                raise ModelBroke("the server sent a tool call without a name")
            call_id = call.id if call.id and call.id not in used else self._new_id()
            used.add(call_id)
            calls.append(ToolCall(call_id, call.name, mended(call.arguments) or "{}"))
        return tuple(calls)

    def _find(self, piece: Object, name: str) -> _Open:
        call_id = mended(as_text(piece.get("id")))
        index = as_count(piece.get("index"))
        if index is not None:
            known = self._by_index.get(index)
        elif call_id:
            known = next((call for call in self._opened if call.id == call_id), None)
        else:
            known = self._opened[-1] if self._opened and not name else None
        if known is None or (name and call_id and known.id and known.id != call_id):
            known = _Open(call_id)
            self._opened.append(known)
        if index is not None:
            self._by_index[index] = known
        return known
