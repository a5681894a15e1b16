"""Exact counts over real sockets: the servers' shapes, their failures, and the real llama.cpp server."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from bots.local_model import available, local_model
from core.llama.counting import TokenCounting, yardstick
from core.llama.endpoint import Endpoint
from core.llama.profile import TokenCounter
from core.llama.server_counter import DEADLINES, REST_S, REST_WITHOUT_ROUTE_S, ServerCounter
from core.llama.wire import Saying, encode
from core.transcript import (
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

Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]
SPEC = ToolSpec("weather", "Tell the weather.", '{"type":"object","properties":{}}')
NO_LOCAL_MODEL = available()


def asking(text: str = "how long is the road?") -> ModelRequest:
    return ModelRequest((Message(Role.USER, (TextPart(text),)),), tools=(SPEC,))


def encoded(request: ModelRequest) -> bytes:
    return encode(request, Saying("llama-4-scout"))


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Counted:
    """What was asked of a server, and the server's address."""

    url: str = ""
    asked: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)
    answer: Answering | None = None

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.asked.append((request.path, request.headers.get("Authorization", ""), body))
        assert self.answer is not None
        return await self.answer(request)


def saying(body: object, status: int = 200) -> Answering:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    return answer


@asynccontextmanager
async def server(answer: Answering, prefix: str = "") -> AsyncIterator[Counted]:
    counted = Counted(answer=answer)
    app = web.Application()
    app.router.add_post("/{path:.*}", counted.take)
    async with served(app) as port:
        counted.url = f"http://127.0.0.1:{port}{prefix}/v1"
        yield counted


@asynccontextmanager
async def counting(
    counted: Counted, route: TokenCounter, clock: Clock | None = None
) -> AsyncIterator[TokenCounting]:
    asked = ServerCounter(Endpoint(counted.url, "LLM|1|k"), route, monotonic=clock or time.monotonic)
    async with aclosing(asked):
        yield TokenCounting(encoded, yardstick("llama-4-scout", hosted=True), server=asked)


async def test_vllm_counts_at_the_root_with_template_and_tools() -> None:
    answer = saying({"count": 321, "max_model_len": 8192, "tokens": [1] * 321, "token_strs": None})
    async with server(answer, "/vllm") as counted, counting(counted, TokenCounter.TOKENIZE) as tokens:
        assert (await tokens.of_request(asking())).tokens == 321
        [(path, key, body)] = counted.asked
        assert (path, key) == ("/vllm/tokenize", "Bearer LLM|1|k")
        assert set(body) == {"model", "messages", "tools", "add_generation_prompt"}
        assert body["messages"] == [{"role": "user", "content": "how long is the road?"}]


async def test_llama_cpp_counts_below_the_api() -> None:
    answer = saying({"object": "response.input_tokens", "input_tokens": 55})
    async with server(answer) as counted, counting(counted, TokenCounter.INPUT_TOKENS) as tokens:
        assert (await tokens.of_request(asking())).tokens == 55
        [(path, _key, body)] = counted.asked
        assert path == "/v1/chat/completions/input_tokens"
        assert "stream" not in body
        assert body["model"] == "llama-4-scout"


async def test_a_list_of_tokens_is_a_count() -> None:
    answer = saying({"tokens": [5, 6, 7]})
    async with server(answer) as counted, counting(counted, TokenCounter.TOKENIZE) as tokens:
        assert (await tokens.of_request(asking())).tokens == 3


async def test_pictures_stay_here_and_go_by_the_rule() -> None:
    picture = ImagePart("ab" * 32, "image/png", 672, 672, "llama.png")
    parts = (TextPart("what is it?"), picture)
    request = ModelRequest(
        (Message(Role.USER, parts),), images=((picture.sha256, Image("image/png", b"bytes")),)
    )
    async with (
        server(saying({"count": 20})) as counted,
        counting(counted, TokenCounter.TOKENIZE) as tokens,
    ):
        assert (await tokens.of_request(request)).tokens == 20 + 727
        assert "base64" not in json.dumps(counted.asked)


