"""Exact counts of tokens, from servers that offer them."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
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
from core.llama.responses_shape import as_responses
from core.llama.shapes import Object, as_count, as_list, as_object, as_text, parse

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

    vLLM counts at ``/tokenize`` beside ``/v1`` (vllm/entrypoints/serve/tokenize/protocol.py). Below ``/v1``,
    llama.cpp's server counts at ``/chat/completions/input_tokens``, Meta's at ``/responses/input_tokens``;
    older ones of llama.cpp have ``/apply-template`` and ``/tokenize`` beside it (tools/server/README.md).
    ``http`` is used and left open when it is given.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        route: TokenCounter,
        http: httpx.AsyncClient | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        root = endpoint.base_url.removesuffix(_API_VERSION)
        self._api = endpoint.base_url[len(root) :]
        self._connection = Connection(replace(endpoint, base_url=root), DEADLINES, http)
        self._ways: tuple[Callable[[Object], Awaitable[int]], ...] = {
            TokenCounter.NOWHERE: (),
            TokenCounter.TOKENIZE: (self._tokenized,),
            TokenCounter.INPUT_TOKENS: (self._as_chat, self._as_responses, self._by_template),
            TokenCounter.RESPONSES: (self._as_responses,),
        }[route]
        self._way = 0
        self._monotonic = monotonic
        self._again = float("-inf")

    @property
    def may_count(self) -> bool:
        """Whether it is worth asking now."""
        return bool(self._ways) and self._monotonic() >= self._again

    async def aclose(self) -> None:
        """Close the connections, if they are this object's own."""
        await self._connection.aclose()

    async def count(self, body: Object) -> int | None:
        """Count the tokens of a body of ``/chat/completions``, its template's included.

        ``None`` where the server does not count, or not now.
        """
        if not self.may_count:
            return None
        try:
            # Beyond the deadlines of its steps: a refusal whose text never ends has one of its own.
            async with asyncio.timeout(DEADLINES.total):
                return await self._counted(body)
        except (ModelError, TimeoutError) as error:
            rest = REST_WITHOUT_ROUTE_S if isinstance(error, ModelMissing) else REST_S
            self._again = self._monotonic() + rest
            _log.info("tokens_not_counted_by_server", error=type(error).__name__, again_in_s=rest)
            return None

    async def _counted(self, body: Object) -> int:
        """Count in the way that the server is known to have, or else find one."""
        for way in range(self._way, len(self._ways)):
            try:
                counted = await self._ways[way](body)
            except ModelMissing:
                continue
            self._way = way
            return counted
        self._way = 0
        raise ModelMissing("the server counts no tokens")

    async def _tokenized(self, body: Object) -> int:
        fields = {name: body[name] for name in _TEMPLATE_FIELDS if name in body}
        return _number(await self._asked("/tokenize", {**fields, "add_generation_prompt": True}))

    async def _as_chat(self, body: Object) -> int:
        fields = {name: value for name, value in body.items() if name not in _STREAM_FIELDS}
        return _number(await self._asked(f"{self._api}{CHAT_PATH}/input_tokens", fields))

    async def _as_responses(self, body: Object) -> int:
        return _number(await self._asked(f"{self._api}/responses/input_tokens", as_responses(body)))

    async def _by_template(self, body: Object) -> int:
        prompt = as_text((await self._asked("/apply-template", body)).get("prompt"))
        # The template's control tokens are meant as such, and it leaves the first of all out.
        fields = {"content": prompt, "add_special": True, "parse_special": True}
        return _number(await self._asked("/tokenize", fields))

    async def _asked(self, path: str, fields: Object) -> Object:
        patience = Patience(DEADLINES)
        written = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        async with aclosing(await self._connection.post(path, written, patience)) as response:
            answer = await everything(response, patience)
        try:
            # vLLM sends the tokens along: a megabyte for a long conversation.
            return as_object(await asyncio.to_thread(parse, answer))
        except ValueError:
            raise ModelBroke("the server's count is not JSON") from None


def _number(said: Object) -> int:
    count = (
        as_count(said.get("count")) or as_count(said.get("input_tokens")) or len(as_list(said.get("tokens")))
    )
    if count <= 0:
        raise ModelBroke("the server's count is not a number of tokens")
    return count
