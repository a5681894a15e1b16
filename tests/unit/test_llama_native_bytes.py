import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelError
from core.llama.native_answer import NativeAnswer
from core.llama.sse import SseDecoder, SseEvent
from core.transcript import Finish, Finished, ModelEvent, ReasoningDelta, TextDelta, ToolCall, Usage
from tests.emulators.native_script import calls, closing, opening, text_delta, told


def read(*bodies: object) -> list[ModelEvent]:
    answer = NativeAnswer()
    events: list[ModelEvent] = []
    for body in bodies:
        events += answer.read(SseEvent(body if isinstance(body, str) else json.dumps(body)))
    return [*events, answer.finished()]


def read_whole(body: dict[str, object]) -> list[ModelEvent]:
    answer = NativeAnswer()
    return [*answer.read_whole(body), answer.finished()]


def decoded(*chunks: bytes) -> list[ModelEvent]:
    decoder, answer = SseDecoder(), NativeAnswer()
    events: list[ModelEvent] = []
    for chunk in chunks:
        for event in decoder.feed(chunk):
            events += answer.read(event)
    for event in decoder.close():
        events += answer.read(event)
    return [*events, answer.finished()]


STREAM = b"".join(
    b": keep-alive\n\ndata: " + json.dumps(body, ensure_ascii=False).encode() + end
    for body, end in zip(
        [
            opening(),
            told("progress", text_delta("naïve \u2028 \x85 🦙")),
            told("progress", {"type": "reasoning", "reasoning": "…"}),
            *calls(("a", "f", '{"k":"日本"}'), ("b", "f", "{}")),
            *closing("tool_calls"),
        ],
        itertools.cycle([b"\n\n", b"\r\n\r\n", b"\r\r"]),
        strict=False,
    )
)
ANSWER = [
    TextDelta("naïve \u2028 \x85 🦙"),
    ReasoningDelta("…"),
    Finished(
        Finish.TOOL_CALLS, (ToolCall("a", "f", '{"k":"日本"}'), ToolCall("b", "f", "{}")), Usage(22, 38)
    ),
]


@given(cuts=st.lists(st.integers(1, len(STREAM)), max_size=60, unique=True))
def test_any_split_of_the_bytes_gives_the_same_answer(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    assert decoded(*(STREAM[start:stop] for start, stop in itertools.pairwise(places))) == ANSWER


WORDS = st.sampled_from(
    """event completion_message delta type text tool_call tool_calls function name arguments id stop_reason
    stop length metrics metric value num_prompt_tokens error title detail status choices content
    reasoning answer""".split()  # noqa: SIM905 - a list of them would be a column
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
EVENTS = st.builds(lambda body: {"event": body}, st.dictionaries(WORDS, VALUES, max_size=5)) | st.builds(
    lambda delta, more: {"event": {**more, "delta": delta}},
    st.dictionaries(WORDS, VALUES, max_size=5),
    st.dictionaries(WORDS, VALUES, max_size=3),
)


@given(bodies=st.lists(EVENTS | VALUES, max_size=6))
def test_malformed_events_raise_nothing_but_a_model_error(bodies: list[object]) -> None:
    try:
        events = read(*map(json.dumps, bodies), *closing())
    except ModelError:
        return
    assert isinstance(events[-1], Finished)
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == text.encode("utf-8", "replace").decode()


@given(body=st.dictionaries(WORDS, VALUES, max_size=5))
def test_malformed_bodies_raise_nothing_but_a_model_error(body: dict[str, object]) -> None:
    try:
        events = read_whole({"completion_message": body})
    except ModelError:
        return
    assert isinstance(events[-1], Finished)


@given(chunks=st.lists(st.binary(max_size=60) | st.just(STREAM[:300]), max_size=8))
def test_garbage_on_the_wire_raises_nothing_but_a_model_error(chunks: list[bytes]) -> None:
    with pytest.raises(ModelError):
        decoded(*chunks)


@given(end=st.integers(0, STREAM.index(b'"complete"')))
def test_a_stream_cut_anywhere_before_its_end_is_never_an_answer(end: int) -> None:
    with pytest.raises(ModelError):
        decoded(STREAM[:end])
