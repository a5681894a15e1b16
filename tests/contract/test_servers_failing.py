"""What goes wrong, in the way of each server: refusals, streams that break, silence."""

import json

import pytest

from core.errors import ContextOverflow, ModelBroke, ModelBusy, ModelTimedOut, StreamCut
from core.llama.client import Deadlines
from core.llama.profiles import named
from core.transcript import Finish, Finished
from tests.contract.servers import Maker, Served, serving
from tests.contract.servers_talk import USAGE, end_of, failure, held_out, read, text_of
from tests.emulators.model_script import Ask, Drop, Hold, Pause, Reply, Send, event, failed

# What a server refuses


@pytest.mark.parametrize("wait", [None, "7"], ids=["unsaid", "seven"])
async def test_a_busy_server_is_asked_again_when_it_is_time(served: Served, wait: str | None) -> None:
    headers = {} if wait is None else {"Retry-After": wait}
    for status, words in ((429, "Rate limit reached"), served.kind.busy):
        served.then(served.failing(status, words, headers), served.saying("Hello!"))
        async with held_out(served) as (model, arrived):
            assert text_of(await read(model)) == "Hello!"
        first, second = arrived
        assert second - first >= (2.0 if wait is None else 7.0)


async def test_a_server_that_stays_busy_is_told_of(served: Served) -> None:
    served.then(*[served.failing(*served.kind.busy) for _ in range(20)])
    async with held_out(served) as (model, arrived):
        text, error = await failure(model)
    assert (text, isinstance(error, ModelBusy)) == ("", True)
    assert 3 <= len(arrived) <= 5


async def test_a_server_that_fails_is_asked_again(served: Served) -> None:
    served.then(
        served.failing(500, "internal error"),
        constant(failed(502, "<html><body>Bad gateway</body></html>")),
        served.saying("Hello!"),
    )
    async with held_out(served) as (model, arrived):
        assert text_of(await read(model)) == "Hello!"
    assert len(arrived) == 3


async def test_what_does_not_fit_is_known_by_the_servers_words(served: Served) -> None:
    if served.kind.too_long is None:
        assert named("ollama").truncates
        return
    served.then(served.failing(*served.kind.too_long))
    assert isinstance((await failure(served.client))[1], ContextOverflow)


@pytest.mark.parametrize("text", ["", "Hello"], ids=["refused", "in the middle"])
async def test_a_call_that_groq_could_not_read_is_no_fault_of_the_request(text: str) -> None:
    error = {
        "type": "invalid_request_error",
        "code": "tool_use_failed",
        "message": "Failed to call a function.",
    }
    body = {"error": {**error, "failed_generation": "<function=get_time{}"}}
    async with serving("groq") as served:
        broken = served.going_wrong(text, (event(body),)) if text else constant(failed(400, body))
        served.then(broken)
        shown, raised = await failure(served.client)
        assert (shown, type(raised)) == (text, ModelBroke)


async def test_an_error_inside_http_200(served: Served) -> None:
    for status, error in ((429, ModelBusy), (502, ModelBroke)):
        complaint = json.dumps(served.kind.voice.complaint(status, "upstream")).encode()
        served.then(constant(Reply((Send(complaint),), content_type="application/json")))
        text, raised = await failure(served.client)
        assert (text, isinstance(raised, (error, ModelBroke))) == ("", True)


def constant(reply: Reply) -> Maker:
    return lambda ask: reply


# Streams that break


async def test_a_cut_before_a_word_costs_nothing(served: Served) -> None:
    served.then(served.going_wrong("", (Drop(),)), constant(Reply((Drop(),))), served.saying("Hello!"))
    async with held_out(served) as (model, arrived):
        assert text_of(await read(model)) == "Hello!"
    assert len(arrived) == 3


async def test_a_cut_after_a_word_is_told_once(served: Served) -> None:
    served.then(served.going_wrong("Hello", (Pause(0.02), Drop())))
    async with held_out(served) as (model, arrived):
        text, error = await failure(model)
    assert (text, type(error), len(arrived)) == ("Hello", StreamCut, 1)


async def test_an_end_without_a_reason_is_a_cut(served: Served) -> None:
    for end in ((), served.kind.voice.done):
        served.then(served.going_wrong("Hello", end))
        text, error = await failure(served.client)
        assert (text, type(error)) == ("Hello", StreamCut)


