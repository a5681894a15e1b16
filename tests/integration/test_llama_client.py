"""The client over a real socket: what servers send, late, broken or not at all."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import httpx
import pytest

from core.errors import (
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelRefusedKey,
    ModelRejected,
    ModelTimedOut,
    ModelUnreachable,
    NoVision,
    StreamCut,
)
from core.llama.client import Deadlines, Endpoint, Facts, LlamaClient
from core.transcript import (
    Finish,
    Finished,
    Image,
    ImagePart,
    Message,
    ModelEvent,
    ModelRequest,
    Role,
    TextDelta,
    TextPart,
    ToolSpec,
    Usage,
)
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import (
    DONE,
    Ask,
    Drop,
    Hold,
    Pause,
    Reply,
    Send,
    chunk,
    closing,
    event,
    failed,
    opening,
    said,
    tokens,
    usage,
)

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


# Bodies and statuses


async def test_a_server_that_does_not_stream() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.say_whole("All at once")
        assert await all_of(client) == [
            TextDelta("All at once"),
            Finished(Finish.STOP, usage=Usage(7, 5)),
        ]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": {"code": 429, "message": "slow down"}}, ModelBusy),
        ({"error": {"code": 502, "message": "upstream"}}, ModelBroke),
        ({"choices": None}, ModelBroke),
        ([], ModelBroke),
    ],
)
async def test_an_error_in_http_200(body: object, error: type[ModelError]) -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.error_in_200(body)
        assert type((await failure_of(client))[1]) is error


async def test_an_error_in_the_stream() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.error_event("Hello")
        text, error = await failure_of(client)
        assert (text, type(error)) == ("Hello", ModelBroke)


async def test_a_bare_json_line_in_the_stream() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        line = b'{"title":"Too Many Requests","detail":"wait","status":429}\n'
        model.reply(Reply((*tokens("Hello"), Send(line))))
        text, error = await failure_of(client)
        assert (text, type(error)) == ("Hello", ModelBusy)


async def test_garbage() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.garbage("Hello")
        model.reply(Reply((Send(b"<html>Welcome to nginx!</html>"),), content_type="text/html"))
        model.reply(Reply((Send(b"{oops"),), content_type="application/json"))
        assert type((await failure_of(client))[1]) is ModelBroke
        assert type((await failure_of(client))[1]) is ModelUnreachable
        assert type((await failure_of(client))[1]) is ModelBroke


async def test_a_refusal_with_retry_after() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.fail(429, headers={"Retry-After": "3"})
        model.fail(503)
        _, first = await failure_of(client)
        _, second = await failure_of(client)
        assert isinstance(first, ModelBusy)
        assert isinstance(second, ModelBusy)
        assert (first.retry_after, second.retry_after) == (3.0, None)


async def test_an_endless_error_body_is_not_read_to_its_end() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.reply(Reply((Send(b"x" * 100_000), Hold()), status=500, content_type="text/plain"))
        assert type((await failure_of(client))[1]) is ModelBroke


async def test_a_wrong_key_is_not_repeated() -> None:
    async with ModelEmulator(key="right") as model, client_of(model, key="LLM|wrong|key") as client:
        _, error = await failure_of(client)
        assert type(error) is ModelRefusedKey
        assert "wrong" not in str(error)
        with pytest.raises(ModelRefusedKey):
            await client.offered()


# What is remembered


async def test_a_server_without_stream_options_is_asked_again_once() -> None:
    def picky(ask: Ask) -> Reply:
        if "stream_options" in ask.body:
            detail = [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]
            return failed(422, {"detail": detail})
        return said("Hello", with_usage=False)

    async with ModelEmulator() as model, client_of(model) as client:
        model.answer_with(picky)
        assert text_of(await all_of(client)) == "Hello"
        assert text_of(await all_of(client)) == "Hello"
        assert len(model.journal) == 3


async def test_another_refusal_is_not_asked_again() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.fail(400)
        assert type((await failure_of(client))[1]) is ModelRejected
        assert len(model.journal) == 1


async def test_a_model_that_turns_out_blind_is_remembered() -> None:
    async with ModelEmulator() as model, client_of(model, name="unknown") as client:
        assert (await client.info()).vision is None
        model.fail(500, {"error": {"code": 500, "message": "image input is not supported - hint: mmproj"}})
        assert type((await failure_of(client, looking()))[1]) is NoVision
        assert model.journal[0].ask.messages[0].images == ("data:image/png;base64,Ynl0ZXM=",)
        assert (await client.info()).vision is False


# Redirects


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_to_the_same_server_is_followed_with_the_body(status: int) -> None:
    async with ModelEmulator(key="k") as model, client_of(model, key="k") as client:
        model.fail(status, headers={"Location": "/v1/chat/completions?again"})
        model.say("Hello")
        assert text_of(await all_of(client, asking("once"))) == "Hello"
        assert [call.ask.last_user_text for call in model.journal] == ["once", "once"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_to_another_server_never_gets_the_key(status: int) -> None:
    async with ModelEmulator() as other, ModelEmulator() as model, client_of(model, key="k") as client:
        model.fail(status, headers={"Location": f"{other.url}/chat/completions"})
        _, error = await failure_of(client)
        assert type(error) is ModelUnreachable
        assert "LLAMA_BASE_URL" in str(error)
        assert other.journal == ()


async def test_redirects_in_a_circle() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.answer_with(lambda ask: failed(307, headers={"Location": "/v1/chat/completions"}))
        assert type((await failure_of(client))[1]) is ModelUnreachable
        assert len(model.journal) < 5


# Which model


async def test_the_only_model_is_taken_and_asked_for_once() -> None:
    async with (
        ModelEmulator(models=("meta-llama/llama-4-scout",)) as model,
        client_of(model, name=None) as client,
    ):
        infos = await asyncio.gather(client.info(), client.info(), client.info())
        assert {info.name for info in infos} == {"meta-llama/llama-4-scout"}
        assert (infos[0].vision, infos[0].tools, infos[0].window, infos[0].hosted) == (
            True,
            True,
            8192,
            False,
        )
        await all_of(client)
        assert model.journal[0].ask.model == "meta-llama/llama-4-scout"
        assert model.model_lists_asked == 1


async def test_a_choice_of_models_is_listed_up_to_ten() -> None:
    names = tuple(f"model-{n:02}" for n in range(30))
    async with ModelEmulator(models=names) as model, client_of(model, name=None) as client:
        with pytest.raises(ModelMissing, match="LLAMA_MODEL") as caught:
            await client.info()
        assert [name for name in names if name in str(caught.value)] == list(names[:10])
        assert type((await failure_of(client))[1]) is ModelMissing
        model.models = ("only-one",)
        assert (await client.info()).name == "only-one"


async def test_no_model_at_all() -> None:
    async with ModelEmulator(models=()) as model, client_of(model, name=None) as client:
        with pytest.raises(ModelMissing, match="LLAMA_MODEL"):
            await client.info()


@pytest.mark.parametrize(
    "listed",
    [
        {"data": [{"id": "a"}, {"id": "b"}]},
        [{"id": "a"}, {"id": "b"}],
        {"models": [{"name": "a"}, {"name": "b"}]},
        {"data": ["a", "b", None, {}]},
    ],
)
async def test_lists_of_models_in_every_shape(listed: object) -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.fail_models(200, listed)
        assert await client.offered() == ("a", "b")


async def test_a_list_of_models_that_is_a_web_page() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        model.fail_models(200, "<html></html>")
        with pytest.raises(ModelUnreachable):
            await client.offered()


async def test_an_address_without_its_path_is_named_as_the_cause() -> None:
    async with ModelEmulator() as model:
        client = LlamaClient(Endpoint(model.url.removesuffix("/v1")))
        with pytest.raises(ModelUnreachable, match="LLAMA_BASE_URL"):
            await client.offered()
        await client.aclose()


async def test_what_the_operator_says_of_the_model() -> None:
    async with ModelEmulator() as model:
        client = LlamaClient(
            Endpoint(model.url, model="llama-4-scout"),
            facts=Facts(window=100_000, vision=False, note="Mine."),
        )
        info = await client.info()
        await client.aclose()
        assert (info.window, info.vision, info.note) == (100_000, False, "Mine.")


async def test_a_held_answer_streams_before_it_is_over() -> None:
    async with ModelEmulator() as model, client_of(model) as client:
        gate = model.say_held("first ", "second")
        async with aclosing(client.stream(asking())) as events:
            early = text_of([await anext(events), await anext(events)])
            assert early == "first "
            gate.set()
            rest = [one async for one in events]
        assert text_of(rest) == "second"
        assert isinstance(rest[-1], Finished)


async def test_a_well_formed_answer_sent_byte_by_byte() -> None:
    raw = b"".join(
        step.data for step in (*opening(), *tokens("naïve \u2028 🦙"), *closing()) if isinstance(step, Send)
    )
    async with ModelEmulator() as model, client_of(model) as client:
        model.reply(Reply(tuple(Send(bytes([byte])) for byte in raw)))
        assert text_of(await all_of(client)) == "naïve \u2028 🦙"
