import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.native import encode_native
from core.llama.profiles import LLAMA_API
from core.llama.wire import NO_ANSWER, Saying
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

SAYING = Saying("Llama-4-Maverick-17B-128E-Instruct-FP8", profile=LLAMA_API)
WEATHER = ToolSpec(
    "weather", "Tell the weather.", '{"type":"object","properties":{"city":{"type":"string"}}}'
)


def body_of(request: ModelRequest, saying: Saying = SAYING) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(encode_native(request, saying))
    return parsed


def messages_of(*messages: Message, **more: Any) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = body_of(ModelRequest(messages, **more))["messages"]
    return listed


def user(*parts: Part | str) -> Message:
    return Message(Role.USER, tuple(TextPart(part) if isinstance(part, str) else part for part in parts))


def assistant(*parts: Part | str) -> Message:
    return Message(Role.ASSISTANT, tuple(TextPart(part) if isinstance(part, str) else part for part in parts))


def results(*parts: ToolResult) -> Message:
    return Message(Role.TOOL, parts)


def picture(name: str, mark: int = 0) -> ImagePart:
    return ImagePart(f"{mark:064x}", "image/png", 8, 8, name)


def bytes_of(*parts: ImagePart) -> tuple[tuple[str, Image], ...]:
    return tuple((part.sha256, Image(part.mime, part.name.encode())) for part in parts)


def test_a_plain_request_has_these_fields_and_no_other() -> None:
    request = ModelRequest((user("hi"),), max_tokens=77, temperature=0.3)
    assert body_of(request, Saying("Llama-3.3-8B-Instruct", thinking=23)) == {
        "model": "Llama-3.3-8B-Instruct",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "max_completion_tokens": 100,
        "temperature": 0.3,
    }


def test_tools() -> None:
    body = body_of(ModelRequest((user("hi"),), tools=(WEATHER, ToolSpec("now", "Tell the time.", ""))))
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "Tell the weather.",
                "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
            },
        },
        {
            "type": "function",
            "function": {
                "name": "now",
                "description": "Tell the time.",
                "parameters": {"type": "object", "properties": {}},
            },
        },
    ]
    assert not {"tool_choice", "parallel_tool_calls", "stream_options", "max_tokens"} & body.keys()


def test_an_answer_by_a_schema() -> None:
    body = body_of(ModelRequest((user("hi"),), schema='{"type":"object","required":["a"]}'))
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": {"type": "object", "required": ["a"]}},
    }


def test_beside_tools_the_schema_is_put_into_words() -> None:
    body = body_of(ModelRequest((user("hi"),), tools=(WEATHER,), schema='{"type":"object"}'))
    assert "response_format" not in body
    assert body["messages"][0]["role"] == "system"
    assert body["messages"][0]["content"].endswith('\n{"type":"object"}')


def test_tools_may_be_held_back() -> None:
    saying = Saying("some-model", profile=LLAMA_API, tools=False)
    assert "tools" not in body_of(ModelRequest((user("hi"),), tools=(WEATHER,)), saying)


def test_the_dialect_stays_itself_under_another_servers_profile() -> None:
    assert body_of(ModelRequest((user("hi"),)), Saying("some-model")) == {
        "model": "some-model",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "max_completion_tokens": 1024,
        "temperature": 0.6,
    }


def test_there_is_one_system_message_and_it_leads() -> None:
    assert messages_of(
        Message(Role.SYSTEM, (TextPart("Be kind."),)),
        user("hi"),
        Message(Role.SYSTEM, (TextPart("Be short."),)),
        Message(Role.SYSTEM, ()),
    ) == [{"role": "system", "content": "Be kind.\n\nBe short."}, {"role": "user", "content": "hi"}]


