import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ContextOverflow, ModelBroke, ModelBusy, ModelError, ModelRejected, StreamCut
from core.llama.answer import Answer
from core.llama.shapes import as_object
from core.llama.sse import SseDecoder, SseEvent
from core.transcript import Finish, Finished, ModelEvent, ReasoningDelta, TextDelta, ToolCall, Usage

JSON = dict[str, object]


def piece(delta: object, finish: object = None, **more: object) -> JSON:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}


def calls(*pieces: JSON) -> JSON:
    return piece({"tool_calls": list(pieces)})


def part(
    index: int | None = None, call_id: str | None = None, name: str | None = None, arguments: object = None
) -> JSON:
    function = {"name": name, "arguments": arguments}
    given_values = {"index": index, "id": call_id}
    return {
        **{key: value for key, value in given_values.items() if value is not None},
        "function": {key: value for key, value in function.items() if value is not None},
    }


def read(*bodies: object) -> list[ModelEvent]:
    numbers = itertools.count()
    answer = Answer(lambda: f"made{next(numbers)}")
    events: list[ModelEvent] = []
    for body in bodies:
        events += answer.read(SseEvent(body if isinstance(body, str) else json.dumps(body)))
    return [*events, answer.finished()]


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def last(events: list[ModelEvent]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def test_the_plain_stream() -> None:
    events = read(
        piece({"role": "assistant", "content": ""}),
        piece({"content": "Hel"}),
        piece({"content": "lo"}),
        piece({}, "stop"),
        {"choices": [], "usage": {"prompt_tokens": 22, "completion_tokens": 9, "total_tokens": 31}},
        "[DONE]",
    )
    assert events == [TextDelta("Hel"), TextDelta("lo"), Finished(Finish.STOP, usage=Usage(22, 9))]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        ("", ""),
        ("plain", "plain"),
        ([{"type": "text", "text": "in "}, {"type": "text", "text": "parts"}, {"type": "x"}], "in parts"),
        ({"type": "text", "text": "one part"}, "one part"),
        (17, ""),
    ],
)
def test_content_comes_in_every_form(content: object, text: str) -> None:
    assert text_of(read(piece({"content": content}), piece({}, "stop"))) == text


@pytest.mark.parametrize("empty", [{"choices": []}, {"choices": None}, {}, {"choices": [None]}, [], None, 5])
def test_events_without_a_choice_are_passed_over(empty: object) -> None:
    assert text_of(read(empty, piece({"content": "a"}), empty, piece(None, "stop"), empty)) == "a"


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", Finish.STOP),
        ("eos", Finish.STOP),
        ("end_turn", Finish.STOP),
        ("something new", Finish.STOP),
        ("length", Finish.LENGTH),
        ("content_filter", Finish.CONTENT_FILTER),
        ("tool_calls", Finish.STOP),
    ],
)
def test_finish_reasons(reason: str, finish: Finish) -> None:
    assert last(read(piece({"content": "a"}, reason))).reason is finish


@pytest.mark.parametrize("reason", ["", None])
def test_an_empty_finish_reason_is_none(reason: object) -> None:
    with pytest.raises(StreamCut):
        read(piece({"content": "a"}, reason), "[DONE]")


@pytest.mark.parametrize("reason", ["error", "abort"])
def test_a_finish_reason_may_be_a_failure(reason: str) -> None:
    with pytest.raises(ModelBroke):
        read(piece({"content": "a"}, reason))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": {"message": "engine died", "code": 500}}, ModelBroke),
        ({"error": "engine died"}, ModelBroke),
        ({"error": {"message": "slow", "type": "x", "code": "429"}}, ModelBusy),
        ({"object": "error", "message": "maximum context length is 10", "code": 400}, ContextOverflow),
        ({"error": {"message": "bad", "type": "invalid_request_error", "code": None}}, ModelRejected),
        ({"title": "Too Many Requests", "detail": "wait", "status": 429}, ModelBusy),
        (piece({"content": ""}, "error", error={"code": 502, "message": "upstream"}), ModelBroke),
        (piece({"content": "looks fine"}, None, error={"message": "but is not"}), ModelBroke),
    ],
)
def test_an_error_in_the_stream_is_found_before_its_choices(body: JSON, error: type[ModelError]) -> None:
    with pytest.raises(error):
        read(piece({"content": "a"}), body, piece({}, "stop"))