async def test_what_surely_fits_is_not_asked() -> None:
    async with server(saying({"count": 9})) as counted, counting(counted, TokenCounter.TOKENIZE) as tokens:
        guess = (await tokens.of_request(asking(), enough=100_000)).tokens
        assert guess > 9
        assert counted.asked == []
        assert (await tokens.of_request(asking(), enough=guess - 1)).tokens == 9


async def test_an_exact_count_teaches_the_guess() -> None:
    long = asking("the runner came down to the station, " * 100)
    async with server(saying({"count": 1})) as counted, counting(counted, TokenCounter.TOKENIZE) as tokens:
        first = (await tokens.of_request(long, enough=100_000)).tokens
        counted.answer = saying({"count": int(first * 1.2)})
        await tokens.of_request(long)
        assert (await tokens.of_request(long, enough=100_000)).tokens > first


@pytest.mark.parametrize(
    ("answer", "rest"),
    [
        (saying({"error": "no such route"}, 404), REST_WITHOUT_ROUTE_S),
        (saying({"error": {"message": "boom"}}, 500), REST_S),
        (saying({"error": {"message": "key"}}, 401), REST_S),
        (saying({"count": 0, "tokens": []}), REST_S),
        (saying({"count": -4}), REST_S),
        (saying({"count": True}), REST_S),
        (saying(["what?"]), REST_S),
        (saying(None), REST_S),
    ],
)
async def test_after_a_failure_there_is_the_guess_and_a_rest(answer: Answering, rest: float) -> None:
    clock = Clock()
    async with server(answer) as counted, counting(counted, TokenCounter.TOKENIZE, clock) as tokens:
        guess = (await tokens.of_request(asking(), enough=100_000)).tokens
        assert (await tokens.of_request(asking())).tokens == guess
        assert (await tokens.of_request(asking())).tokens == guess
        assert len(counted.asked) == 1
        clock.now = rest - 1
        assert (await tokens.of_request(asking())).tokens == guess
        assert len(counted.asked) == 1
        clock.now = rest
        counted.answer = saying({"count": 77})
        assert (await tokens.of_request(asking())).tokens == 77


