import itertools
import json

import pytest

from core.errors import ModelBroke
from core.llama.native_answer import NativeAnswer
from core.llama.sse import SseEvent
from core.transcript import Finish, Finished, ModelEvent, TextDelta, Usage
from tests.emulators.native_script import calls, message, opening, texts


def read(*bodies: object) -> list[ModelEvent]:
    answer = NativeAnswer()
    events: list[ModelEvent] = []
    for body in bodies:
        events += answer.read(SseEvent(json.dumps(body)))
    return [*events, answer.finished()]


def read_whole(body: dict[str, object]) -> list[ModelEvent]:
    numbers = itertools.count()
    answer = NativeAnswer(lambda: f"made{next(numbers)}")
    return [*answer.read_whole(body), answer.finished()]


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def last(events: list[ModelEvent]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("plain", "plain"),
        ({"type": "text", "text": "an object"}, "an object"),
        ([{"type": "text", "text": "in "}, "parts", 5, {"type": "x"}], "in parts"),
        ({"type": "reasoning", "reasoning": "hmm", "answer": "Yes"}, "Yes"),
        (None, ""),
        ("", ""),
        (17, ""),
    ],
)
def test_a_whole_completion(content: object, text: str) -> None:
    events = read_whole(message(content))
    assert text_of(events) == text
    assert last(events) == Finished(Finish.STOP, usage=Usage(22, 38))


def test_a_whole_completion_with_almost_everything_missing() -> None:
    assert read_whole({"completion_message": {"role": "assistant"}}) == [Finished(Finish.STOP)]


@pytest.mark.parametrize("nothing", [None, [], {}, ""])
def test_a_whole_completion_without_calls(nothing: object) -> None:
    assert last(read_whole(message("Hi", tool_calls=nothing))).calls == ()


def test_a_whole_completion_with_calls() -> None:
    called = [
        {"id": "a", "function": {"name": "f", "arguments": '{"x":1}'}},
        {"id": "b", "function": {"name": "f", "arguments": {"x": 2}}},
        {"id": "a", "function": {"name": "g", "arguments": ""}},
    ]
    events = read_whole(message("", "tool_calls", tool_calls=called))
    assert last(events).reason is Finish.TOOL_CALLS
    assert [(call.id, call.name, json.loads(call.arguments)) for call in last(events).calls] == [
        ("a", "f", {"x": 1}),
        ("b", "f", {"x": 2}),
        ("made0", "g", {}),
    ]


def test_a_whole_completion_cut_by_length_hands_out_no_call() -> None:
    called = [{"id": "a", "function": {"name": "delete", "arguments": '{"path":"/"'}}]
    assert last(read_whole(message("", "length", tool_calls=called))) == Finished(
        Finish.LENGTH, usage=Usage(22, 38)
    )


def test_a_whole_completion_in_a_stream_is_shown_once() -> None:
    assert text_of(read(message("Hello"))) == "Hello"
    assert text_of(read(opening(), *texts("Hello"), message("Hello"))) == "Hello"
    assert len(last(read(*calls(("a", "f", "{}")), message("", tool_calls=[{"id": "a"}]))).calls) == 1


@pytest.mark.parametrize("body", [{}, {"completion_message": None}, {"completion_message": []}, {"id": "x"}])
def test_a_whole_body_that_is_no_answer(body: dict[str, object]) -> None:
    with pytest.raises(ModelBroke):
        read_whole(body)


def test_the_wrong_dialect_is_named() -> None:
    with pytest.raises(ModelBroke, match="OpenAI"):
        read_whole({"choices": [{"message": {"content": "Hi"}}]})


def test_deep_content_is_no_way_out() -> None:
    deep: object = "x"
    for _ in range(800):
        deep = [deep]
    assert text_of(read(message(deep))) == ""
