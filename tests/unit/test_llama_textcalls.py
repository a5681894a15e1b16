"""Calls that came as text: what is wholly a call is one, and nothing else is."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.textcalls import MOST_CALLS, MOST_CHARACTERS
from tests.text_calls import recovered

DECLARED = frozenset({"get_weather", "trending_songs", "brave_search", "web-search", "files.read", "f", "g"})
Calls = list[tuple[str, dict[str, object]]]


def read(text: str) -> Calls | None:
    calls = recovered(text, DECLARED)
    if calls is None:
        return None
    assert len({call.id for call in calls}) == len(calls)
    return [(call.name, json.loads(call.arguments)) for call in calls]


PARIS: Calls = [("get_weather", {"city": "Paris"})]
FORMS: list[tuple[str, Calls]] = [
    ('[get_weather(city="San Francisco")]', [("get_weather", {"city": "San Francisco"})]),
    ('[get_weather(city="Paris"), g()]', [*PARIS, ("g", {})]),
    ('\n [ get_weather( city = "Paris" ,\n ) ,\n] \n', PARIS),
    ('[get_weather(city="Paris")]<|eot|>', PARIS),
    ('<|python_start|>[get_weather(city="Paris")]<|python_end|>', PARIS),
    ('<|python_start|>[get_weather(city="Paris")]<|python_end|><|eom|>\n', PARIS),
    ('<|header_start|>assistant<|header_end|>\n\n[get_weather(city="Paris")]', PARIS),
    ('<|start_header_id|>assistant<|end_header_id|>\n\n[get_weather(city="Paris")]<|eot_id|>', PARIS),
    ('<|python_tag|>{"type": "function", "name": "f", "parameters": {"n": "10"}}', [("f", {"n": "10"})]),
    ('<|python_tag|>brave_search.call(query="it\'s")<|eom_id|>', [("brave_search", {"query": "it's"})]),
    ('<|python_tag|>get_weather(city="Paris")', PARIS),
    ('{"name": "get_weather", "parameters": {"city": "Paris"}}', PARIS),
    ('{"parameters": {"city": "Paris"}, "name": "get_weather"}', PARIS),
    ('{"name": "get_weather", "arguments": {"city": "Paris"}, "id": "7"}', PARIS),
    ('{"name": "get_weather", "args": "{\\"city\\": \\"Paris\\"}"}', PARIS),
    ('{"name": "g", "parameters": null}', [("g", {})]),
    ('{"name": "f", "parameters": {}}; {"name": "g", "parameters": {}}', [("f", {}), ("g", {})]),
    ('{"name": "f", "parameters": {}}\n{"name": "g", "parameters": {}}', [("f", {}), ("g", {})]),
    ('[{"name": "f", "parameters": {}}, {"name": "g", "parameters": {}}]', [("f", {}), ("g", {})]),
    ('{"type":"function","function":{"name":"get_weather","arguments":{"city":"Paris"}}}', PARIS),
    ('{"type": "function", "function": "get_weather", "parameters": {"city": "Paris"}}', PARIS),
    ('<function=get_weather>{"city": "Paris"}</function>', PARIS),
    ('<function=f>{"n": 1}</function>\n<function=g></function><|eot_id|>', [("f", {"n": 1}), ("g", {})]),
    ('```json\n{"name": "get_weather", "parameters": {"city": "Paris"}}\n```', PARIS),
    ('```\n[get_weather(city="Paris")]\n```\n', PARIS),
    ('```tool_code\nget_weather(city="Paris")\ng()\n```', [*PARIS, ("g", {})]),
    ('[web-search(q="a")]', [("web-search", {"q": "a"})]),
    ('[files.read(path="a")]', [("files.read", {"path": "a"})]),
    ('{"name": "web-search", "parameters": {"q": "}]"}}', [("web-search", {"q": "}]"})]),
    (
        '[f(a=-1, b=[null, True], c={"d": 2.5}, e=(1, 2))]',
        [("f", {"a": -1, "b": [None, True], "c": {"d": 2.5}, "e": [1, 2]})],
    ),
    ('[f(a="""one "two"\nthree""", b=\'\', c="")]', [("f", {"a": 'one "two"\nthree', "b": "", "c": ""})]),
    (r'[f(a="\d+\n", b="C:\\x", c="\"]) [")]', [("f", {"a": "\\d+\n", "b": "C:\\x", "c": '"]) ['})]),
    ('[f(a="日本 🦙 \u2028 <|eot_id|>")]', [("f", {"a": "日本 🦙 \u2028 <|eot_id|>"})]),
    (r'[f(a="\ud83e\udd99")]', [("f", {"a": "🦙"})]),
]


@pytest.mark.parametrize(("text", "calls"), FORMS)
def test_every_form_is_read(text: str, calls: Calls) -> None:
    assert read(text) == calls


STAYS_TEXT = [
    "",
    "   ",
    "[]",
    "```json\n```",
    "<|python_tag|>",
    "Paris is lovely.",
    'Let me look: [get_weather(city="Paris")]',
    '[get_weather(city="Paris")] is what I would call.',
    '[get_weather(city="Paris")](https://example.org)',
    'Like this:\n```json\n{"name": "f", "parameters": {}}\n```',
    '```json\n{"name": "f", "parameters": {}}\n```\nShall I?',
    '```json\n{"name": "f", "parameters": {}}\n```\n```json\n{"name": "g", "parameters": {}}\n```',
    '```json\n{"name": "f", "parameters": {}}',
    "```python\n[f()]\n```",
    "get_weather(city='Paris')",
    "[undeclared()]",
    "[f(), undeclared()]",
    "[f(), 1]",
    "[[f()]]",
    "[f]",
    "[f(1)]",
    '[f("x", a=1)]',
    "[f(a=g())]",
    "[f(a=[g()])]",
    "[f(a=b)]",
    "[f(a=1+1)]",
    "[f(a=__import__('os').system('id'))]",
    "[f(a=f'{1}')]",
    "[f(a=b'x')]",
    "[f(a=r'x')]",
    "[f(a=...)]",
    "[f(a=1j)]",
    "[f(a={1, 2})]",
    "[f(a={1: 2})]",
    "[f(a={**x})]",
    "[f(**{'a': 1})]",
    "[f(*[1])]",
    "[f(a=1, a=2)]",
    "[f(a=1) for x in y]",
    "[f(a=1)()]",
    "[f.other(a=1)]",
    "[f(a=1)",
    "[f(a=1), g(",
    "[f(a=1)]]",
    "[f(a='x\ny')]",
    "[f(a=1e999)]",
    "[f(a=1) # f\n]",
    '{"name": "undeclared", "parameters": {}}',
    '{"name": "f"}',
    '{"name": "f", "parameters": [1]}',
    '{"name": "f", "parameters": "none"}',
    '{"name": "f", "parameters": {"a": NaN}}',
    '{"name": "f", "parameters": {"a": 1, "a": 2}}',
    '{"name": "f", "name": "g", "parameters": {}}',
    '{"name": "f", "parameters": {}, "arguments": {}}',
    '{"name": "f", "parameters": {}, "comment": "not a call"}',
    '{"name": "f", "description": "Does it.", "parameters": {"type": "object", "properties": {}}}',
    '{"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}',
    '{"type": "function", "function": {"name": "f", "description": "x", "parameters": {}}}',
    '{"type": "person", "name": "f", "parameters": {}}',
    '{"name": "Paul", "age": 7}',
    '{"function": {"function": {"name": "f", "parameters": {}}}}',
    '{"name": "f", "parameters": {}} {"a": 1}',
    '[{"name": "f", "parameters": {}}, 1]',
    '[{"name": "f", "parameters": {}}, {"name": "undeclared", "parameters": {}}]',
    '{"name": "f", "parameters": {}',
    "<function=undeclared>{}</function>",
    "<function=f>{}",
    "<function=f>{}</function> done",
    "<function=f>[1]</function>",
    '<function=f>{"a": <function=g>{}</function>}</function>',
    '<|python_tag|>print("hello")',
    "<|nonsense|>[f()]",
    "[f()]\x00",
    '[f(a="\ud800")]',
    "[f(a=" + "9" * 5_000 + ")]",
    "[f(a=0x" + "f" * 5_000 + ")]",
    '{"name": "f", "parameters": {"a": ' + "9" * 5_000 + "}}",
    "[f(a=" + "[" * 9_000 + "]" * 9_000 + ")]",
    '{"name": "f", "parameters": {"a": ' + "[" * 9_000 + "]" * 9_000 + "}}",
    "[f(a=" + "-" * 19_000 + "1)]",
    "[" + ",".join(["f()"] * (MOST_CALLS + 1)) + "]",
]


@pytest.mark.parametrize("text", STAYS_TEXT, ids=lambda text: text[:60])
def test_everything_else_stays_text(text: str) -> None:
    assert read(text) is None


def test_a_lone_half_of_a_character_is_replaced() -> None:
    calls = read(r'[f(a="\ud800")]')
    assert calls == [("f", {"a": "\ufffd"})]


def test_a_message_over_the_cap_stays_text() -> None:
    longest = '[f(a="' + "x" * (MOST_CHARACTERS - 9) + '")]'
    assert len(longest) == MOST_CHARACTERS
    assert read(longest) is not None
    assert read(longest + " ") is None


def test_without_declared_tools_nothing_is_a_call() -> None:
    assert recovered("[f()]", frozenset()) is None


def test_the_longest_text_takes_a_moment_only() -> None:
    # Every character of it may still become a call.
    text = '[f(a={"b": [' + '"x", ' * ((MOST_CHARACTERS - 20) // 5)
    began = time.perf_counter()
    assert read(text) is None
    assert time.perf_counter() - began < 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12).map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ARGUMENTS = st.dictionaries(st.sampled_from(["a", "city", "n_2", "größe"]), VALUES, max_size=3)
CALLS = st.lists(st.tuples(st.sampled_from(sorted(DECLARED)), ARGUMENTS), min_size=1, max_size=4)


def as_python(calls: Calls) -> str:
    written = (
        f"{name}({', '.join(f'{key}={value!r}' for key, value in args.items())})" for name, args in calls
    )
    return f"[{', '.join(written)}]"


def as_objects(calls: Calls) -> list[str]:
    return [json.dumps({"name": name, "parameters": args}) for name, args in calls]


def as_tags(calls: Calls) -> str:
    return "\n".join(
        f"<function={name}>{json.dumps(args, ensure_ascii=False)}</function>" for name, args in calls
    )


@st.composite
def written_calls(draw: st.DrawFn) -> tuple[str, Calls]:
    calls = draw(CALLS)
    body = draw(
        st.sampled_from(
            [
                as_python(calls),
                "; ".join(as_objects(calls)),
                f"[{', '.join(as_objects(calls))}]",
                as_tags(calls),
            ]
        )
    )
    around = draw(
        st.sampled_from(
            ["{}", " {}\n", "<|python_start|>{}<|python_end|>", "```json\n{}\n```", "{}<|eot_id|>"]
        )
    )
    return around.replace("{}", body), calls


@given(written_calls())
def test_whatever_is_written_in_a_form_is_read_back(written: tuple[str, Calls]) -> None:
    text, calls = written
    assert read(text) == calls


@given(written_calls(), st.text(alphabet="ab.!?*# \n", min_size=1).filter(str.strip), st.booleans())
def test_words_before_or_behind_make_it_text(written: tuple[str, Calls], words: str, before: bool) -> None:
    text = words + written[0] if before else written[0] + words
    assert read(text) is None


@given(written_calls(), st.data())
def test_no_beginning_of_a_call_is_another_call(written: tuple[str, Calls], data: st.DataObject) -> None:
    text, calls = written
    part = read(text[: data.draw(st.integers(0, len(text)))])
    # Calls that stand one behind the other are each whole.
    assert part is None or part == calls[: len(part)]


WORDS = """
    f( a= f g a 1 null ``` undeclared() <|python_tag|>
    <function=f> </function> "f" {"name": "parameters":
"""
PIECES = st.sampled_from([*"[](){}<>=,;:'\"`\\|#\n ", *WORDS.split(), "'''", "```json\n"])


@given(st.lists(PIECES, max_size=25).map("".join))
def test_no_text_breaks_it_and_only_declared_tools_come_out(text: str) -> None:
    calls = read(text)
    assert calls is None or {name for name, _ in calls} <= DECLARED