def test_notices_and_assistants_that_say_nothing_are_left_out() -> None:
    assert messages_of(
        user("hi"), Message(Role.NOTICE, (TextPart("Stopped."),)), assistant(), assistant("")
    ) == [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize("message", [user(), user(""), user("", "")])
def test_a_user_message_is_never_empty(message: Message) -> None:
    assert messages_of(message) == [{"role": "user", "content": "(empty message)"}]


def test_an_assistant_says_text_and_why_it_stopped() -> None:
    assert messages_of(assistant("Hello", "there"))[0] == {
        "role": "assistant",
        "content": "Hello\nthere",
        "stop_reason": "stop",
    }


def test_calls_and_their_results() -> None:
    first, second = ToolCall("a", "weather", '{"city":"Rome"}'), ToolCall("b", "weather", '{"city":"Lima"}')
    said = messages_of(
        user("weather?"),
        assistant(first, second),
        results(ToolResult("b", "weather", "18C"), ToolResult("a", "weather", "no such city", failed=True)),
    )
    assert said[1:] == [
        {
            "role": "assistant",
            "content": "",
            "stop_reason": "tool_calls",
            "tool_calls": [
                {"id": "a", "function": {"name": "weather", "arguments": '{"city":"Rome"}'}},
                {"id": "b", "function": {"name": "weather", "arguments": '{"city":"Lima"}'}},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "Error: no such city"},
        {"role": "tool", "tool_call_id": "b", "content": "18C"},
    ]


def test_every_call_has_a_result_and_every_result_a_call() -> None:
    again = ToolCall("a", "weather", "{}")
    said = messages_of(
        results(ToolResult("z", "weather", "a result without a call")),
        assistant("Looking.", again),
        assistant("Once more.", again),
        results(ToolResult("a", "weather", ""), ToolResult("a", "weather", "twice")),
    )
    assert [(one["role"], one["content"]) for one in said] == [
        ("assistant", "Looking."),
        ("tool", NO_ANSWER),
        ("assistant", "Once more."),
        ("tool", "(no output)"),
    ]


@pytest.mark.parametrize("arguments", ["", '{"city":', "[1]", "null", "[" * 100_000])
def test_arguments_that_are_no_object_are_not_repeated(arguments: str) -> None:
    said = messages_of(assistant(ToolCall("a", "weather", arguments)))
    assert said[0]["tool_calls"][0]["function"]["arguments"] == "{}"


def test_a_picture_goes_as_a_data_url_without_detail() -> None:
    llama = picture("llama.png")
    said = messages_of(user("What is it?", llama, ""), images=bytes_of(llama))
    coded = base64.b64encode(b"llama.png").decode()
    assert said[0]["content"] == [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{coded}"}},
    ]


def test_a_picture_without_bytes_is_named() -> None:
    assert messages_of(user("See", picture("my\nllama.png"), picture("")))[0]["content"] == (
        "See\n[picture my llama.png]\n[picture]"
    )


def test_of_many_pictures_the_newest_nine_are_sent() -> None:
    all_of_them = [picture(f"{mark}.png", mark) for mark in range(12)]
    said = messages_of(
        user("old", *all_of_them[:5]),
        user("new", *all_of_them[5:]),
        images=bytes_of(*all_of_them),
    )
    sent = [
        base64.b64decode(part["image_url"]["url"].partition(",")[2]).decode()
        for message in said
        for part in message["content"]
        if part["type"] == "image_url"
    ]
    assert sent == [f"{mark}.png" for mark in range(3, 12)]
    assert len(sent) == LLAMA_API.most_images
    named = [part["text"] for part in said[0]["content"] if part["type"] == "text"]
    left_out = [f"[picture {mark}.png]" for mark in range(3)]
    assert named == ["old", *left_out, "Picture 3.png:", "Picture 4.png:"]


def test_one_picture_many_times_counts_each_time() -> None:
    one = picture("one.png")
    said = messages_of(user(*[one] * 20), images=bytes_of(one))
    kinds = [part["type"] for part in said[0]["content"]]
    assert (kinds.count("image_url"), kinds.count("text")) == (9, 20)


def test_assistants_and_tools_never_show_pictures() -> None:
    one = picture("one.png")
    said = messages_of(user("hi"), assistant("Look:", one), images=bytes_of(one))
    assert said[1]["content"] == "Look:\n[picture one.png]"


def test_a_file_cannot_end_its_own_block() -> None:
    text = "a\n````\nb"
    content = messages_of(user(FilePart("notes\n.txt", text, "first page only")))[0]["content"]
    assert content == f"File notes .txt (first page only):\n`````\n{text}\n`````"


def test_a_file_without_text_says_why() -> None:
    assert messages_of(user(FilePart("a.bin", "", "it is binary"), FilePart("", "")))[0]["content"] == (
        "[file a.bin: it is binary]\n[file file: it is empty]"
    )


def test_line_separators_and_emoji_go_out_unescaped_and_half_an_emoji_does_not() -> None:
    raw = encode_native(ModelRequest((user("a\u2028b🦙c\ud83e"),)), SAYING)
    assert "a\u2028b🦙c?".encode() in raw


PARTS = st.one_of(
    st.builds(TextPart, st.text(max_size=5)),
    st.builds(picture, st.text(max_size=3), st.integers(0, 3)),
    st.builds(FilePart, st.text(max_size=3), st.text(max_size=5)),
    st.builds(ToolCall, st.sampled_from("abc"), st.just("f"), st.sampled_from(["{}", "{", '{"a":1}', "[]"])),
    st.builds(ToolResult, st.sampled_from("abc"), st.just("f"), st.text(max_size=3), st.booleans()),
)
MESSAGES = st.builds(Message, st.sampled_from(Role), st.lists(PARTS, max_size=5).map(tuple))


@given(messages=st.lists(MESSAGES, max_size=8))
def test_whatever_was_said_every_message_is_well_formed(messages: list[Message]) -> None:
    known = bytes_of(picture("0", 0), picture("1", 1))
    body = body_of(ModelRequest(tuple(messages), images=known))
    assert [one["role"] for one in body["messages"]].count("system") <= 1
    waiting: list[str] = []
    pictures = 0
    for one in body["messages"]:
        if one["role"] == "tool":
            assert one["tool_call_id"] == waiting.pop(0)
            assert isinstance(one["content"], str)
            assert one["content"]
            continue
        assert not waiting, "a call lacks its result"
        waiting = [call["id"] for call in one.get("tool_calls", ())]
        assert one["role"] != "assistant" or isinstance(one["content"], str)
        assert one["content"] or waiting
        assert all(set(call) == {"id", "function"} for call in one.get("tool_calls", ()))
        pictures += str(one["content"]).count("'image_url': {")
    assert not waiting
    assert pictures <= LLAMA_API.most_images
