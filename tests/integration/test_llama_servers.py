"""What servers answer besides a stream: other bodies, refusals, redirects, lists of models."""

import asyncio
from contextlib import aclosing

import pytest

from core.errors import (
    ModelBroke,
    ModelBusy,
    ModelError,
    ModelMissing,
    ModelRefusedKey,
    ModelRejected,
    ModelUnreachable,
    NoVision,
)
from core.llama.client import Endpoint, Facts, Knowledge, LlamaClient
from core.transcript import (
    Finish,
    Finished,
    TextDelta,
    Usage,
)
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import (
    Ask,
    Hold,
    Reply,
    Send,
    closing,
    failed,
    opening,
    said,
    tokens,
)
from tests.integration.llama_stage import (
    all_of,
    asking,
    client_of,
    failure_of,
    looking,
    text_of,
)

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
            knowledge=Knowledge(Facts(window=100_000, vision=False, note="Mine.")),
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