async def test_no_json_and_no_connection_are_failures_like_others() -> None:
    async def page(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>hello</html>", content_type="text/html")

    async with server(page) as counted, counting(counted, TokenCounter.TOKENIZE) as tokens:
        guess = (await tokens.of_request(asking(), enough=100_000)).tokens
        assert (await tokens.of_request(asking())).tokens == guess
    async with counting(counted, TokenCounter.TOKENIZE) as tokens:
        assert (await tokens.of_request(asking())).tokens == guess


async def begins_and_stalls(request: web.Request, status: int) -> web.StreamResponse:
    response = web.StreamResponse(status=status)
    await response.prepare(request)
    await response.write(b'{"count": ')
    await asyncio.sleep(30)
    return response


@pytest.mark.parametrize("status", [200, 500])
async def test_a_server_that_stalls_costs_two_seconds_once(status: int) -> None:
    async with (
        server(lambda request: begins_and_stalls(request, status)) as counted,
        counting(counted, TokenCounter.INPUT_TOKENS) as tokens,
    ):
        guess = (await tokens.of_request(asking(), enough=100_000)).tokens
        start = time.monotonic()
        assert (await tokens.of_request(asking())).tokens == guess
        assert DEADLINES.total * 0.9 < time.monotonic() - start < DEADLINES.total + 1.5
        start = time.monotonic()
        assert (await tokens.of_request(asking())).tokens == guess
        assert time.monotonic() - start < 0.5


async def test_who_stops_waiting_is_let_go() -> None:
    async with (
        server(lambda request: begins_and_stalls(request, 200)) as counted,
        counting(counted, TokenCounter.TOKENIZE) as tokens,
    ):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await tokens.of_request(asking())
        counted.answer = saying({"count": 12})
        assert (await tokens.of_request(asking())).tokens == 12


async def test_a_server_without_a_counter_is_never_asked() -> None:
    async with server(saying({"count": 9})) as counted, counting(counted, TokenCounter.NOWHERE) as tokens:
        assert (await tokens.of_request(asking())).tokens > 9
        assert counted.asked == []


def only(path: str, body: object) -> Answering:
    """A server that knows some paths by their ends and has no others."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path.endswith(path):
            return web.json_response(body)
        return web.json_response({"error": {"message": "File Not Found", "code": 404}}, status=404)

    return answer


async def test_metas_server_is_asked_in_the_shape_of_the_responses_api() -> None:
    called = ModelRequest(
        (
            Message(Role.SYSTEM, (TextPart("be brief"),)),
            Message(Role.USER, (TextPart("the weather?"),)),
            Message(Role.ASSISTANT, (ToolCall("c1", "weather", '{"place":"Puno"}'),)),
            Message(Role.TOOL, (ToolResult("c1", "weather", "cold"),)),
        ),
        tools=(SPEC,),
    )
    answer = only("/v1/responses/input_tokens", {"object": "response.input_tokens", "input_tokens": 41})
    async with server(answer) as counted, counting(counted, TokenCounter.INPUT_TOKENS) as tokens:
        assert (await tokens.of_request(called)).tokens == 41
        assert (await tokens.of_request(called)).tokens == 41
        # The way that was found is gone at once the next time.
        assert [path.rpartition("/v1")[2] for path, _, _ in counted.asked] == [
            "/chat/completions/input_tokens",
            "/responses/input_tokens",
            "/responses/input_tokens",
        ]
        body = counted.asked[-1][2]
        assert body["input"] == [
            {"type": "message", "role": "system", "content": "be brief"},
            {"type": "message", "role": "user", "content": "the weather?"},
            {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": '{"place":"Puno"}'},
            {"type": "function_call_output", "call_id": "c1", "output": "cold"},
        ]
        assert body["tools"] == [
            {
                "type": "function",
                "name": "weather",
                "description": "Tell the weather.",
                "parameters": {"type": "object", "properties": {}},
            }
        ]


async def test_an_older_llama_cpp_writes_the_prompt_and_then_counts_it() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        known = {"/apply-template": {"prompt": "<|begin|>hi"}, "/tokenize": {"tokens": [1, 2, 3, 4]}}
        body = known.get(request.path)
        return web.json_response(body or {"error": "no"}, status=200 if body else 404)

    async with server(answer) as counted, counting(counted, TokenCounter.INPUT_TOKENS) as tokens:
        assert (await tokens.of_request(asking())).tokens == 4
        assert counted.asked[-1][2]["content"] == "<|begin|>hi"


async def test_a_server_without_any_way_is_left_alone_for_an_hour() -> None:
    clock = Clock()
    async with (
        server(only("/nothing", {})) as counted,
        counting(counted, TokenCounter.INPUT_TOKENS, clock) as tokens,
    ):
        guess = (await tokens.of_request(asking())).tokens
        assert len(counted.asked) == 3
        clock.now = REST_WITHOUT_ROUTE_S - 1
        assert (await tokens.of_request(asking())).tokens == guess
        assert len(counted.asked) == 3
        clock.now = REST_WITHOUT_ROUTE_S
        counted.answer = saying({"input_tokens": 8})
        assert (await tokens.of_request(asking())).tokens == 8


def body_of(model: str, text: str) -> dict[str, object]:
    request = ModelRequest(
        (Message(Role.SYSTEM, (TextPart("be brief"),)), Message(Role.USER, (TextPart(text),)))
    )
    body: dict[str, object] = json.loads(encode(request, Saying(model)))
    return body


@pytest.mark.model
@pytest.mark.skipif(NO_LOCAL_MODEL is not None, reason=NO_LOCAL_MODEL or "it runs here")
async def test_the_real_llama_cpp_server_counts_the_same_in_every_way() -> None:
    async with local_model() as model:
        endpoint = Endpoint(model.base_url, model=model.name)
        async with aclosing(ServerCounter(endpoint, TokenCounter.INPUT_TOKENS)) as counter:
            few = await counter.count(body_of(model.name, "hello"))
            many = await counter.count(body_of(model.name, "hello" + " there" * 100))
            assert few is not None
            assert many is not None
            assert 0 < few < 100
            assert many - few == 100
            body = body_of(model.name, "¿cómo está usted? 🦙 <|im_end|>")
            ways = [await way(body) for way in counter._ways]
            assert len(ways) == 3
            assert len(set(ways)) == 1
