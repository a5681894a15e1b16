"""What anything behind ``core.ports.Model`` has to do, over the emulator and over a real llama.cpp server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest

from core.errors import ContextOverflow, ModelError, ModelUnreachable, NoVision
from core.llama.client import Endpoint, LlamaClient
from core.ports import Model
from core.transcript import (
    Finish,
    Finished,
    Image,
    ImagePart,
    Message,
    ModelEvent,
    ModelRequest,
    Part,
    Role,
    TextDelta,
    TextPart,
)
from tests.contract.llama_cpp import llama_cpp
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Reply, failed, said

WINDOW_WORDS = 1000


@dataclass(frozen=True, slots=True)
class Bound:
    """A model under test, and how many calls its server is working on.

    ``lets_go_s``: how soon the server stops working for a client that has left; the real one looks at
    its connections between batches, which takes its time on a busy machine.
    """

    model: Model
    active: Callable[[], Awaitable[int]]
    lets_go_s: float


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """The address of a real server with the small model's own template."""
    with llama_cpp() as server:
        yield server.origin


def small_and_blind(ask: Ask) -> Reply:
    if any(message.images for message in ask.messages):
        return failed(500, {"error": {"code": 500, "message": "image input is not supported"}})
    if len(ask.last_user_text.split()) > WINDOW_WORDS:
        return failed(400, {"error": {"code": 400, "message": "exceeds the available context size"}})
    words = "The llama looks at the mountain and hums. " * 20
    limit = int(ask.body["max_tokens"]) * 4
    return said(words[:limit], delay_s=0.03, finish="length" if limit < len(words) else "stop")


@asynccontextmanager
async def emulated() -> AsyncIterator[Bound]:
    async with ModelEmulator() as server:
        server.answer_with(small_and_blind)
        client = LlamaClient(Endpoint(server.url))

        async def active() -> int:
            return sum(call.ended_at is None for call in server.journal)

        async with aclosing(client):
            yield Bound(client, active, lets_go_s=2)


@asynccontextmanager
async def real(origin: str) -> AsyncIterator[Bound]:
    async with httpx.AsyncClient(base_url=origin, trust_env=False) as http:

        async def active() -> int:
            slots = (await http.get("/slots")).json()
            return sum(bool(slot["is_processing"]) for slot in slots)

        async with aclosing(LlamaClient(Endpoint(f"{origin}/v1"))) as client:
            yield Bound(client, active, lets_go_s=20)


@pytest.fixture(params=["emulator", pytest.param("llama.cpp", marks=pytest.mark.model)])
async def bound(request: pytest.FixtureRequest) -> AsyncIterator[Bound]:
    binding = emulated() if request.param == "emulator" else real(request.getfixturevalue("origin"))
    async with binding as one:
        yield one


def asking(
    *parts: Part | str, max_tokens: int = 16, images: tuple[tuple[str, Image], ...] = ()
) -> ModelRequest:
    asked = tuple(TextPart(part) if isinstance(part, str) else part for part in parts)
    messages = (Message(Role.SYSTEM, (TextPart("Be brief."),)), Message(Role.USER, asked))
    return ModelRequest(messages, images=images, max_tokens=max_tokens, temperature=0.0)


async def all_of(model: Model, request: ModelRequest) -> list[ModelEvent]:
    async with asyncio.timeout(60), aclosing(model.stream(request)) as events:
        return [event async for event in events]


async def until(bound: Bound, *, busy: bool, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while bool(await bound.active()) is not busy:  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.02)


async def test_text_then_exactly_one_last_event(bound: Bound) -> None:
    *before, last = await all_of(bound.model, asking("Say hello."))
    assert any(isinstance(event, TextDelta) and event.text for event in before)
    assert not any(isinstance(event, Finished) for event in before)
    assert isinstance(last, Finished)
    assert last.reason in {Finish.STOP, Finish.LENGTH}
    assert last.usage is not None
    assert last.usage.prompt_tokens > 0


async def test_an_answer_that_hits_its_limit_says_so(bound: Bound) -> None:
    last = (await all_of(bound.model, asking("Tell me a long story.", max_tokens=4)))[-1]
    assert isinstance(last, Finished)
    assert (last.reason, last.calls) == (Finish.LENGTH, ())


async def test_closing_early_ends_the_call(bound: Bound) -> None:
    async with aclosing(bound.model.stream(asking("Tell me a very long story.", max_tokens=400))) as events:
        assert isinstance(await anext(events), TextDelta)
    await until(bound, busy=False, seconds=bound.lets_go_s)


async def test_cancelling_ends_the_call(bound: Bound) -> None:
    async with asyncio.TaskGroup() as group:
        reader = group.create_task(all_of(bound.model, asking("Tell me a very long story.", max_tokens=400)))
        await until(bound, busy=True, seconds=30)
        reader.cancel()
    assert reader.cancelled()
    await until(bound, busy=False, seconds=bound.lets_go_s)


async def test_what_does_not_fit_is_said_to_overflow(bound: Bound) -> None:
    with pytest.raises(ContextOverflow):
        await all_of(bound.model, asking("llama " * (2 * WINDOW_WORDS)))


async def test_a_picture_for_a_blind_model(bound: Bound) -> None:
    picture = ImagePart("ab" * 32, "image/png", 1, 1, "llama.png")
    request = asking("What is it?", picture, images=((picture.sha256, Image("image/png", b"\x89PNG")),))
    with pytest.raises(NoVision):
        await all_of(bound.model, request)
    assert (await bound.model.info()).vision is False


async def test_a_failed_call_leaves_the_model_usable(bound: Bound) -> None:
    with pytest.raises(ModelError):
        await all_of(bound.model, asking("llama " * (2 * WINDOW_WORDS)))
    assert isinstance((await all_of(bound.model, asking("Hi", max_tokens=4)))[-1], Finished)


async def test_two_answers_at_once_are_two_whole_answers(bound: Bound) -> None:
    request = asking("Count: one, two, three,", max_tokens=8)
    answers = await asyncio.gather(all_of(bound.model, request), all_of(bound.model, request))
    for answer in answers:
        assert [isinstance(event, Finished) for event in answer] == [False] * (len(answer) - 1) + [True]
        assert any(isinstance(event, TextDelta) for event in answer)


async def test_which_model_it_is(bound: Bound) -> None:
    info = await bound.model.info()
    assert info.name
    assert info.window > info.max_output > 0
    assert info.hosted is False


async def test_no_server_is_a_model_error() -> None:
    async with ModelEmulator() as gone:
        url = gone.url
    async with aclosing(LlamaClient(Endpoint(url))) as client:
        with pytest.raises(ModelUnreachable):
            await client.info()
        with pytest.raises(ModelUnreachable):
            await all_of(client, asking("hi"))
