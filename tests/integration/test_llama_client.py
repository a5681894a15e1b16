"""The client over a real socket: whole answers, cut ones, late ones, and going away."""

import asyncio
import time

import httpx
import pytest

from core.errors import (
    ModelBroke,
    ModelTimedOut,
    ModelUnreachable,
    StreamCut,
)
from core.llama.client import Deadlines, Endpoint, LlamaClient
from core.transcript import (
    Finish,
    Finished,
    ModelRequest,
    TextDelta,
    ToolSpec,
    Usage,
)
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import (
    DONE,
    Drop,
    Hold,
    Pause,
    Reply,
    Send,
    chunk,
    event,
    said,
    tokens,
    usage,
)
from tests.integration.llama_stage import (
    SOON,
    all_of,
    asking,
    client_of,
    failure_of,
    text_of,
)


async def test_text_usage_and_what_was_asked() -> None:
    async with ModelEmulator(key="LLM|1|k") as model, client_of(model, key="LLM|1|k") as client:
        model.say("Hello there, 🦙!")
        events = await all_of(client)
        assert text_of(events) == "Hello there, 🦙!"
        assert events[-1] == Finished(Finish.STOP, usage=Usage(7, 5))
        [call] = model.journal
        assert call.ask.last_user_text == "hi"
        assert call.ask.authorization == "Bearer LLM|1|k"
        assert not call.disconnected


async def test_tool_calls_over_the_wire() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.call_tools(("weather", {"city": "Rome"}), ("time", '{"zone": "CET"}'))
        request = ModelRequest(asking().messages, tools=(ToolSpec("weather", "w", '{"type":"object"}'),))
        finished = (await all_of(client, request))[-1]
        assert isinstance(finished, Finished)
        assert [(call.name, call.arguments) for call in finished.calls] == [
            ("weather", '{"city": "Rome"}'),
            ("time", '{"zone": "CET"}'),
        ]
        assert model.journal[0].ask.tools == ("weather",)


async def test_line_separators_inside_text_survive() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.say("a\u2028b\x85c\u2029d\x0be", chunk=2)
        assert text_of(await all_of(client)) == "a\u2028b\x85c\u2029d\x0be"


async def test_connections_are_used_again() -> None:
    seen: set[object] = set()

    async def stream_of(response: httpx.Response) -> None:
        seen.add(response.extensions["network_stream"])

    async with (
        ModelEmulator() as model,
        httpx.AsyncClient(trust_env=False, event_hooks={"response": [stream_of]}) as http,
    ):
        client = LlamaClient(Endpoint(model.url, model="m"), http=http)
        for _ in range(4):
            await all_of(client)
        await client.aclose()
        assert not http.is_closed
    assert len(seen) == 1


async def test_many_streams_at_once() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.answer_with(lambda ask: said(ask.last_user_text * 3, delay_s=0.002))
        answers = await asyncio.gather(*(all_of(client, asking(f"<{n}>")) for n in range(120)))
        assert [text_of(answer) for answer in answers] == [f"<{n}>" * 3 for n in range(120)]


# Ends


async def test_a_cut_before_text() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.cut()
        text, error = await failure_of(client)
        assert (text, type(error)) == ("", StreamCut)


async def test_a_cut_after_text_keeps_the_text() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.cut("Hello there", after=8)
        text, error = await failure_of(client)
        assert (text, type(error)) == ("Hello th", StreamCut)


@pytest.mark.parametrize("done", [False, True])
async def test_an_end_without_finish_reason(done: bool) -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.end_without_finish("Hello", done=done)
        text, error = await failure_of(client)
        assert (text, type(error)) == ("Hello", StreamCut)


async def test_an_empty_body() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.reply(Reply())
        assert type((await failure_of(client))[1]) is StreamCut


async def test_an_end_in_the_middle_of_an_event() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.reply(Reply((*tokens("Hell"), Send(b'data: {"choices":[{"delta":{"content":"o'))))
        text, error = await failure_of(client)
        assert (text, type(error)) == ("Hell", StreamCut)


