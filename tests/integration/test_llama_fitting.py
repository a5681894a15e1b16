"""Requests near the window, held against the server's own count before they are sent."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest
from aiohttp import web

from core.errors import ContextOverflow
from core.llama.client import Knowledge, LlamaClient
from core.llama.counting import TokenCounting, yardstick
from core.llama.endpoint import Endpoint
from core.llama.fitting import LEAST_ANSWER, fitted
from core.llama.known import Facts
from core.llama.profile import TokenCounter
from core.llama.profiles import named
from core.llama.server_counter import ServerCounter
from core.llama.wire import Saying, encode
from core.transcript import (
    FilePart,
    Image,
    ImagePart,
    Message,
    ModelRequest,
    Role,
    TextPart,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from tests.emulators.application import served
from tests.emulators.model import ModelEmulator

WINDOW = 4096
# Some 3,300 tokens by the guess.
LONG = "the runner came down to the station, " * 400


@dataclass
class Scales:
    """Answers every question with the same count."""

    count: int
    status: int = 200
    asked: list[object] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append(await request.json())
        return web.json_response({"count": self.count}, status=self.status)


@asynccontextmanager
async def weighing(
    scales: Scales, route: TokenCounter = TokenCounter.TOKENIZE
) -> AsyncIterator[TokenCounting]:
    app = web.Application()
    app.router.add_post("/tokenize", scales.handle)
    async with served(app) as port:
        endpoint = Endpoint(f"http://127.0.0.1:{port}/v1", "", "llama-3.1-8b")
        async with aclosing(ServerCounter(endpoint, route)) as server:
            yield TokenCounting(
                lambda request: encode(request, Saying("llama-3.1-8b")),
                yardstick("llama-3.1-8b", hosted=False),
                server=server,
            )


def asking(*messages: Message, most: int = 1024, text: str = LONG) -> ModelRequest:
    return ModelRequest(messages or (Message(Role.USER, (TextPart(text),)),), max_tokens=most)


async def test_the_answer_gets_what_is_left_by_the_servers_count() -> None:
    scales = Scales(3500)
    async with weighing(scales) as counting:
        assert await fitted(asking(), WINDOW, counting) == asking(most=596)


async def test_what_fits_goes_as_it_is() -> None:
    scales = Scales(WINDOW - 1024)
    async with weighing(scales) as counting:
        assert await fitted(asking(), WINDOW, counting) == asking()
    assert len(scales.asked) == 1


async def test_what_leaves_no_room_for_an_answer_is_too_long() -> None:
    scales = Scales(WINDOW - LEAST_ANSWER + 1)
    async with weighing(scales) as counting:
        with pytest.raises(ContextOverflow):
            await fitted(asking(), WINDOW, counting)


async def test_the_guess_of_a_picture_refuses_nothing() -> None:
    scales = Scales(40)
    parts = tuple(ImagePart(f"{at:064}", "image/png", 8, 8, f"{at}.png") for at in range(3))
    pictures = tuple((part.sha256, Image(part.mime, b"")) for part in parts)
    async with weighing(scales) as counting:
        assert counting.picture(8, 8) * len(parts) > WINDOW
        request = replace(asking(Message(Role.USER, parts)), images=pictures)
        assert await fitted(request, WINDOW, counting) == request
    assert len(scales.asked) == 1


async def test_a_short_answer_needs_little_room() -> None:
    scales = Scales(WINDOW - 40)
    async with weighing(scales) as counting:
        assert await fitted(asking(most=30), WINDOW, counting) == asking(most=30)


@pytest.mark.parametrize("text", ["hello", "🦙" * 200, "x" * 2000], ids=["short", "emoji", "one word"])
async def test_what_is_far_from_the_limit_is_not_counted(text: str) -> None:
    scales = Scales(1)
    async with weighing(scales) as counting:
        assert await fitted(asking(text=text), WINDOW, counting) == asking(text=text)
    assert scales.asked == []


@pytest.mark.parametrize(
    "messages",
    [
        (Message(Role.USER, (FilePart("a.txt", LONG),)),),
        (
            Message(Role.ASSISTANT, (ToolCall("c1", "find", "{}"),)),
            Message(Role.TOOL, (ToolResult("c1", "find", LONG),)),
        ),
        (
            Message(Role.ASSISTANT, (ToolCall("c1", "find", f'{{"a": "{LONG}"}}'),)),
            Message(Role.TOOL, (ToolResult("c1", "find", "it"),)),
        ),
    ],
    ids=["file", "result", "call"],
)
async def test_whatever_makes_it_long(messages: tuple[Message, ...]) -> None:
    scales = Scales(3500)
    request = asking(*messages)
    async with weighing(scales) as counting:
        assert (await fitted(request, WINDOW, counting)).max_tokens == 596


async def test_tools_count() -> None:
    scales = Scales(3500)
    tools = (ToolSpec("find", LONG, '{"type": "object"}'),)
    request = ModelRequest((Message(Role.USER, (TextPart("hi"),)),), tools, max_tokens=1024)
    async with weighing(scales) as counting:
        assert (await fitted(request, WINDOW, counting)).max_tokens == 596


async def test_a_server_that_does_not_count_now_is_asked_all_the_same() -> None:
    scales = Scales(3500, status=500)
    async with weighing(scales) as counting:
        for _ in range(2):
            assert await fitted(asking(), WINDOW, counting) == asking()
    assert len(scales.asked) == 1


async def test_the_client_asks_within_what_is_left() -> None:
    async with ModelEmulator() as model:
        known = Knowledge(Facts(window=WINDOW), named("vllm"))
        async with aclosing(LlamaClient(Endpoint(model.url, "", "m"), knowledge=known)) as client:
            for count, most in ((3000, 1024), (3500, 596)):
                model.counted = count
                async with aclosing(client.stream(asking())) as events:
                    assert [event async for event in events]
                assert model.journal[-1].ask.body["max_tokens"] == most
            model.counted = WINDOW
            with pytest.raises(ContextOverflow):
                async with aclosing(client.stream(asking())) as events:
                    [event async for event in events]
        assert len(model.journal) == 2


async def test_a_server_that_never_counts_is_not_asked() -> None:
    scales = Scales(3500)
    async with weighing(scales, TokenCounter.NOWHERE) as counting:
        assert await fitted(asking(), WINDOW, counting) == asking()
    assert scales.asked == []
