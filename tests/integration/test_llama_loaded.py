"""The context that Ollama has really given to a model: asked for, held against what was set, and said."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from core.llama.client import Endpoint, Facts, Knowledge, LlamaClient
from core.llama.loaded import AGAIN_S, REST_S, LoadedContext
from core.llama.profiles import named
from tests.emulators.application import served

MODEL = "llama3.1:8b"


@dataclass
class Ollama:
    """Its two lists. ``loaded`` are names with their contexts; ``None`` hangs."""

    loaded: dict[str, object] | None = field(default_factory=dict)
    status: int = 200
    asked: int = 0
    url: str = ""

    async def running(self, _request: web.Request) -> web.Response:
        self.asked += 1
        if self.loaded is None:
            await asyncio.sleep(30)
            return web.Response()
        models = [
            {"name": name, "model": name, "size": 1, "size_vram": 1, "context_length": tokens}
            for name, tokens in self.loaded.items()
        ]
        return web.json_response({"models": models}, status=self.status)

    async def listed(self, _request: web.Request) -> web.Response:
        entry = {"id": MODEL, "object": "model", "created": 1, "owned_by": "library"}
        return web.json_response({"object": "list", "data": [entry]})


@asynccontextmanager
async def serving(ollama: Ollama) -> AsyncIterator[Ollama]:
    app = web.Application()
    app.router.add_get("/api/ps", ollama.running)
    app.router.add_get("/v1/models", ollama.listed)
    async with served(app) as port:
        ollama.url = f"http://127.0.0.1:{port}/v1"
        yield ollama


async def window(ollama: Ollama, stated: int | None = None) -> int:
    known = Knowledge(Facts(window=stated), named("ollama"))
    async with aclosing(LlamaClient(Endpoint(ollama.url, "", MODEL), knowledge=known)) as client:
        return (await client.info()).window


async def test_a_model_that_is_loaded_has_the_context_that_it_was_given() -> None:
    async with serving(Ollama({MODEL: 32_768, "another": 8192})) as ollama:
        assert await window(ollama) == 32_768


@pytest.mark.parametrize("tokens", [None, 0, "many", True, -1])
async def test_what_says_nothing_leaves_the_cautious_guess(tokens: object) -> None:
    async with serving(Ollama({MODEL: tokens})) as ollama:
        assert await window(ollama) == 4096


async def test_a_model_that_is_not_loaded_leaves_the_cautious_guess() -> None:
    async with serving(Ollama({"another": 32_768})) as ollama:
        assert await window(ollama) == 4096


@pytest.mark.parametrize("status", [404, 500])
async def test_a_server_that_does_not_tell_is_left_alone(status: int) -> None:
    async with serving(Ollama({}, status=status)) as ollama:
        known = Knowledge(profile=named("ollama"))
        async with aclosing(LlamaClient(Endpoint(ollama.url, "", MODEL), knowledge=known)) as client:
            for _ in range(3):
                assert (await client.info()).window == 4096
        assert ollama.asked == 1


async def test_a_setting_that_the_server_does_not_have_is_not_believed_and_said_once() -> None:
    async with serving(Ollama({MODEL: 4096})) as ollama:
        known = Knowledge(Facts(window=32_768), named("ollama"))
        with capture_logs() as logs:
            async with aclosing(LlamaClient(Endpoint(ollama.url, "", MODEL), knowledge=known)) as client:
                for _ in range(2):
                    assert (await client.info()).window == 4096
    [said] = [line for line in logs if line["event"] == "model.context_is_smaller"]
    assert "OLLAMA_CONTEXT_LENGTH=32768" in said["advice"]


async def test_a_smaller_setting_holds() -> None:
    async with serving(Ollama({MODEL: 32_768})) as ollama:
        assert await window(ollama, stated=8192) == 8192


async def test_other_servers_are_not_asked() -> None:
    async with serving(Ollama({MODEL: 32_768})) as ollama:
        known = Knowledge(profile=named("vllm"))
        async with aclosing(LlamaClient(Endpoint(ollama.url, "", MODEL), knowledge=known)) as client:
            await client.info()
        assert ollama.asked == 0


async def test_it_is_asked_again_after_a_while_and_keeps_what_it_knew() -> None:
    now = 0.0
    async with serving(Ollama({})) as ollama:
        endpoint = Endpoint(ollama.url, "", MODEL)
        async with aclosing(LoadedContext(endpoint, monotonic=lambda: now)) as loaded:
            assert await loaded.of("llama3.2") is None
            ollama.loaded = {"llama3.2:latest": 16_384}
            assert await loaded.of("llama3.2") is None
            now = AGAIN_S
            assert await loaded.of("llama3.2") == 16_384
            assert await loaded.of("Llama3.2:latest") == 16_384
            ollama.loaded = {}
            now *= 2
            assert await loaded.of("llama3.2") == 16_384
            assert ollama.asked == 3


async def test_a_server_that_hangs_costs_a_second_once() -> None:
    now = 0.0
    async with serving(Ollama(None)) as ollama:
        endpoint = Endpoint(ollama.url, "", MODEL)
        async with aclosing(LoadedContext(endpoint, monotonic=lambda: now)) as loaded:
            begun = time.monotonic()
            assert await loaded.of(MODEL) is None
            assert time.monotonic() - begun < 3
            now = REST_S - 1
            assert await loaded.of(MODEL) is None
            assert ollama.asked == 1