def test_an_error_event_by_name() -> None:
    with pytest.raises(ModelBroke, match="it broke"):
        Answer().read(SseEvent('{"message":"it broke"}', "error"))


def test_a_null_error_is_no_error() -> None:
    assert text_of(read(piece({"content": "a"}, "stop", error=None))) == "a"


def test_an_event_that_is_not_json_is_a_failure() -> None:
    with pytest.raises(ModelBroke):
        read("{]", piece({}, "stop"))
    with pytest.raises(ModelBroke):
        read("[" * 100_000, piece({}, "stop"))


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content", "reasoning_text"])
def test_reasoning_is_not_text(field: str) -> None:
    events = read(piece({field: "hmm", "content": None}), piece({"content": "a", field: ""}, "stop"))
    assert events[:2] == [ReasoningDelta("hmm"), TextDelta("a")]


def test_reasoning_under_both_names_counts_once() -> None:
    assert read(piece({"reasoning": "hm", "reasoning_content": "hm"}), piece({}, "stop"))[0:-1] == [
        ReasoningDelta("hm")
    ]


def test_an_emoji_cut_between_two_events_is_joined() -> None:
    halves = [
        '{"choices":[{"delta":{"content":"a\\ud83e"}}]}',
        '{"choices":[{"delta":{"content":"\\udd99b"}}]}',
    ]
    assert text_of(read(*halves, piece({}, "stop"))) == "a🦙b"


def test_content_may_lie_as_deep_as_json_allows() -> None:
    content: object = "deep"
    for _ in range(700):
        content = [content]
    assert text_of(read(piece({"content": content}), piece({}, "stop"))) == "deep"


def test_half_an_emoji_in_a_calls_name_or_id_is_replaced() -> None:
    (call,) = last(read(calls(part(0, "c\ud83e", "f\ud83e", "{}")), piece({}, "tool_calls"))).calls
    assert (call.id, call.name) == ("c\ufffd", "f\ufffd")


def test_lone_surrogates_never_get_through() -> None:
    events = read('{"choices":[{"delta":{"content":"a\\udd99b"},"finish_reason":"stop"}]}')
    assert text_of(events).encode() == "a\ufffdb".encode()


def test_tool_call_fragments_by_index() -> None:
    events = read(
        calls(part(0, "call_a", "weather", ""), part(1, "call_b", "time", "")),
        calls(part(1, None, "", '{"zone":')),
        calls(part(0, None, None, '{"city":"Ro')),
        calls(part(0, None, "", 'me"}')),
        calls(part(1, None, None, '"CET"}')),
        piece({}, "tool_calls"),
    )
    assert last(events) == Finished(
        Finish.TOOL_CALLS,
        (ToolCall("call_a", "weather", '{"city":"Rome"}'), ToolCall("call_b", "time", '{"zone":"CET"}')),
    )


def test_tool_call_fragments_by_id() -> None:
    events = read(
        calls(part(None, "x", "first", "{")),
        calls(part(None, "y", "second", "{")),
        calls(part(None, "x", None, "}")),
        calls(part(None, "y", None, "}")),
        piece({}, "tool_calls"),
    )
    assert [(call.id, call.arguments) for call in last(events).calls] == [("x", "{}"), ("y", "{}")]


def test_tool_call_fragments_with_neither() -> None:
    events = read(
        calls(part(None, None, "first", "{")),
        calls(part(None, None, None, '"a":1}')),
        calls(part(None, None, "second", "{}")),
        piece({}, "tool_calls"),
    )
    assert last(events).calls == (ToolCall("made0", "first", '{"a":1}'), ToolCall("made1", "second", "{}"))


def test_every_call_under_index_0() -> None:
    events = read(
        calls(part(0, "a", "first", "{}")),
        calls(part(0, "b", "second", "{")),
        calls(part(0, None, None, "}")),
        piece({}, "tool_calls"),
    )
    assert last(events).calls == (ToolCall("a", "first", "{}"), ToolCall("b", "second", "{}"))


def test_an_id_that_changes_with_each_fragment_is_still_one_call() -> None:
    events = read(calls(part(0, "a", "first", "{")), calls(part(0, "b", "", "}")), piece({}, "tool_calls"))
    assert last(events).calls == (ToolCall("a", "first", "{}"),)


