import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.profile import Profile
from core.llama.profiles import GROQ, LLAMA_CPP, META, OLLAMA, OPENAI, PROFILES, VLLM
from core.llama.wire import BY_SCHEMA, LEFT_OUT, Saying, encode
from core.transcript import (
    FilePart,
    Image,
    ImagePart,
    Message,
    ModelRequest,
    Part,
    Role,
    TextPart,
    ToolCall,
    ToolResult,
    ToolSpec,
)

LLAMA = ImagePart("ab" * 32, "image/png", 10, 20, "llama\n.png")
WEATHER = ToolSpec("weather", "Tells the weather.", '{"type":"object","properties":{}}')
CITY = '{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}}}'
EVERY = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
PLAIN = Saying("m")


def body_of(request: ModelRequest, saying: Saying = PLAIN) -> dict[str, Any]:
    body = json.loads(encode(request, saying))
    assert isinstance(body, dict)
    return body


def user(*parts: Part | str) -> Message:
    return Message(Role.USER, tuple(TextPart(part) if isinstance(part, str) else part for part in parts))


def assistant(*parts: Part) -> Message:
    return Message(Role.ASSISTANT, parts)


def result(call_id: str, text: str) -> Message:
    return Message(Role.TOOL, (ToolResult(call_id, "f", text),))


@EVERY
def test_exactly_one_cap_and_always_a_temperature(profile: Profile) -> None:
    body = body_of(ModelRequest((user("hi"),), max_tokens=50, temperature=0.0), Saying("m", profile=profile))
    caps = {"max_tokens", "max_completion_tokens"} & body.keys()
    assert caps == {profile.cap_field.value}
    assert body[caps.pop()] == 50 + profile.thinking
    assert body["temperature"] == 0.0
    assert ("stream_options" in body) == profile.stream_usage


def test_thinking_is_added_once() -> None:
    request = ModelRequest((user("hi"),), max_tokens=50)
    for thinking, cap in ((0, 16_434), (16_384, 16_434), (20_000, 20_050)):
        body = body_of(request, Saying("muse-spark-1.3", thinking=thinking, profile=META))
        assert body["max_completion_tokens"] == cap
    assert body["reasoning_effort"] == "low"
    assert "reasoning_effort" not in body_of(request)


@EVERY
def test_tools_as_the_server_takes_them(profile: Profile) -> None:
    body = body_of(ModelRequest((user("hi"),), tools=(WEATHER,)), Saying("m", profile=profile))
    assert [tool["function"]["name"] for tool in body["tools"]] == ["weather"]
    assert body.get("tool_choice") == ("auto" if profile.tool_choice else None)
    assert body.get("parallel_tool_calls") == profile.parallel_tools


def test_only_llama_cpp_has_to_be_asked_for_parallel_calls() -> None:
    request = ModelRequest((user("hi"),), tools=(WEATHER,))
    assert body_of(request, Saying("m", profile=LLAMA_CPP))["parallel_tool_calls"] is True
    assert "parallel_tool_calls" not in body_of(request, Saying("m", profile=VLLM))


@EVERY
def test_without_tools_no_word_of_them(profile: Profile) -> None:
    for request, tools in (
        (ModelRequest((user("hi"),)), True),
        (ModelRequest((user("hi"),), (WEATHER,)), False),
    ):
        body = body_of(request, Saying("m", profile=profile, tools=tools))
        assert not {"tools", "tool_choice", "parallel_tool_calls"} & body.keys()


def test_a_schema_that_the_server_enforces() -> None:
    body = body_of(ModelRequest((user("where?"),), schema=CITY))
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": json.loads(CITY)},
    }
    assert [message["role"] for message in body["messages"]] == ["user"]


@EVERY
def test_a_schema_goes_along_in_exactly_one_form(profile: Profile) -> None:
    prompt = Message(Role.SYSTEM, (TextPart("Be brief."),))
    body = body_of(ModelRequest((user("where?"), prompt), schema=CITY), Saying("m", profile=profile))
    assert ("response_format" in body) == profile.schemas
    words = f"Be brief.\n\n{BY_SCHEMA}\n{CITY}"
    assert body["messages"][0] == {"role": "system", "content": "Be brief." if profile.schemas else words}


def test_a_schema_in_words_without_any_other_prompt() -> None:
    body = body_of(ModelRequest((user("where?"),), schema=CITY), Saying("m", profile=GROQ))
    assert body["messages"][0] == {"role": "system", "content": f"{BY_SCHEMA}\n{CITY}"}


def test_ollama_does_not_enforce_a_schema_for_a_model_in_its_cloud() -> None:
    request = ModelRequest((user("where?"),), schema=CITY)
    assert "response_format" in body_of(request, Saying("llama3.3:70b", profile=OLLAMA))
    assert "response_format" not in body_of(request, Saying("gpt-oss:120b-cloud", profile=OLLAMA))


@EVERY
def test_beside_tools_a_schema_is_in_words(profile: Profile) -> None:
    request = ModelRequest((user("where?"),), tools=(WEATHER,), schema=CITY)
    body = body_of(request, Saying("m", profile=profile))
    assert "response_format" not in body
    assert CITY in body["messages"][0]["content"]
    assert "response_format" in body_of(request, Saying("m", profile=OPENAI, tools=False))


def test_meta_gets_the_strict_form_or_words() -> None:
    body = body_of(ModelRequest((user("where?"),), schema=CITY), Saying("m", profile=META))
    described = body["response_format"]["json_schema"]
    assert described["strict"] is True
    assert described["schema"]["required"] == ["city", "days"]
    assert described["schema"]["additionalProperties"] is False
    tree = '{"type":"object","properties":{"left":{"$ref":"#"}}}'
    body = body_of(ModelRequest((user("where?"),), schema=tree), Saying("m", profile=META))
    assert "response_format" not in body
    assert tree in body["messages"][0]["content"]