async def test_a_last_event_without_its_line_end() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        last = chunk({"content": "!"}, "stop")
        model.reply(Reply((*tokens("Hello"), Send(last.data.rstrip(b"\n")))))
        events = await all_of(client)
        assert text_of(events) == "Hello!"
        assert isinstance(events[-1], Finished)


async def test_usage_after_the_finish_reason_is_waited_for_but_not_for_long() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.reply(Reply((*tokens("Hi"), chunk({}, "stop"), Pause(0.3), usage(3, 4), DONE, Hold())))
        model.reply(Reply((*tokens("Hi"), chunk({}, "stop"), Hold())))
        began = time.monotonic()
        assert (await all_of(client))[-1] == Finished(Finish.STOP, usage=Usage(3, 4))
        assert time.monotonic() - began < 1.5
        began = time.monotonic()
        assert (await all_of(client))[-1] == Finished(Finish.STOP)
        assert 1.5 < time.monotonic() - began < 4


async def test_a_connection_that_breaks_after_the_finish_reason_is_no_failure() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.reply(Reply((*tokens("Hi"), chunk({}, "stop"), Pause(0.05), Drop())))
        assert text_of(await all_of(client)) == "Hi"


async def test_an_error_after_the_finish_reason_is_one() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.reply(Reply((*tokens("Hi"), chunk({}, "stop"), event({"error": {"message": "no"}}), DONE)))
        assert type((await failure_of(client))[1]) is ModelBroke


# Deadlines


@pytest.mark.parametrize("waiting_for", ["first", "next"])
async def test_silence(waiting_for: str) -> None:
    async with ModelEmulator() as model, client_of(model, deadlines=SOON) as client:
        if waiting_for == "first":
            model.hang()
        else:
            model.stall("Hello")
        began = time.monotonic()
        _, error = await failure_of(client)
        assert time.monotonic() - began < 3
        assert isinstance(error, ModelTimedOut)
        assert error.waiting_for == waiting_for
        await model.ended()
        assert model.journal[0].disconnected


async def test_comments_are_no_sign_of_life() -> None:
    async with ModelEmulator() as model, client_of(model, deadlines=SOON) as client:
        model.comments(3.0, "too late")
        text, error = await failure_of(client)
        assert text == ""
        assert isinstance(error, ModelTimedOut)
        assert error.waiting_for == "first"


async def test_comments_before_the_text_are_skipped() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.comments(0.2, "Hello")
        assert text_of(await all_of(client)) == "Hello"


async def test_reasoning_keeps_the_stream_alive_and_a_slow_one_ends_at_the_total() -> None:
    deadlines = Deadlines(first=0.4, idle=0.4, total=0.9)
    async with ModelEmulator() as model, client_of(model, deadlines=deadlines) as client:
        thinking = (chunk({"reasoning": "hm"}), Pause(0.2))
        model.reply(Reply(thinking * 30))
        began = time.monotonic()
        _, error = await failure_of(client)
        assert isinstance(error, ModelTimedOut)
        assert error.waiting_for == "end"
        assert 0.8 < time.monotonic() - began < 3


async def test_nobody_listens() -> None:
    async with ModelEmulator() as model:
        url = model.url
    client = LlamaClient(Endpoint(url, model="m"))
    assert type((await failure_of(client))[1]) is ModelUnreachable
    with pytest.raises(ModelUnreachable):
        await client.offered()
    await client.aclose()


# Going away


async def test_closing_the_generator_closes_the_connection() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.stall("Hello")
        events = client.stream(asking())
        assert await anext(events) == TextDelta("Hell")
        await events.aclose()
        [call] = await model.ended(timeout_s=2)
        assert call.disconnected


@pytest.mark.parametrize("heard", [True, False])
async def test_cancelling_the_reader_closes_the_connection(heard: bool) -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        if heard:
            model.stall("Hello")
        else:
            model.hang()
        async with asyncio.TaskGroup() as group:
            reader = group.create_task(all_of(client))
            await model.until(
                lambda calls: bool(calls) and (not heard or calls[0].first_token_at is not None)
            )
            began = time.monotonic()
            reader.cancel()
        [call] = await model.ended(timeout_s=2)
        assert call.disconnected
        assert reader.cancelled()
        assert call.ended_at is not None
        assert call.ended_at - began < 0.5
