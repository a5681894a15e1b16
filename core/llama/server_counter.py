"""Exact counts of tokens, from servers that offer them."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from typing import Final

import httpx
import structlog

from core.errors import ModelBroke, ModelError, ModelMissing
from core.llama.connection import Connection, everything
from core.llama.endpoint import CHAT_PATH, Deadlines, Endpoint
from core.llama.patience import Patience
from core.llama.profile import TokenCounter
from core.llama.shapes import Object, as_count, as_list, as_object, parse

_log = structlog.get_logger(__name__)

# People wait for the answer meanwhile, and there is a guess without it.
DEADLINES: Final = Deadlines(connect=1.0, first=2.0, idle=2.0, total=2.0)
REST_S: Final = 60.0
REST_WITHOUT_ROUTE_S: Final = 3_600.0
_API_VERSION: Final = "/v1"
_TEMPLATE_FIELDS: Final = ("model", "messages", "tools")
_STREAM_FIELDS: Final = ("stream", "stream_options")


class ServerCounter:
    """Asks a server for the tokens of a request; whatever fails is ``None``, and a rest before the next try.

    vLLM counts at ``/tokenize`` beside ``/v1``, llama.cpp's server at ``/chat/completions/input_tokens``
    below it (vllm/entrypoints/serve/tokenize/protocol.py; llama.cpp, tools/server/README.md). ``http`` is
    used and left open when it is given.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        route: TokenCounter,
        http: httpx.AsyncClient | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._route = route
        self._connection = Connection(_beside_api(endpoint, route), DEADLINES, http)
        self._monotonic = monotonic
        self._again = float("-inf")

    async def aclose(self) -> None:
        """Close the connections, if they are this object's own."""
        await self._connection.aclose()

    async def count(self, body: Object) -> int | None:
        """Count the tokens of a body of ``/chat/completions``, its template's included.

        ``None`` where the server does not count, or not now.
        """
        if self._route is TokenCounter.NOWHERE or self._monotonic() < self._again:
            return None
        try:
            # Beyond the deadlines of its steps: a refusal whose text never ends has one of its own.
            async with asyncio.timeout(DEADLINES.total):
                return await self._asked(body)
        except (ModelError, TimeoutError) as error:
            rest = REST_WITHOUT_ROUTE_S if isinstance(error, ModelMissing) else REST_S
            self._again = self._monotonic() + rest
            _log.info("tokens_not_counted_by_server", error=type(error).__name__, again_in_s=rest)
            return None

    async def _asked(self, body: Object) -> int:
        patience = Patience(DEADLINES)
        path, sent = self._question(body)
        written = json.dumps(sent, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        async with aclosing(await self._connection.post(path, written, patience)) as response:
            answer = await everything(response, patience)
        # vLLM sends the tokens along: a megabyte for a long conversation.
        return await asyncio.to_thread(_counted, answer)

    def _question(self, body: Object) -> tuple[str, Object]:
        if self._route is TokenCounter.TOKENIZE:
            fields = {name: body[name] for name in _TEMPLATE_FIELDS if name in body}
            return "/tokenize", {**fields, "add_generation_prompt": True}
        rest = {name: value for name, value in body.items() if name not in _STREAM_FIELDS}
        return f"{CHAT_PATH}/input_tokens", rest


def _beside_api(endpoint: Endpoint, route: TokenCounter) -> Endpoint:
    if route is TokenCounter.TOKENIZE:
        return replace(endpoint, base_url=endpoint.base_url.removesuffix(_API_VERSION))
    return endpoint


def _counted(answer: bytes) -> int:
    try:
        said = as_object(parse(answer))
    except ValueError:
        raise ModelBroke("the server's count is not JSON") from None
    count = (
        as_count(said.get("count")) or as_count(said.get("input_tokens")) or len(as_list(said.get("tokens")))
    )
    if count <= 0:
        raise ModelBroke("the server's count is not a number of tokens")
    return count
