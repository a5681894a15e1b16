"""The context that a server has really given to a loaded model."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import httpx
import structlog

from core.errors import ModelError
from core.llama.connection import Connection
from core.llama.endpoint import Deadlines, Endpoint
from core.llama.patience import Patience
from core.llama.shapes import Object, as_count, as_list, as_object, as_text

# Somebody waits for an answer meanwhile, and there is a cautious guess without it.
DEADLINES: Final = Deadlines(connect=1.0, first=1.0, idle=1.0, total=1.0)
AGAIN_S: Final = 20.0
REST_S: Final = 300.0
_API_VERSION: Final = "/v1"
_NEWEST: Final = ":latest"
_LEAST: Final = 256

_log = structlog.get_logger(__name__)


class LoadedContext:
    """Asks Ollama for the models that are loaded, at ``/api/ps`` beside ``/v1`` (its docs/api.md).

    The context that it gives a model goes by the graphics card and its own settings, and is known only
    once the model is loaded; an older one does not tell. ``http`` is used and left open when it is given.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        http: httpx.AsyncClient | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        root = endpoint.base_url.removesuffix(_API_VERSION)
        self._connection = Connection(replace(endpoint, base_url=root), DEADLINES, http)
        self._monotonic = monotonic
        self._again = float("-inf")
        self._tokens: dict[str, int] = {}

    async def aclose(self) -> None:
        """Close the connections, if they are this object's own."""
        await self._connection.aclose()

    async def of(self, model: str) -> int | None:
        """Tokens of a model's context, as last seen; ``None`` while nobody knows."""
        if self._monotonic() >= self._again:
            self._again = self._monotonic() + AGAIN_S
            try:
                self._tokens |= _contexts(await self._connection.get("/api/ps", Patience(DEADLINES)))
            except ModelError as error:
                self._again = self._monotonic() + REST_S
                _log.info("model.context_not_told", kind=type(error).__name__, again_in_s=REST_S)
        return self._tokens.get(_plain(model))


def _contexts(body: object) -> dict[str, int]:
    loaded = [as_object(entry) for entry in as_list(as_object(body).get("models"))]
    found = {_name(entry): as_count(entry.get("context_length")) or 0 for entry in loaded}
    return {name: tokens for name, tokens in found.items() if name and tokens >= _LEAST}


def _name(entry: Object) -> str:
    return _plain(as_text(entry.get("model")) or as_text(entry.get("name")))


def _plain(name: str) -> str:
    return name.lower().removesuffix(_NEWEST)
