"""From a person's words to the model and back to the screen, with tokens in them."""

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.special_tokens import JOINER, neutralise
from core.llama.template_safety import neutralised
from core.llama.textcalls_answer import AnswerText
from core.llama.toolcalls import random_id
from core.transcript import (
    FilePart,
    Finish,
    Finished,
    ImagePart,
    Message,
    ModelRequest,
    Role,
    TextPart,
    ToolCall,
    ToolResult,
    ToolSpec,
    Usage,
)

TOKEN = "<|eot_id|>"
BROKEN = f"<{JOINER}|eot_id|>"
DECLARED = frozenset({"calculate"})
USAGE = Usage(7, 3)


def read(pieces: list[str], finished: Finished) -> tuple[str, Finished]:
    answer = AnswerText(DECLARED)
    shown = "".join(map(answer.take, pieces))
    rest, end = answer.finish(finished)
    return shown + rest, end


def test_every_text_of_a_request_is_broken_and_nothing_else() -> None:
    request = ModelRequest(
        (
            Message(Role.SYSTEM, (TextPart(f"Facts: {TOKEN}"),)),
            Message(
                Role.USER,
                (
                    TextPart(f"hi {TOKEN}"),
                    FilePart(f"{TOKEN}.txt", TOKEN, TOKEN),
                    ImagePart("0" * 64, "image/png", 1, 1, TOKEN),
                ),
                TOKEN,
            ),
            Message(
                Role.ASSISTANT, (TextPart(TOKEN), ToolCall("call_1", "calculate", json.dumps({"a": TOKEN})))
            ),
            Message(Role.TOOL, (ToolResult("call_1", "calculate", TOKEN, failed=True),)),
        ),
        (ToolSpec("calculate", TOKEN, json.dumps({"description": TOKEN}), idempotent=True),),
        max_tokens=5,
        schema=json.dumps({"const": TOKEN}),
    )
    safe = neutralised(request)
    assert TOKEN not in repr(safe)
    # repr() escapes the joiner.
    assert repr(safe).replace("\\u200d", "") == repr(request)
    call = safe.messages[2].parts[1]
    assert isinstance(call, ToolCall)
    assert json.loads(call.arguments) == {"a": BROKEN}
    assert neutralised(safe) == safe


def test_a_recovered_call_ends_the_answer_and_has_its_text_restored() -> None:
    text = f'<|python_start|>[calculate(expression="{BROKEN}")]<|python_end|>'
    shown, end = read(list(text), Finished(Finish.STOP, usage=USAGE))
    assert shown == ""
    assert (end.reason, end.usage) == (Finish.TOOL_CALLS, USAGE)
    assert [(call.name, json.loads(call.arguments)) for call in end.calls] == [
        ("calculate", {"expression": TOKEN})
    ]


def test_calls_of_the_server_are_restored_and_not_doubled() -> None:
    call = ToolCall("call_1", "calculate", f'{{"expression": "\\u003c{JOINER}|eot_id|\\u003e"}}')
    shown, end = read(['[calculate(expression="1")]'], Finished(Finish.TOOL_CALLS, (call,)))
    assert shown == ""
    assert [one.id for one in end.calls] == ["call_1"]
    assert json.loads(end.calls[0].arguments) == {"expression": TOKEN}


def test_a_text_that_was_no_call_loses_its_strays() -> None:
    finished = Finished(Finish.STOP, usage=USAGE)
    assert read(["<|python_tag|>", "print(1)", "<|eom_id|>"], finished) == ("print(1)", finished)
    assert read(["<|header_start|>assistant<|header", "_end|>"], finished) == ("", finished)


@pytest.mark.parametrize("reason", [Finish.LENGTH, Finish.CONTENT_FILTER])
def test_a_cut_call_is_neither_run_nor_shown(reason: Finish) -> None:
    assert read(['[calculate(expression="1'], Finished(reason)) == ("", Finished(reason))
    assert read(["Well, [calc"], Finished(reason)) == ("Well, [calc", Finished(reason))


def test_ids_of_recovered_calls_are_new() -> None:
    _, end = read(["[calculate(a=1), calculate(a=2)]"], Finished(Finish.STOP))
    ids = {call.id for call in end.calls}
    assert len(ids) == 2
    assert random_id() not in ids


WORDS = st.lists(
    st.sampled_from(
        ["x", " ", "\n", "`", "[", "calc", "{", '"name"', TOKEN, "[INST]", "<s>", "<", "é🦙", "```"]
    ),
    max_size=12,
).map("".join)


@given(WORDS, st.data())
def test_what_a_model_repeats_of_a_person_s_words_is_what_the_person_wrote(
    words: str, data: st.DataObject
) -> None:
    text = neutralise(words)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:end] for start, end in pairwise([0, *cuts, len(text)])]
    finished = Finished(Finish.STOP)
    assert read(pieces, finished) == (words, finished)
