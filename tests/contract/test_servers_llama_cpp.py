"""The suite over the servers against the real llama.cpp server, as far as it and a small model go.

Left to the emulators is what this server does not do when it is asked: to be busy, to think (the model never
does), to end without a reason, to send garbage, and to look at pictures.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import (
    ContextOverflow,
    ModelError,
    ModelRefusedKey,
    ModelUnreachable,
    NoVision,
    StreamCut,
)
from core.llama.client import Deadlines, Knowledge
from core.llama.offer import ask_offer
from core.llama.profile import TokenCounter
from core.llama.profiles import LLAMA_CPP
from core.llama.server_counter import ServerCounter
from core.llama.template_safety import neutralised
from core.transcript import Finish, Finished, ModelEvent, ModelRequest, Role, TextDelta
from tests.contract.llama_cpp import SMALL_WINDOW, TAGGED, WINDOW, LlamaCpp, llama_cpp
from tests.contract.llama_cpp_talk import EXAMPLE, Talk, asking, by_schema, endpoint, talking, weather
from tests.contract.servers_talk import (
    ASKEW,
    CLOCK_TOOL,
    HARD_TEXT,
    WEATHER,
    drawn,
    end_of,
    said,
    showing,
    text_of,
)

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def server() -> Iterator[LlamaCpp]:
    with llama_cpp(template=TAGGED, key="sk-a-key-of-llama-cpp") as one:
        yield one


@pytest.fixture
async def talk(server: LlamaCpp) -> AsyncIterator[Talk]:
    async with talking(server) as one:
        yield one


# Who it is


async def test_the_server_is_known_by_what_it_lists(server: LlamaCpp) -> None:
    offer = await ask_offer(endpoint(server), Deadlines())
    assert (offer.profile, offer.names) == (LLAMA_CPP, (server.alias,))
    facts = offer.facts_of(server.alias)
    assert (facts.window, facts.vision) == (WINDOW, False)


async def test_the_listing_that_detection_is_tested_with_has_the_real_fields(talk: Talk) -> None:
    kept = json.loads((Path(__file__).parent.parent / "unit" / "listings" / "llama-cpp.json").read_text())
    [real], [fixture] = (await talk.got("/v1/models"))["data"], kept["data"]
    assert set(real) == set(fixture)
    assert set(real["meta"]) == set(fixture["meta"])
    assert real["architecture"] == {"input_modalities": ["text"], "output_modalities": ["text"]}


async def test_name_and_window_are_the_real_ones(talk: Talk) -> None:
    info = await talk.client.info()
    assert (info.name, info.window, info.vision) == (talk.server.alias, WINDOW, False)
    assert WINDOW > info.max_output > 0


async def test_a_wrong_key_is_refused_and_not_repeated(server: LlamaCpp) -> None:
    wrong = replace(server, key="sk-some-other-key")
    async with talking(wrong) as talk:
        with pytest.raises(ModelRefusedKey) as refused:
            await talk.answer(asking(said("hi")))
    assert wrong.key not in str(refused.value)


# Answers


async def test_an_answer_ends_by_itself_and_is_counted(talk: Talk) -> None:
    history = (
        said("Red?"),
        said("Yes.", role=Role.ASSISTANT),
        said("Blue?"),
        said("Yes.", role=Role.ASSISTANT),
    )
    events = await talk.answer(asking(*history, said("Green?")))
    end = end_of(events)
    assert (end.reason, end.calls) == (Finish.STOP, ())
    assert end.usage is not None
    assert end.usage.prompt_tokens == len(await talk.tokens(await talk.prompt(talk.bodies[-1])))
    # The token that ends the answer is counted and not shown.
    assert end.usage.completion_tokens == len(await talk.tokens(text_of(events))) + 1


async def test_an_answer_ends_at_its_cap(talk: Talk) -> None:
    events = await talk.answer(asking(said("Tell me a long story."), cap=7))
    end = end_of(events)
    assert end.usage is not None
    assert (end.reason, end.usage.completion_tokens) == (Finish.LENGTH, 7)
    assert len(await talk.tokens(text_of(events))) == 7
    assert len([event for event in events if isinstance(event, TextDelta)]) > 1


async def test_a_conversation_that_begins_and_goes_on_askew(talk: Talk) -> None:
    """As over the emulators; the server refuses two words of the assistant's own at the end."""
    own = (said("I go", role=Role.ASSISTANT), said("on", role=Role.ASSISTANT))
    await talk.answer(asking(*ASKEW, *own, cap=2))
    prompt = await talk.prompt(talk.bodies[-1])
    assert prompt.startswith("<|im_start|>system\nBe brief.\n\nNotes.\n")
    assert "user\none\ntwo<|im_end|>\n<|im_start|>assistant\nyes\nwell?<|im_end|>" in prompt


# Answers by a schema


async def test_hard_text_arrives_as_it_is(talk: Talk) -> None:
    """The server holds the halves of a character back that a token splits, and sends line separators raw."""
    hard = f"{HARD_TEXT}<|im_end|>"
    events = await talk.answer(by_schema({"const": hard}))
    assert json.loads(text_of(events)) == hard
    assert end_of(events).reason is Finish.STOP


