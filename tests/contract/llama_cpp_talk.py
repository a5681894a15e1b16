"""What the suite asks the real llama.cpp server, and a look past the client at what came of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from core.llama.client import Endpoint, Knowledge, LlamaClient
from core.transcript import Message, ModelEvent, ModelRequest, Role, ToolCall, ToolResult, ToolSpec
from tests.contract.llama_cpp import LlamaCpp
from tests.contract.servers_talk import SYSTEM, said

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Talk:
    """A client, what it has asked the server, and a way to the server past the client."""

    client: LlamaClient
    server: LlamaCpp
    http: httpx.AsyncClient
    bodies: list[Body]

    async def answer(self, request: ModelRequest) -> list[ModelEvent]:
        async with asyncio.timeout(60), aclosing(self.client.stream(request)) as events:
            return [event async for event in events]

    async def got(self, path: str) -> Any:
        reply = await self.http.get(f"{self.server.origin}{path}")
        assert reply.is_success, reply.text
        return reply.json()

    async def posted(self, path: str, body: object) -> Body:
        reply = await self.http.post(f"{self.server.origin}{path}", json=body)
        assert reply.is_success, reply.text
        answer: Body = reply.json()
        return answer

    async def tokens(self, text: str) -> list[int]:
        """What the server's tokenizer makes of a text in which control tokens are meant as such."""
        answer = await self.posted("/tokenize", {"content": text, "add_special": True, "parse_special": True})
        return list(answer["tokens"])

    async def prompt(self, body: Body) -> str:
        """What the server's template makes of a request."""
        return str((await self.posted("/apply-template", body))["prompt"])

    async def busy(self) -> int:
        return sum(bool(slot["is_processing"]) for slot in await self.got("/slots"))


@asynccontextmanager
async def talking(server: LlamaCpp, knowledge: Knowledge = Knowledge()) -> AsyncIterator[Talk]:  # noqa: B008 - a frozen value
    bodies: list[Body] = []

    async def asked(request: httpx.Request) -> None:
        if request.url.path.endswith("/chat/completions"):
            bodies.append(json.loads(request.content))

    headers = {"Authorization": f"Bearer {server.key}"} if server.key else {}
    async with (
        httpx.AsyncClient(verify=False, trust_env=False, event_hooks={"request": [asked]}) as http,
        httpx.AsyncClient(verify=False, trust_env=False, headers=headers) as past,
        aclosing(LlamaClient(endpoint(server), knowledge=knowledge, http=http)) as client,
    ):
        yield Talk(client, server, past, bodies)


def endpoint(server: LlamaCpp) -> Endpoint:
    return Endpoint(f"{server.origin}/v1", server.key)


def asking(
    *messages: Message, tools: tuple[ToolSpec, ...] = (), schema: str = "", cap: int = 48
) -> ModelRequest:
    return ModelRequest((SYSTEM, *messages), tools=tools, max_tokens=cap, temperature=0.0, schema=schema)


def by_schema(schema: object, cap: int = 120) -> ModelRequest:
    return asking(said("Say something."), schema=json.dumps(schema), cap=cap)


def called(*cities: str) -> tuple[Message, Message]:
    """Calls for the weather in some cities, and their results."""
    calls = [ToolCall(f"call_{city}", "get_weather", json.dumps({"city": city})) for city in cities]
    results = [ToolResult(call.id, call.name, "Sunny") for call in calls]
    return Message(Role.ASSISTANT, tuple(calls)), Message(Role.TOOL, tuple(results))


def weather(city: str) -> Message:
    return said(f"How is the weather in {city}?")


EXAMPLE = (weather("Rome"), *called("Rome"), said("It is sunny in Rome.", role=Role.ASSISTANT))
