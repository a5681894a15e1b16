import itertools
import json

import pytest

from core.errors import ModelBroke, ModelBusy, ModelError, ModelRefusedKey, StreamCut
from core.llama.dialect import Reading
from core.llama.native_answer import NativeAnswer
from core.llama.sse import SseDecoder, SseEvent
from core.transcript import Finish, Finished, ModelEvent, ReasoningDelta, TextDelta, ToolCall, Usage
from tests.emulators.native_script import (
    TOO_MANY,
    bare_line,
    call_delta,
    calls,
    closing,
    metrics,
    opening,
    text_delta,
    texts,
    told,
)


def reading() -> NativeAnswer:
    numbers = itertools.count()
    return NativeAnswer(lambda: f"made{next(numbers)}")


def read(*bodies: object) -> list[ModelEvent]:
    answer = reading()
    events: list[ModelEvent] = []
    for body in bodies:
        events += answer.read(SseEvent(body if isinstance(body, str) else json.dumps(body)))
    return [*events, answer.finished()]


def decoded(*chunks: bytes) -> list[ModelEvent]:
    decoder, answer = SseDecoder(), reading()
    events: list[ModelEvent] = []
    for chunk in chunks:
        for event in decoder.feed(chunk):
            events += answer.read(event)
    for event in decoder.close():
        events += answer.read(event)
    return [*events, answer.finished()]


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def last(events: list[ModelEvent]) -> Finished:
    assert isinstance(events[-1], Finished)
    return events[-1]


def wire(*bodies: object) -> bytes:
    return b"".join(b"data: " + json.dumps(body, ensure_ascii=False).encode() + b"\n\n" for body in bodies)


def test_it_is_a_reading() -> None:
    answer: Reading = NativeAnswer()
    assert not answer.ended
    assert not answer.done


def test_the_plain_stream() -> None:
    assert read(opening(), *texts("Hello!"), *closing()) == [
        TextDelta("Hell"),
        TextDelta("o!"),
        Finished(Finish.STOP, usage=Usage(22, 38)),
    ]


def test_metrics_behind_the_end_are_still_read() -> None:
    answer = reading()
    complete, measured = closing()
    answer.read(SseEvent(json.dumps(complete)))
    assert answer.ended
    assert not answer.done
    assert answer.finished().usage is None
    answer.read(SseEvent(json.dumps(measured)))
    assert answer.finished().usage == Usage(22, 38)
    assert not answer.done


def test_text_may_ride_on_any_event() -> None:
    events = read(
        told("start", text_delta("a")),
        told("progress", text_delta("b")),
        told("something new", text_delta("c")),
        told("complete", text_delta("d"), stop_reason="stop"),
        told("metrics", text_delta("e"), metrics=metrics()),
    )
    assert text_of(events) == "abcde"
    assert last(events).usage == Usage(22, 38)


def test_a_gateway_may_say_done() -> None:
    answer = reading()
    assert answer.read(SseEvent("[DONE]")) == []
    assert answer.done
    with pytest.raises(StreamCut):
        answer.finished()


@pytest.mark.parametrize(
    "bodies",
    [
        (),
        (opening(), *texts("Hello")),
        (opening(), told("complete", text_delta(""))),
        (opening(), told("complete", text_delta(""), stop_reason=None)),
        (opening(), told("complete", text_delta(""), stop_reason="")),
        (opening(), told("metrics", text_delta(""), metrics=metrics())),
        (*calls(("a", "delete", '{"path":"/"}')), "[DONE]"),
    ],
)
def test_an_end_without_a_stop_reason_is_a_cut(bodies: tuple[object, ...]) -> None:
    with pytest.raises(StreamCut):
        read(*bodies)


@pytest.mark.parametrize(
    ("reason", "finish"),
    [
        ("stop", Finish.STOP),
        ("tool_calls", Finish.STOP),
        ("length", Finish.LENGTH),
        ("end_of_turn", Finish.STOP),
        ("out_of_tokens", Finish.LENGTH),
    ],
)
def test_stop_reasons(reason: str, finish: Finish) -> None:
    assert last(read(*texts("a"), *closing(reason))).reason is finish


