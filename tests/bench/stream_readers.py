"""The same stream read by the product's client and by the ``openai`` package, both as their users would."""

import json
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final, Protocol

from openai import AsyncOpenAI, DefaultAsyncHttpxClient
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from core.llama.client import Endpoint, Knowledge, LlamaClient
from core.llama.profiles import VLLM
from core.transcript import Message, ModelRequest, Role, TextDelta, TextPart, ToolSpec
from tests.bench.stream_server import MODEL

SYSTEM: Final = "You are a helpful assistant in a busy channel. Answer briefly, in Markdown."
QUESTION: Final = "Please tell me about the old roads of the mountains."
TOOL: Final = ToolSpec(
    "clock",
    "The time in a place.",
    '{"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]}',
)
REQUEST: Final = ModelRequest(
    (Message(Role.SYSTEM, (TextPart(SYSTEM),)), Message(Role.USER, (TextPart(QUESTION),))),
    tools=(TOOL,),
)
_MESSAGES: Final[Sequence[ChatCompletionMessageParam]] = (
    {"role": "system", "content": SYSTEM},
    {"role": "user", "content": QUESTION},
)
_TOOLS: Final[Sequence[ChatCompletionToolParam]] = (
    {
        "type": "function",
        "function": {
            "name": TOOL.name,
            "description": TOOL.description,
            "parameters": json.loads(TOOL.schema),
        },
    },
)


class Reader(Protocol):
    """A client of one server."""

    async def read(self) -> str:
        """Ask, take the answer event by event, and return its text."""

    async def aclose(self) -> None:
        """Close the connections."""


class OurReader:
    """The product's client."""

    def __init__(self, base_url: str) -> None:
        self._client = LlamaClient(Endpoint(base_url, model=MODEL), knowledge=Knowledge(profile=VLLM))

    async def read(self) -> str:
        async with aclosing(self._client.stream(REQUEST)) as events:
            return "".join([event.text async for event in events if isinstance(event, TextDelta)])

    async def aclose(self) -> None:
        await self._client.aclose()


class PackageReader:
    """The ``openai`` package with its own defaults, but that no proxy of the environment is asked."""

    def __init__(self, base_url: str) -> None:
        self._client = AsyncOpenAI(
            base_url=base_url,
            api_key="none",
            max_retries=0,
            http_client=DefaultAsyncHttpxClient(trust_env=False),
        )

    async def read(self) -> str:
        stream = await self._client.chat.completions.create(
            model=MODEL,
            messages=_MESSAGES,
            tools=_TOOLS,
            tool_choice="auto",
            max_tokens=REQUEST.max_tokens,
            temperature=REQUEST.temperature,
            stream=True,
            stream_options={"include_usage": True},
        )
        async with stream:
            return "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])

    async def aclose(self) -> None:
        await self._client.close()