def alternating(*messages: Message, images: tuple[tuple[str, Image], ...] = ()) -> list[dict[str, Any]]:
    request = ModelRequest(messages, images=images)
    found: list[dict[str, Any]] = body_of(request, Saying("m", profile=VLLM))["messages"]
    return found


def test_neighbours_of_one_role_become_one_where_the_template_wants_it() -> None:
    talk = (user("Ada: hi"), user("Bo: hello"), assistant(TextPart("Hi.")), assistant(TextPart("Both.")))
    assert alternating(*talk) == [
        {"role": "user", "content": "Ada: hi\nBo: hello"},
        {"role": "assistant", "content": "Hi.\nBoth."},
    ]
    assert len(body_of(ModelRequest(talk))["messages"]) == 4


def test_neighbours_with_a_picture() -> None:
    sent = alternating(
        user("first"), user("look", LLAMA), user("well?"), images=((LLAMA.sha256, Image("image/png", b"x")),)
    )
    assert len(sent) == 1
    parts = sent[0]["content"]
    assert [part.get("text", "picture") for part in parts] == ["first", "look", "picture", "well?"]


def test_a_call_stays_with_its_result_and_parallel_results_stay_apart() -> None:
    calls = (ToolCall("a", "f", "{}"), ToolCall("b", "f", "{}"))
    sent = alternating(
        user("x"),
        assistant(TextPart("Let me look.")),
        assistant(*calls),
        result("a", "1"),
        result("b", "2"),
        assistant(ToolCall("c", "f", "{}")),
        result("c", "3"),
    )
    roles = ["user", "assistant", "tool", "tool", "assistant", "tool"]
    assert [message["role"] for message in sent] == roles
    assert sent[1]["content"] == "Let me look."
    assert [call["id"] for call in sent[1]["tool_calls"]] == ["a", "b"]


def test_a_conversation_that_begins_with_the_assistant() -> None:
    system = Message(Role.SYSTEM, (TextPart("Be kind."),))
    assert alternating(system, assistant(TextPart("Hi.")), user("hello")) == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": LEFT_OUT},
        {"role": "assistant", "content": "Hi."},
        {"role": "user", "content": "hello"},
    ]


def test_a_picture_over_the_number_is_named_in_its_place() -> None:
    parts = [ImagePart(f"{number:064x}", "image/png", 1, 1, f"{number}.png") for number in range(4)]
    images = tuple((part.sha256, Image("image/png", b"x")) for part in parts)
    saying = Saying("m", profile=replace(OPENAI, most_images=1))
    sent = body_of(ModelRequest((user(*parts[:2]), user("and", *parts[2:])), images=images), saying)[
        "messages"
    ]
    assert sent[0]["content"] == "[picture 0.png]\n[picture 1.png]"
    assert [part.get("text", "picture") for part in sent[1]["content"]] == [
        "and",
        "[picture 2.png]",
        "Picture 3.png:",
        "picture",
    ]


def test_a_vision_model_of_ollama_with_room_for_one_picture() -> None:
    images = ((LLAMA.sha256, Image("image/png", b"x")),)
    request = ModelRequest((user(LLAMA), user(LLAMA)), images=images)
    sent = body_of(request, Saying("llama3.2-vision:11b", profile=OLLAMA))["messages"]
    assert sent[0]["content"] == "[picture llama .png]"
    assert sent[1]["content"][0]["type"] == "image_url"


IDS = st.sampled_from(["a", "b", "c"])
PARTS = (
    st.builds(TextPart, st.text(max_size=5))
    | st.builds(ImagePart, IDS, st.just("image/png"), st.just(1), st.just(1), st.text(max_size=3))
    | st.builds(FilePart, st.text(max_size=3), st.text(max_size=5))
    | st.builds(ToolCall, IDS, st.just("f"), st.sampled_from(["{}", "{", ""]))
    | st.builds(ToolResult, IDS, st.just("f"), st.text(max_size=3))
)
MESSAGES = st.lists(
    st.builds(Message, st.sampled_from(Role), st.lists(PARTS, max_size=3).map(tuple)), max_size=8
).map(tuple)


@given(MESSAGES, st.sampled_from(PROFILES), st.sets(IDS), st.booleans())
def test_every_conversation_has_an_order_that_servers_take(
    messages: tuple[Message, ...], profile: Profile, here: set[str], offered: bool
) -> None:
    images = tuple((sha256, Image("image/png", b"x")) for sha256 in sorted(here))
    request = ModelRequest(messages, (WEATHER,) if offered else (), images, schema=CITY)
    sent = body_of(request, Saying("m", profile=replace(profile, most_images=2)))["messages"]
    roles = [message["role"] for message in sent]
    assert "system" not in roles[1:]
    waiting: list[str] = []
    for message in sent:
        if waiting:
            assert message["role"] == "tool"
            assert message["tool_call_id"] == waiting.pop(0)
            continue
        assert message["role"] != "tool"
        waiting = [call["id"] for call in message.get("tool_calls", [])]
    assert not waiting
    pictures = [
        part
        for message in sent
        for part in message["content"]
        if isinstance(part, dict) and "image_url" in part
    ]
    assert len(pictures) <= 2
    if profile.alternates:
        talk = [role for role in roles if role != "system"]
        assert talk[:1] in ([], ["user"])
        assert all(one != other or one == "tool" for one, other in pairwise(talk))