def test_calls_that_share_an_id_get_their_own() -> None:
    events = read(
        calls(part(0, "same", "first", "{}"), part(1, "same", "second", "{}")), piece({}, "tool_calls")
    )
    assert [call.id for call in last(events).calls] == ["same", "made0"]


def test_arguments_as_an_object_or_not_at_all() -> None:
    events = read(calls(part(0, "a", "f", {"x": "ü"}), part(1, "b", "g")), piece({}, "tool_calls"))
    assert [json.loads(call.arguments) for call in last(events).calls] == [{"x": "ü"}, {}]


def test_stop_with_calls_means_tool_calls() -> None:
    assert last(read(calls(part(0, "a", "f", "{}")), piece({}, "stop"))).reason is Finish.TOOL_CALLS


@pytest.mark.parametrize("reason", ["length", "content_filter"])
def test_calls_of_an_answer_that_was_ended_for_it_are_not_run(reason: str) -> None:
    finished = last(read(calls(part(0, "a", "delete", '{"path":"/"')), piece({}, reason)))
    assert finished == Finished(Finish(reason))


def test_a_call_without_a_name_is_a_failure() -> None:
    with pytest.raises(ModelBroke):
        read(calls(part(0, "a", None, "{}")), piece({}, "tool_calls"))


def test_the_old_function_call_form() -> None:
    events = read(
        piece({"function_call": {"name": "f", "arguments": "{"}}),
        piece({"function_call": {"arguments": "}"}}),
        piece({}, "function_call"),
    )
    assert last(events) == Finished(Finish.TOOL_CALLS, (ToolCall("made0", "f", "{}"),))


def test_a_last_event_that_repeats_the_whole_message_is_not_shown_twice() -> None:
    repeat = {"choices": [{"delta": {}, "message": {"content": "Hello"}, "finish_reason": "stop"}]}
    assert text_of(read(piece({"content": "Hello"}), repeat)) == "Hello"
    assert text_of(read(repeat)) == "Hello"


def test_usage_on_every_chunk_counts_the_last() -> None:
    events = read(
        piece({"content": "a"}, None, usage={"prompt_tokens": 3, "completion_tokens": 1}),
        piece({"content": "b"}, "stop", usage={"prompt_tokens": 3, "completion_tokens": 2}),
        piece({}, None, usage=None),
    )
    assert last(events).usage == Usage(3, 2)


def test_a_whole_completion() -> None:
    answer = Answer()
    body = {"choices": [{"message": {"content": "Hi", "tool_calls": None}, "finish_reason": ""}]}
    assert [*answer.read_whole(as_object(body)), answer.finished()] == [
        TextDelta("Hi"),
        Finished(Finish.STOP),
    ]


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"error": {"message": "no", "code": 502}}])
def test_a_whole_answer_that_is_none(body: JSON) -> None:
    with pytest.raises(ModelBroke):
        Answer().read_whole(body)


STREAM = b"".join(
    b"data: " + json.dumps(body, ensure_ascii=False).encode() + end
    for body, end in zip(
        [
            piece({"role": "assistant", "content": ""}),
            piece({"content": "naïve \u2028 \x85 🦙"}),
            piece({"reasoning": "…"}),
            calls(part(0, "a", "f", '{"k":"')),
            calls(part(0, None, None, '日本"}')),
            piece({}, "tool_calls"),
            {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}},
        ],
        itertools.cycle([b"\n\n", b"\r\n\r\n", b"\r\r"]),
        strict=False,
    )
)


@given(cuts=st.lists(st.integers(1, len(STREAM)), max_size=60, unique=True))
def test_any_split_of_a_stream_gives_the_same_answer(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    decoder, answer = SseDecoder(), Answer()
    events: list[ModelEvent] = []
    for start, stop in itertools.pairwise(places):
        for event in decoder.feed(STREAM[start:stop]):
            events += answer.read(event)
    for event in decoder.close():
        events += answer.read(event)
    assert [*events, answer.finished()] == [
        TextDelta("naïve \u2028 \x85 🦙"),
        ReasoningDelta("…"),
        Finished(Finish.TOOL_CALLS, (ToolCall("a", "f", '{"k":"日本"}'),), Usage(1, 2)),
    ]
