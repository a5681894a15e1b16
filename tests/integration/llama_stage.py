"""A client before an emulated model server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from core.errors import (
    ModelError,
)
from core.llama.client import Deadlines, Endpoint, LlamaClient
from core.transcript import (
    Image,
    ImagePart,
    Message,
    ModelEvent,
    ModelRequest,
    Role,
    TextDelta,
    TextPart,
)
from tests.emulators.model import ModelEmulator

SOON = Deadlines(connect=2.0, first=0.4, idle=0.4, total=5.0)
LONG_ENOUGH = 5.0


def asking(text: str = "hi") -> ModelRequest:
    return ModelRequest((Message(Role.USER, (TextPart(text),)),))


def looking() -> ModelRequest:
    picture = ImagePart("ab" * 32, "image/png", 1, 1, "llama.png")
    message = Message(Role.USER, (TextPart("what is it?"), picture))
    return ModelRequest((message,), images=((picture.sha256, Image("image/png", b"bytes")),))


@asynccontextmanager
async def client_of(
    model: ModelEmulator,
    *,
    deadlines: Deadlines | None = None,
    name: str | None = "emulated-llama",
    key: str = "",
) -> AsyncIterator[LlamaClient]:
    client = LlamaClient(Endpoint(model.url, key, name), deadlines=deadlines or Deadlines())
    async with aclosing(client):
        yield client


async def all_of(client: LlamaClient, request: ModelRequest | None = None) -> list[ModelEvent]:
    async with asyncio.timeout(LONG_ENOUGH), aclosing(client.stream(request or asking())) as events:
        return [event async for event in events]


async def failure_of(client: LlamaClient, request: ModelRequest | None = None) -> tuple[str, ModelError]:
    """The text that came, and the error after it."""
    text = ""
    async with asyncio.timeout(LONG_ENOUGH), aclosing(client.stream(request or asking())) as events:
        try:
            async for one in events:
                text += one.text if isinstance(one, TextDelta) else ""
        except ModelError as error:
            return text, error
    pytest.fail("the stream ended well")


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))