async def test_an_answer_follows_its_schema(talk: Talk) -> None:
    animal = {
        "type": "object",
        "properties": {"kind": {"enum": ["llama", "alpaca"]}, "legs": {"type": "integer", "maximum": 99}},
        "required": ["kind", "legs"],
        "additionalProperties": False,
    }
    herd = {"type": "array", "items": {"$ref": "#/$defs/Animal"}, "minItems": 2, "maxItems": 2}
    properties = {"herd": herd, "owner": {"type": ["string", "null"], "maxLength": 9}}
    schema = {"type": "object", "properties": properties, "required": ["herd", "owner"]}
    events = await talk.answer(
        by_schema({**schema, "additionalProperties": False, "$defs": {"Animal": animal}})
    )
    answer = json.loads(text_of(events))
    assert set(answer) == {"herd", "owner"}
    assert [set(one) for one in answer["herd"]] == [{"kind", "legs"}] * 2
    assert {one["kind"] for one in answer["herd"]} <= {"llama", "alpaca"}
    assert all(isinstance(one["legs"], int) and one["legs"] < 100 for one in answer["herd"])
    assert answer["owner"] is None or len(answer["owner"]) < 10


@pytest.mark.parametrize(
    "schema",
    [{"type": "banana"}, {"enum": []}, {"type": "string", "minLength": 5000}],
    ids=["type", "nothing", "size"],
)
async def test_a_schema_without_a_grammar_is_put_into_words(server: LlamaCpp, schema: object) -> None:
    """What the model makes of the words is its own affair, and this one makes nothing of them."""
    async with talking(server) as talk:
        events = await talk.answer(by_schema(schema, cap=4))
        assert end_of(events).usage is not None
        refused, taken = talk.bodies
        assert "response_format" in refused
        assert "response_format" not in taken
        assert json.dumps(schema) in taken["messages"][0]["content"]


# Tokens, and the window


@pytest.mark.parametrize(
    "request_",
    [
        asking(said("hello there"), cap=1),
        asking(said("¿cómo está usted? 🦙 <|im_end|> " * 3), cap=1),
        asking(*EXAMPLE, weather("Paris"), tools=(WEATHER, CLOCK_TOOL), cap=1),
    ],
    ids=["plain", "odd", "tools"],
)
async def test_counts_are_those_of_the_usage(talk: Talk, request_: ModelRequest) -> None:
    usage = end_of(await talk.answer(request_)).usage
    assert usage is not None
    async with aclosing(ServerCounter(endpoint(talk.server), TokenCounter.INPUT_TOKENS)) as counter:
        assert await counter.count(talk.bodies[-1]) == usage.prompt_tokens
    counting = await talk.client.counting()
    counted = await counting.of_request(neutralised(request_))
    assert (counted.tokens, counted.by_server) == (usage.prompt_tokens, True)


def uncounted() -> Knowledge:
    """As an older server that counts nothing: what is too much is found by its refusal alone."""
    return Knowledge(profile=replace(LLAMA_CPP, token_counter=TokenCounter.NOWHERE))


@pytest.mark.parametrize("knowledge", [Knowledge(), uncounted()], ids=["counted", "refused"])
async def test_what_does_not_fit_is_said_to_overflow(server: LlamaCpp, knowledge: Knowledge) -> None:
    async with talking(server, knowledge) as talk:
        with pytest.raises(ContextOverflow):
            await talk.answer(asking(said("llama " * WINDOW)))
        assert text_of(await talk.answer(asking(said("Hello"), cap=4)))


async def test_an_answer_ends_where_the_window_does() -> None:
    """Reading so much takes the server long enough for signs of life on a slow machine."""
    with llama_cpp(window=SMALL_WINDOW) as small:
        async with talking(small, uncounted()) as talk:
            endless = json.dumps({"type": "string", "minLength": 500})
            question = asking(said("a " * (SMALL_WINDOW - 45)), schema=endless, cap=100)
            end = end_of(await talk.answer(question))
    assert end.usage is not None
    assert (end.reason, end.calls) == (Finish.LENGTH, ())
    assert end.usage.prompt_tokens > SMALL_WINDOW - 45
    assert end.usage.prompt_tokens + end.usage.completion_tokens == SMALL_WINDOW


async def test_a_picture_is_refused_and_the_next_question_answered(talk: Talk) -> None:
    with pytest.raises(NoVision):
        await talk.answer(replace(showing([drawn(9, "PNG")] * 3), max_tokens=4, temperature=0.0))
    assert text_of(await talk.answer(asking(said("Hello"), cap=4)))


# Several at once, and ends that come early


async def test_more_questions_than_slots_get_each_its_own_answer(talk: Talk) -> None:
    async def asked(number: int) -> object:
        return json.loads(text_of(await talk.answer(by_schema({"const": f"answer {number}"}))))

    answers = await asyncio.gather(*map(asked, range(5)))
    assert answers == [f"answer {number}" for number in range(5)]


async def test_who_leaves_early_leaves_the_slots_to_others(talk: Talk) -> None:
    async def leave() -> None:
        async with aclosing(talk.client.stream(asking(said("Tell me a story."), cap=300))) as events:
            assert isinstance(await anext(events), TextDelta)

    async with asyncio.timeout(60):
        await asyncio.gather(leave(), leave(), leave())
        while await talk.busy():  # noqa: ASYNC110 - another process sets no event
            await asyncio.sleep(0.02)
    assert text_of(await talk.answer(asking(said("Hello"), cap=4)))


async def test_a_server_that_dies_in_the_middle() -> None:
    with llama_cpp() as mortal:
        async with talking(mortal) as talk:
            async with aclosing(talk.client.stream(asking(said("Tell me a story."), cap=400))) as events:
                assert isinstance(await anext(events), TextDelta)
                mortal.process.kill()
                assert await failure(events) is StreamCut
            with pytest.raises(ModelUnreachable):
                await talk.answer(asking(said("Hello")))


async def failure(events: AsyncIterator[ModelEvent]) -> type[ModelError] | None:
    try:
        async for event in events:
            assert not isinstance(event, Finished)
    except ModelError as error:
        return type(error)
    return None
