import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelBroke
from core.llama.sse import MAX_EVENT_BYTES, SseDecoder, SseEvent


def decoded(*chunks: bytes) -> list[SseEvent]:
    decoder = SseDecoder()
    events = [event for chunk in chunks for event in decoder.feed(chunk)]
    return [*events, *decoder.close()]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_each_of_the_three_line_ends_ends_a_line(end: bytes) -> None:
    assert decoded(end.join([b"data: a", b"data: b", b"", b"data: c", b"", b""])) == [
        SseEvent("a\nb"),
        SseEvent("c"),
    ]


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1e"])
def test_other_line_separators_stay_inside_the_data(odd: str) -> None:
    assert decoded(f'data: {{"c":"a{odd}b"}}\n\n'.encode()) == [SseEvent(f'{{"c":"a{odd}b"}}')]


def test_cr_and_lf_may_come_in_two_chunks() -> None:
    assert decoded(b"data: a\r", b"\ndata: b\r", b"", b"\n\r", b"\n") == [SseEvent("a\nb")]


def test_comments_ids_and_retries_are_no_events() -> None:
    assert decoded(b": OPENROUTER PROCESSING\n\nid: 7\nretry: 10\n\n:\n\ndata: x\n\n") == [SseEvent("x")]


def test_an_event_keeps_its_name_and_the_next_one_does_not_inherit_it() -> None:
    assert decoded(b"event: ping\ndata: 1\n\ndata: 2\n\n") == [SseEvent("1", "ping"), SseEvent("2")]


def test_only_one_space_is_taken_from_the_value() -> None:
    assert decoded(b"data:  two\ndata:none\n\n") == [SseEvent(" two\nnone")]


def test_a_bare_json_line_is_an_error_event() -> None:
    line = '{"title":"Too Many Requests","detail":"slow down","status":429}'
    assert decoded(b"data: a\n\n", line.encode() + b"\n") == [SseEvent("a"), SseEvent(line, "error")]


@pytest.mark.parametrize("line", [b"<html>oops</html>", b"{not json}", b'["a"]', b"hello"])
def test_other_unknown_lines_are_ignored(line: bytes) -> None:
    assert decoded(line + b"\ndata: a\n\n") == [SseEvent("a")]


def test_what_was_left_unended_comes_at_the_close() -> None:
    assert decoded(b"data: [DONE]") == [SseEvent("[DONE]")]
    assert decoded(b'{"error":"gone"}') == [SseEvent('{"error":"gone"}', "error")]


def test_a_byte_order_mark_in_front_is_dropped() -> None:
    assert decoded(b"\xef\xbb", b"\xbfdata: a\n\n") == [SseEvent("a")]


def test_a_chunk_that_is_an_event_ends_what_was_begun_before_it() -> None:
    event = b"data: b\n\n"
    assert decoded(b"data: a\n", event) == [SseEvent("a\nb")]
    assert decoded(b"event: ping\n", event, event) == [SseEvent("b", "ping"), SseEvent("b")]
    assert decoded(b"da", event) == []
    assert decoded(b"data: a\r", event, event) == [SseEvent("a\nb"), SseEvent("b")]
    assert decoded(event, b"\xef\xbb\xbfdata: c\n\n") == [SseEvent("b")]


def test_broken_utf_8_does_not_stop_the_stream() -> None:
    assert decoded(b"data: a\xff\n\ndata: b\n\n") == [SseEvent("a\ufffd"), SseEvent("b")]


@pytest.mark.parametrize("piece", [b"x" * 1_000_000, b"data: " + b"y" * 1_000_000 + b"\n"])
def test_an_event_without_end_is_refused(piece: bytes) -> None:
    with pytest.raises(ModelBroke):
        decoded(*([piece] * (MAX_EVENT_BYTES // 1_000_000 + 2)))


def test_many_small_events_in_one_stream_never_reach_the_limit() -> None:
    decoder = SseDecoder()
    event = b"data: " + b"z" * 1_000_000 + b"\n\n"
    assert sum(len(decoder.feed(event)) for _ in range(40)) == 40


LINES = st.sampled_from(
    [
        "data: plain",
        'data: {"content":"\u2028 \x85 naïve 🦙"}',
        "data",
        ": comment",
        "event: error",
        "",
        "",
        '{"error":{"message":"bare"}}',
        "no field",
    ]
)


@given(
    lines=st.lists(LINES, max_size=20),
    ends=st.lists(st.sampled_from([b"\n", b"\r\n", b"\r"]), min_size=20, max_size=20),
    cuts=st.lists(st.integers(0, 700), max_size=40),
)
def test_any_split_of_the_bytes_gives_the_same_events(
    lines: list[str], ends: list[bytes], cuts: list[int]
) -> None:
    raw = b"".join(line.encode() + end for line, end in zip(lines, ends, strict=False))
    places = [0, *sorted({min(cut, len(raw)) for cut in cuts}), len(raw)]
    pieces = [raw[start:stop] for start, stop in itertools.pairwise(places)]
    assert decoded(*pieces) == decoded(raw) == decoded(*(bytes([byte]) for byte in raw))