def test_the_first_stop_reason_counts() -> None:
    events = read(
        told("progress", text_delta("a"), stop_reason=None),
        told("complete", text_delta(""), stop_reason="length"),
        told("metrics", text_delta(""), metrics=metrics(), stop_reason="stop"),
    )
    assert last(events).reason is Finish.LENGTH


def test_a_stop_reason_may_be_a_failure() -> None:
    with pytest.raises(ModelBroke):
        read(*texts("a"), *closing("error"))


@pytest.mark.parametrize(
    "empty", [{}, [], None, 5, {"event": None}, {"event": []}, told("x", None), {"id": ""}]
)
def test_events_that_say_nothing_are_passed_over(empty: object) -> None:
    assert text_of(read(empty, *texts("a"), empty, *closing(), empty)) == "a"


# Tool calls


def test_a_call_in_fragments() -> None:
    assert read(opening(), *calls(("call_1", "weather", '{"location":"Rome"}')), *closing("tool_calls")) == [
        Finished(Finish.TOOL_CALLS, (ToolCall("call_1", "weather", '{"location":"Rome"}'),), Usage(22, 38))
    ]


def test_parallel_calls_without_an_index() -> None:
    events = read(
        *texts("Let me look."),
        *calls(("a", "weather", '{"city":"Rome"}'), ("b", "weather", '{"city":"Lima"}'), ("c", "time", "{}")),
        *closing("tool_calls"),
    )
    assert text_of(events) == "Let me look."
    assert last(events).calls == (
        ToolCall("a", "weather", '{"city":"Rome"}'),
        ToolCall("b", "weather", '{"city":"Lima"}'),
        ToolCall("c", "time", "{}"),
    )


def test_the_name_may_come_after_the_id() -> None:
    events = read(
        told("progress", call_delta("a")),
        told("progress", call_delta(name="weather")),
        told("progress", call_delta(arguments="{}")),
        *closing("tool_calls"),
    )
    assert last(events).calls == (ToolCall("a", "weather", "{}"),)


def test_an_id_and_a_name_on_every_fragment_are_one_call() -> None:
    events = read(
        told("progress", call_delta("a", name="f", arguments="{")),
        told("progress", call_delta("a", name="f", arguments="}")),
        *closing("tool_calls"),
    )
    assert last(events).calls == (ToolCall("a", "f", "{}"),)


def test_fragments_that_interleave_are_told_apart_by_their_ids() -> None:
    events = read(
        told("progress", call_delta("a", name="f", arguments="{")),
        told("progress", call_delta("b", name="g", arguments="[")),
        told("progress", call_delta("a", arguments="}")),
        told("progress", call_delta(arguments="]")),
        *closing("tool_calls"),
    )
    assert [(call.id, call.arguments) for call in last(events).calls] == [("a", "{}"), ("b", "[]")]


def test_calls_without_ids_get_their_own() -> None:
    events = read(
        told("progress", call_delta(name="f", arguments='{"a":')),
        told("progress", call_delta(arguments="1}")),
        told("progress", call_delta(name="g", arguments="{}")),
        *closing("tool_calls"),
    )
    assert last(events).calls == (ToolCall("made0", "f", '{"a":1}'), ToolCall("made1", "g", "{}"))


def test_two_calls_under_one_id_stay_two() -> None:
    events = read(
        told("progress", call_delta("same", name="f", arguments="{}")),
        told("progress", call_delta("same", name="g", arguments="{}")),
        *closing("tool_calls"),
    )
    assert last(events).calls == (ToolCall("same", "f", "{}"), ToolCall("made0", "g", "{}"))


@pytest.mark.parametrize("arguments", ['{"path":"/"', '{"path":"/"}'])
def test_a_call_of_an_answer_that_ran_out_of_length_is_never_handed_out(arguments: str) -> None:
    events = read(*calls(("a", "delete", arguments)), *closing("length"))
    assert events == [Finished(Finish.LENGTH, usage=Usage(22, 38))]


def test_stop_with_calls_means_tool_calls() -> None:
    assert last(read(*calls(("a", "f", "{}")), *closing("stop"))).reason is Finish.TOOL_CALLS


def test_a_call_without_a_name_is_a_failure() -> None:
    with pytest.raises(ModelBroke):
        read(told("progress", call_delta("a", arguments="{}")), *closing("tool_calls"))