@pytest.mark.parametrize("text", ["", "Hello"], ids=["before", "after"])
async def test_a_failure_in_the_middle(served: Served, text: str) -> None:
    served.then(served.going_wrong(text, served.kind.voice.broken()))
    shown, error = await failure(served.client)
    assert (shown, type(error) in {ModelBroke, StreamCut}) == (text, True)


@pytest.mark.parametrize(
    "rubbish",
    [b"data: {]<oops>\n\n", b"data: \xff\xfe\x00\n\n", b"data: 7]\n\n"],
    ids=["braces", "bytes", "tail"],
)
async def test_garbage_is_an_honest_failure(served: Served, rubbish: bytes) -> None:
    served.then(served.going_wrong("Hello", (Send(rubbish),), served.kind.voice.closing("stop", asked=False)))
    text, error = await failure(served.client)
    assert (text, type(error)) == ("Hello", ModelBroke)


@pytest.mark.parametrize("size", [1, 7])
async def test_the_bytes_may_be_split_anywhere_and_lines_end_in_crlf(served: Served, size: int) -> None:
    def split(ask: Ask) -> Reply:
        steps = served.saying("Ä\u2028 🦙", thought="hm")(ask).steps
        sent = b"".join(step.data for step in steps if isinstance(step, Send)).replace(b"\n", b"\r\n")
        return Reply(tuple(Send(sent[at : at + size]) for at in range(0, len(sent), size)))

    served.then(split)
    events = await read(served.client)
    assert (text_of(events), end_of(events)) == ("Ä\u2028 🦙", Finished(Finish.STOP, usage=USAGE))


@pytest.mark.parametrize("pause", [0.0, 0.02], ids=["at once", "later"])
async def test_an_error_behind_the_end(served: Served, pause: float) -> None:
    """Behind ``[DONE]`` it is none of the answer's; where nothing marks the end it still is."""
    voice = served.kind.voice
    late = event(voice.complaint(500, "late"))
    steps = (served.kind.voice.closing("stop", asked=True), (Pause(pause), late))
    served.then(served.going_wrong("Hello", *steps))
    if voice.done:
        events = await read(served.client)
        assert (text_of(events), end_of(events)) == ("Hello", Finished(Finish.STOP, usage=USAGE))
    else:
        text, error = await failure(served.client)
        assert (text, type(error)) == ("Hello", ModelBroke)


async def test_an_end_that_gives_no_reason_but_an_error(served: Served) -> None:
    voice = served.kind.voice
    served.then(served.going_wrong("Hello", voice.done, (event(voice.complaint(500, "failed")),)))
    text, error = await failure(served.client)
    assert (text, type(error)) == ("Hello", ModelBroke)


# Slow streams


async def test_a_server_that_falls_silent_before_a_word(hasty: Served) -> None:
    hasty.then(constant(Reply((Hold(),))))
    text, error = await failure(hasty.client)
    assert (text, type(error)) == ("", ModelTimedOut)


async def test_a_server_that_falls_silent_after_a_word(server_name: str) -> None:
    async with serving(
        server_name, deadlines=Deadlines(connect=2.0, first=5.0, idle=0.2, total=10.0)
    ) as served:
        served.then(served.going_wrong("Hey!", (Hold(),)))
        text, error = await failure(served.client)
        assert (text, type(error)) == ("Hey!", ModelTimedOut)


async def test_signs_of_life_keep_nobody_waiting_for_ever(hasty: Served) -> None:
    voice = hasty.kind.voice
    hasty.then(constant(Reply((voice.keep_alive, Pause(0.05)) * 40)))
    text, error = await failure(hasty.client)
    assert (text, type(error)) == ("", ModelTimedOut)


async def test_signs_of_life_are_no_part_of_the_answer(served: Served) -> None:
    voice = served.kind.voice
    beat = (voice.keep_alive, Pause(0.02))
    steps = (*beat * 4, *voice.texts("Hel"), *beat, *voice.texts("lo"), *voice.closing("stop", asked=True))
    served.then(constant(Reply(steps)))
    assert text_of(await read(served.client)) == "Hello"
