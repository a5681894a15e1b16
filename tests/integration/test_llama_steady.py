"""Retries, the line, the breaker and the chain over real sockets: what servers do, and what comes of it."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from random import Random

import pytest

from core.clock import SystemClock
from core.errors import (
    ModelBusy,
    ModelError,
    ModelRefusedKey,
    ModelUnreachable,
    StreamCut,
)
from core.llama.breaker import BreakerRules
from core.llama.chain import Chain
from core.llama.client import Deadlines, Endpoint, LlamaClient
from core.llama.line import ASKER, LineRules
from core.llama.pace import Budget
from core.llama.retrying import RetryRules
from core.llama.steady import Server, Servers, steady
from core.llama.unasked import StillUnreachable
from core.ports import Model
from core.transcript import Finished, ModelEvent, ModelRequest
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Drop, Pause, Reply, failed, opening, said, tokens
from tests.integration.llama_stage import SOON, asking, text_of

CLOCK = SystemClock()
PATIENT_S = 20.0


def weigh(_: ModelRequest) -> int:
    return 20


@asynccontextmanager
async def steady_of(
    url: str,
    *,
    servers: Servers | None = None,
    line: LineRules | None = None,
    deadlines: Deadlines = SOON,
    key: str = "",
    name: str = "emulated-llama",
) -> AsyncIterator[tuple[Model, Server]]:
    endpoint = Endpoint(url, key, name)
    server = (servers or Servers(CLOCK)).of(endpoint, line or LineRules())
    client = LlamaClient(endpoint, deadlines=deadlines)
    client._connection.observe = server.observe
    async with aclosing(client):
        yield steady(client, server, weigh, RetryRules(), CLOCK), server
    assert (server.line.asking, server.line.waiting) == (0, 0)


async def read(model: Model, asker: str = "", text: str = "hi") -> list[ModelEvent]:
    ASKER.set(asker)
    async with asyncio.timeout(PATIENT_S), aclosing(model.stream(asking(text))) as events:
        return [event async for event in events]


async def hear(model: Model, text: str, heard: list[ModelEvent]) -> None:
    """Read into a list that keeps what came before a failure."""
    async with aclosing(model.stream(asking(text))) as events:
        async for event in events:
            heard += [event]


async def read_all(model: Model, count: int) -> list[list[ModelEvent]]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(read(model, f"thread {n}", f"q{n}")) for n in range(count)]
    return [task.result() for task in tasks]


# One question


@pytest.mark.parametrize(
    "trouble", ["500", "502 page", "cut", "early cut", "no end", "garbage", "error event"]
)
async def test_trouble_before_a_word_is_over_by_the_third_try(trouble: str) -> None:
    async with ModelEmulator() as model, steady_of(model.url) as (stack, _):
        for _ in range(2):
            match trouble:
                case "500":
                    model.fail(500)
                case "502 page":
                    model.fail(502, "<html>bad gateway</html>")
                case "cut":
                    model.cut("Hello", after=0)
                case "early cut":
                    model.reply(Reply((*opening(), Pause(0.05), Drop())))
                case "no end":
                    model.end_without_finish("")
                case "garbage":
                    model.garbage()
                case _:
                    model.error_event()
        model.say("Hello!")
        assert text_of(await read(stack)) == "Hello!"
        assert len(model.journal) == 3


async def test_a_busy_server_is_given_the_time_that_it_asks_for() -> None:
    async with ModelEmulator() as model, steady_of(model.url) as (stack, _):
        model.fail(429, headers={"Retry-After-Ms": "400"})
        model.say("Hello!")
        assert text_of(await read(stack)) == "Hello!"
        first, second = model.journal
        assert 0.35 < second.started_at - first.started_at < 3.0


async def test_a_server_that_is_always_busy_is_told_of_honestly() -> None:
    async with ModelEmulator() as model, steady_of(model.url) as (stack, _):
        model.answer_with(lambda _: failed(429, headers={"Retry-After": "0.1"}))
        with pytest.raises(ModelBusy):
            await read(stack)
        assert len(model.journal) == 3


async def test_a_wait_of_minutes_is_told_at_once_to_everybody() -> None:
    async with ModelEmulator() as model, steady_of(model.url) as (stack, _):
        model.answer_with(lambda _: failed(429, headers={"Retry-After": "300"}))
        began = time.monotonic()
        for _ in range(5):
            with pytest.raises(ModelBusy) as caught:
                await read(stack)
            assert "5 minutes" in caught.value.told
        assert len(model.journal) == 1
        assert time.monotonic() - began < 3.0


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
async def test_a_refusal_is_told_at_once(status: int) -> None:
    async with ModelEmulator() as model, steady_of(model.url) as (stack, _):
        model.answer_with(lambda _: failed(status))
        with pytest.raises(ModelError):
            await read(stack)
        assert len(model.journal) == 1


async def test_words_are_never_said_twice() -> None:
    async with ModelEmulator() as model, steady_of(model.url) as (stack, _):
        model.cut("Hello world", after=6)
        heard: list[ModelEvent] = []
        with pytest.raises(StreamCut):
            await hear(stack, "hi", heard)
        assert text_of(heard).startswith("Hello")
        assert len(model.journal) == 1


async def test_a_model_that_hangs_is_asked_again() -> None:
    async with ModelEmulator() as model, steady_of(model.url) as (stack, _):
        model.hang()
        model.stall("")
        model.say("Hello!")
        assert text_of(await read(stack)) == "Hello!"
        assert len(model.journal) == 3


# Many at once


async def test_a_burst_stands_in_line() -> None:
    async with ModelEmulator() as model, steady_of(model.url, line=LineRules(at_once=3)) as (stack, _):
        under_way = most = 0

        async def watch() -> None:
            nonlocal under_way, most
            while True:
                under_way = sum(call.ended_at is None for call in model.journal)
                most = max(most, under_way)
                await asyncio.sleep(0.005)

        model.answer_with(lambda ask: said(f"to {ask.last_user_text}", first_token_s=0.02))
        async with asyncio.TaskGroup() as group:
            watcher = group.create_task(watch())
            answers = await read_all(stack, 24)
            watcher.cancel()
        assert [text_of(answer) for answer in answers] == [f"to q{number}" for number in range(24)]
        # The three that are under way together go over connections of their own.
        places = [int(call.ask.last_user_text.removeprefix("q")) for call in model.journal]
        assert sorted(places) == list(range(24))
        assert all(abs(number - place) < 3 for place, number in enumerate(places))
        # The server sees the end of a call a little after the client does.
        assert 2 <= most <= 4


async def test_a_server_that_takes_few_at_a_time_answers_everybody() -> None:
    """It refuses the fourth request within 0.4 s, for as long as that lasts."""
    taken: deque[float] = deque()
    refused = 0

    def rationed(ask: Ask) -> Reply:
        nonlocal refused
        now = time.monotonic()
        while taken and taken[0] < now - 0.4:
            taken.popleft()
        if len(taken) >= 3:
            refused += 1
            return failed(429, headers={"Retry-After-Ms": str(int((taken[0] + 0.4 - now) * 1000) + 1)})
        taken.append(now)
        return said(f"to {ask.last_user_text}", first_token_s=0.15)

    async with ModelEmulator() as model, steady_of(model.url, line=LineRules(at_once=8)) as (stack, _):
        model.answer_with(rationed)
        answers = await read_all(stack, 20)
        assert [text_of(answer) for answer in answers] == [f"to q{number}" for number in range(20)]
        assert 0 < refused < 20


async def test_what_the_headers_say_slows_the_next_one_down() -> None:
    async with ModelEmulator() as model, steady_of(model.url) as (stack, _):
        headers = (
            ("x-ratelimit-limit-requests", "60"),
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", "700ms"),
        )
        model.reply(Reply(said("one").steps, headers=headers))
        model.say("two")
        await read(stack)
        assert text_of(await read(stack)) == "two"
        first, second = model.journal
        assert 0.6 < second.started_at - first.started_at < 3.0


async def test_the_headers_of_a_refusal_count_too() -> None:
    async with ModelEmulator() as model, steady_of(model.url) as (stack, _):
        model.fail(429, headers={"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "2.8s"})
        model.say("two")
        assert text_of(await read(stack)) == "two"
        first, second = model.journal
        assert 2.7 < second.started_at - first.started_at < 6.0


async def test_a_spent_budget_is_waited_for_or_told() -> None:
    rules = LineRules(budget=Budget(requests_per_minute=3), longest_wait_s=0.3)
    async with ModelEmulator() as model, steady_of(model.url, line=rules) as (stack, _):
        for _ in range(3):
            await read(stack)
        with pytest.raises(ModelBusy) as caught:
            await read(stack)
        assert caught.value.retry_after == pytest.approx(60.0, abs=3.0)
        assert len(model.journal) == 3


async def test_a_reader_that_goes_frees_its_place_and_the_server() -> None:
    async with ModelEmulator() as model, steady_of(model.url, line=LineRules(at_once=1)) as (stack, server):
        model.stall("Hello")
        model.say("next")
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(read(stack))
            await model.until(lambda calls: bool(calls) and calls[0].first_token_at is not None)
            waiting = group.create_task(read(stack))
            gone = group.create_task(read(stack))
            await asyncio.sleep(0.05)
            assert server.line.waiting == 2
            gone.cancel()
            reader.cancel()
            began = time.monotonic()
            assert text_of(await waiting) == "next"
        assert time.monotonic() - began < 0.5
        assert len(model.journal) == 2
        assert model.journal[0].disconnected


# A server that is away


async def test_a_server_that_is_away_is_left_alone_and_found_again() -> None:
    servers = Servers(CLOCK, BreakerRules(failures=3, least_s=0.0, pause_s=0.3))
    async with ModelEmulator() as model:
        url = model.url
        emulator = model
    async with steady_of(url, servers=servers) as (stack, _):
        with pytest.raises(ModelUnreachable):
            await read(stack)
        began = time.monotonic()
        for _ in range(10):
            with pytest.raises(StillUnreachable):
                await read(stack)
        assert time.monotonic() - began < 0.2
        async with emulator:
            await asyncio.sleep(0.4)
            assert text_of(await read(stack)) == "You said: hi"


async def test_models_of_one_server_and_key_share_its_line() -> None:
    servers = Servers(CLOCK)
    first = servers.of(Endpoint("http://127.0.0.1:1/v1", "k", "a"), LineRules())
    assert servers.of(Endpoint("http://127.0.0.1:1/v1/", "k", "b"), LineRules(at_once=1)) is first
    assert servers.of(Endpoint("http://127.0.0.1:1/v1", "other", "a"), LineRules()) is not first


@pytest.mark.parametrize("trouble", ["away", "401", "404", "500", "429", "hang"])
async def test_the_next_in_the_chain_answers(trouble: str) -> None:
    async with AsyncExitStack() as stack:
        main = await stack.enter_async_context(ModelEmulator(key="right" if trouble == "401" else None))
        spare = await stack.enter_async_context(ModelEmulator(("spare-llama",)))
        url = "http://127.0.0.1:1/v1" if trouble == "away" else main.url
        if trouble == "hang":
            for _ in range(3):
                main.hang()
        elif trouble in {"404", "500", "429"}:
            main.answer_with(lambda _: failed(int(trouble), headers={"Retry-After": "120"}))
        first, _ = await stack.enter_async_context(steady_of(url))
        second, _ = await stack.enter_async_context(steady_of(spare.url, name="spare-llama"))
        chain = Chain([first, second], CLOCK)
        events = await read(chain)
        assert text_of(events) == "You said: hi"
        assert isinstance(events[-1], Finished)
        assert events[-1].model == "spare-llama"
        assert (await chain.info()).name == "spare-llama"


async def test_a_chain_whose_servers_all_fail_tells_what_explains_most() -> None:
    async with (
        ModelEmulator(key="right") as model,
        steady_of(model.url, key="wrong") as (first, _),
        steady_of("http://127.0.0.1:1/v1") as (second, _),
    ):
        with pytest.raises(ModelRefusedKey):
            await read(Chain([first, second], CLOCK))


# Anything


@pytest.mark.parametrize("seed", range(4))
async def test_after_a_storm_every_place_is_free_and_nothing_was_said_twice(seed: int) -> None:
    dice = Random(seed)

    def stormy(ask: Ask) -> Reply:
        return dice.choice(
            [
                said(f"to {ask.last_user_text}"),
                said(f"to {ask.last_user_text}", first_token_s=0.05, delay_s=0.01),
                failed(500),
                failed(429, headers={"Retry-After-Ms": "50"}),
                Reply((*opening(), Drop())),
                Reply((*opening(), *tokens("to"), Drop())),
            ]
        )

    async def one(stack: Model, number: int) -> str:
        heard: list[ModelEvent] = []
        try:
            async with asyncio.timeout(dice.choice([None, None, 0.03, 0.2])):
                await hear(stack, f"q{number}", heard)
        except (ModelError, TimeoutError):
            assert f"to q{number}".startswith(text_of(heard))
            return "failed"
        assert text_of(heard) == f"to q{number}"
        return "answered"

    async with ModelEmulator() as model, steady_of(model.url, line=LineRules(at_once=4)) as (stack, server):
        model.answer_with(stormy)
        async with asyncio.timeout(PATIENT_S), asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(stack, number)) for number in range(40)]
        assert {task.result() for task in tasks} == {"answered", "failed"}
        assert (server.line.asking, server.line.waiting) == (0, 0)