def test_half_an_emoji_in_a_call_never_gets_through() -> None:
    piece = '{"type":"tool_call","id":"a\\ud83e","function":{"name":"f\\udd99","arguments":"\\"\\ud83e\\""}}'
    events = read('{"event":{"delta":%s}}' % piece, *closing("tool_calls"))  # noqa: UP031 - braces
    assert last(events).calls == (ToolCall("a\ufffd", "f\ufffd", '"\ufffd"'),)


# Text


def test_an_emoji_cut_between_two_events_is_joined() -> None:
    halves = [
        '{"event":{"event_type":"progress","delta":{"type":"text","text":"a\\ud83e"}}}',
        '{"event":{"event_type":"progress","delta":{"type":"text","text":"\\udd99b"}}}',
    ]
    assert text_of(read(*halves, *closing())) == "a🦙b"


def test_half_an_emoji_never_gets_through() -> None:
    half = '{"event":{"event_type":"progress","delta":{"type":"text","text":"a\\ud83e"}}}'
    assert text_of(read(half, *closing())).encode() == "a\ufffd".encode()


def test_reasoning_is_not_text() -> None:
    events = read(
        told("progress", {"type": "reasoning", "reasoning": "hmm", "answer": ""}),
        told("progress", {"type": "reasoning", "reasoning": "", "answer": "Yes"}),
        *closing(),
    )
    assert events[:2] == [ReasoningDelta("hmm"), TextDelta("Yes")]


# Metrics


@pytest.mark.parametrize(
    ("measured", "usage"),
    [
        (metrics(25.0, 30.0), Usage(25, 30)),
        ([{"metric": "num_prompt_tokens", "value": 7}], Usage(7, 0)),
        ([{"metric": "num_prompt_tokens", "value": "7"}, "x", {}, {"metric": []}], Usage(7, 0)),
        ([{"metric": "num_completion_tokens", "value": -3.0}], Usage(0, 0)),
        ([{"metric": "speed", "value": 7.0}], None),
        ([{"metric": "num_prompt_tokens", "value": None}], None),
        ({}, None),
        (None, None),
    ],
)
def test_metrics(measured: object, usage: Usage | None) -> None:
    end = told("complete", text_delta(""), stop_reason="stop", metrics=measured)
    assert last(read(*texts("a"), end)).usage == usage


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "9" * 200])
def test_a_metric_beyond_measure_is_no_usage(number: str) -> None:
    metric = '{"metric":"num_prompt_tokens","value":%s}' % number  # noqa: UP031 - braces
    end = '{"event":{"event_type":"metrics","metrics":[%s],"stop_reason":"stop"}}' % metric  # noqa: UP031 - braces
    assert last(read(end)).usage is None


# Errors


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (TOO_MANY, ModelBusy),
        ({"title": "Unauthorized", "status": 401}, ModelRefusedKey),
        ({"title": "Internal", "detail": "it broke"}, ModelBroke),
        ({"detail": "it broke"}, ModelBroke),
        ({"error": {"message": "slow down", "code": 429}}, ModelBusy),
        ({"error": "it broke"}, ModelBroke),
        ({"event": {"event_type": "error", "error": {"message": "slow", "code": 429}}}, ModelBusy),
        ({"choices": [{"delta": {"content": "a"}}]}, ModelBroke),
    ],
)
def test_an_error_in_the_stream(body: dict[str, object], error: type[ModelError]) -> None:
    with pytest.raises(error) as raised:
        read(*texts("a"), body, *closing())
    assert type(raised.value) is error


@pytest.mark.parametrize("body", [TOO_MANY, {"title": "No", "status": 500}, {"detail": "no"}, {}])
def test_a_bare_line_of_json_is_an_error(body: dict[str, object]) -> None:
    with pytest.raises(ModelError):
        decoded(wire(opening(), *texts("Hello")), bare_line(body).data, wire(*closing()))


def test_a_bare_error_as_the_last_bytes_without_a_line_end() -> None:
    with pytest.raises(ModelBusy, match="Wait a bit"):
        decoded(wire(opening()), json.dumps(TOO_MANY).encode())


@pytest.mark.parametrize("data", ["{]", "", "nonsense", "[" * 100_000])
def test_an_event_that_is_not_json_is_a_failure(data: str) -> None:
    with pytest.raises(ModelBroke):
        read(data)
