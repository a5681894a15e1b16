"""Arguments as models really write them: mended, brought to their types, or refused in one sentence."""

import json
import time
from contextlib import suppress
from enum import StrEnum
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from core.tools.arguments import read_object
from core.tools.coercion import coerced
from core.tools.tool import tool
from core.tools.toolbox import Toolbox
from core.transcript import ToolCall, ToolResult


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", {}),
        (" \n", {}),
        ("null", {}),
        ('{"a": 1}', {"a": 1}),
        ('\ufeff{"a": 1}', {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('```\n{"a": 1}```', {"a": 1}),
        ('"{\\"a\\": 1}"', {"a": 1}),
        ('{"a": 1,}', {"a": 1}),
        ('{"a": [1, 2 , ] , }', {"a": [1, 2]}),
        ('{"a": ",}", "b": "[,]",}', {"a": ",}", "b": "[,]"}),
        ('{"a": 1', {"a": 1}),
        ('{"a": {"b": [1, 2', {"a": {"b": [1, 2]}}),
        ('{"a": 1, ', {"a": 1}),
        ('{"a": "one', {"a": "one"}),
        ('{"a": "one \\"two\\"', {"a": 'one "two"'}),
        ('{"a": "one \\"', {"a": 'one "'}),
        ('{"a": ["x", "y', {"a": ["x", "y"]}),
        ('{"a": "x\ny\tz"}', {"a": "x\ny\tz"}),
        ("{'a': 'it\\'s', 'b': [True, None, -1.5]}", {"a": "it's", "b": [True, None, -1.5]}),
        ('{"a": True, "b": None}', {"a": True, "b": None}),
        ("{}", {}),
    ],
)
def test_what_is_plain_is_mended(written: str, value: object) -> None:
    assert read_object(written) == value


@pytest.mark.parametrize(
    "written",
    [
        "city=Paris",
        "{city: 1}",
        '{"a"',
        '{"a":',
        '{"a": tru',
        '{"a": 1, "b',
        '{"a": 1, "b": ',
        '{"a": 1}}',
        '{"a": [1}',
        '{"a": 1} and more',
        '{"a": 1}{"b": 2}',
        '{"a": "x\\',
        '{"a": 1 "b": 2}',
        "{'a': open('x')}",
        "{'a': {1, 2}}",
        "{'a': (1, 2)}",
        "{'a': b'x'}",
        "{1: 2}",
        "{'a': 1j}",
        "{'a': '\\ud800'}",
        '{"a": "\\ud800"}',
        '{"a": "\ud800"}',
        "{" * 100_000,
        "[" * 100_000,
        "{'a': " + "[" * 9_000,
        '{"a": ' + "9" * 5_000 + "}",
        "\x00",
    ],
    ids=lambda written: written[:30].encode("unicode_escape").decode(),
)
def test_what_is_not_plain_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="are no valid JSON"):
        read_object(written)


@pytest.mark.parametrize("written", ["[1]", "1", '"word"', "true", '["a"]'])
def test_what_is_no_object_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"must be a JSON object|are no valid JSON"):
        read_object(written)


def test_long_arguments_are_mended_in_a_moment() -> None:
    began = time.perf_counter()
    assert read_object('{"a": [' + '"x, \\n",\n ' * 20_000)["a"] == ["x, \n"] * 20_000
    assert time.perf_counter() - began < 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=4), JSON, max_size=4)


@given(OBJECTS)
def test_good_json_is_never_changed(value: dict[str, object]) -> None:
    assert read_object(json.dumps(value)) == value
    assert read_object(json.dumps(value, ensure_ascii=False, indent=1)) == value


@given(OBJECTS)
def test_missing_brackets_at_the_end_come_back(value: dict[str, object]) -> None:
    assert read_object(json.dumps(value, ensure_ascii=False).rstrip("]}")) == value


@given(st.text(alphabet="{}[]\",':\\ atrue1\n`", max_size=30))
def test_no_text_breaks_it(written: str) -> None:
    with suppress(ValueError):
        value = read_object(written)
        assert json.loads(json.dumps(value)) == value


def schema(**properties: object) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": ["needed"]}


@pytest.mark.parametrize(
    ("kind", "said", "meant"),
    [
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, " -5.0 ", -5),
        ({"type": "integer"}, 5.0, 5),
        ({"type": "integer"}, "five", "five"),
        ({"type": "integer"}, 5.5, 5.5),
        ({"type": "integer"}, True, True),
        ({"type": "integer"}, float("inf"), float("inf")),
        ({"type": "number"}, "1.5e3", 1500.0),
        ({"type": "number"}, "7", 7),
        ({"type": "number"}, "nan", "nan"),
        ({"type": "boolean"}, "True", True),
        ({"type": "boolean"}, "false", False),
        ({"type": "boolean"}, "maybe", "maybe"),
        ({"type": "string"}, 5, "5"),
        ({"type": "string"}, 1.5, "1.5"),
        ({"type": "string"}, "[1]", "[1]"),
        ({"type": "string"}, True, True),
        ({"type": "array", "items": {"type": "string"}}, "a", ["a"]),
        ({"type": "array", "items": {"type": "integer"}}, '[1, "2"]', [1, 2]),
        ({"type": "array", "items": {"type": "integer"}}, "7", [7]),
        ({"type": "array", "items": {"type": "integer"}}, ["1", 2.0], [1, 2]),
        ({"type": "array"}, "[broken", ["[broken"]),
        ({"type": "object", "properties": {"n": {"type": "integer"}}}, '{"n": "1"}', {"n": 1}),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"x": "1"}, {"x": 1}),
        ({"type": "object"}, "[1]", "[1]"),
        ({"enum": ["Celsius", "Fahrenheit"]}, " celsius", "Celsius"),
        ({"enum": ["a", "A"]}, "a", "a"),
        ({"enum": ["b", "B"]}, "c", "c"),
        ({"enum": [1, 2]}, "2", 2),
        ({"const": "Now"}, "now", "Now"),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "5", 5),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "null", None),
        ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, None, None),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "null", "null"),
        ({"anyOf": [{"type": "array"}, {"type": "null"}]}, "null", None),
        ({"anyOf": [{"type": "string"}, {"type": "array"}]}, "x", "x"),
        ({"anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "integer"}]}, "5", 5),
        ({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "integer"}}]}, ["5"], [5]),
        ({"type": ["integer", "null"]}, "5", 5),
        ({"$ref": "#/$defs/Unit"}, "KM", "km"),
        ({"$ref": "#/$defs/Loop"}, "x", "x"),
        ({"$ref": "#/$defs/Tree"}, {"left": '{"n": "1"}'}, {"left": {"n": 1}}),
        ({"$ref": "#/nowhere"}, "x", "x"),
        ({}, "5", "5"),
    ],
)
def test_values_come_to_the_type_that_is_asked_for(kind: object, said: object, meant: object) -> None:
    definitions = {
        "Unit": {"type": "string", "enum": ["km", "mi"]},
        "Loop": {"$ref": "#/$defs/Loop"},
        "Tree": {
            "type": "object",
            "properties": {"left": {"$ref": "#/$defs/Tree"}, "n": {"type": "integer"}},
        },
    }
    found = coerced({"it": said, "needed": 1}, {**schema(it=kind), "$defs": definitions})
    assert found == {"it": meant, "needed": 1}
    assert type(found["it"]) is type(meant)


def test_null_is_left_out_where_it_says_nothing() -> None:
    wanted = schema(needed={"type": "string"}, free={"type": "string"}, maybe={"type": ["string", "null"]})
    said = {"needed": None, "free": None, "maybe": None, "unknown": None}
    assert coerced(said, wanted) == {"needed": None, "maybe": None, "unknown": None}


@given(OBJECTS)
def test_without_a_schema_nothing_changes(value: dict[str, object]) -> None:
    assert coerced(value, {}) == value
    assert coerced(value, {"type": "object"}) == value


FITTING = st.recursive(
    st.sampled_from(
        [
            ({"type": "integer"}, 5),
            ({"type": "number"}, 1.5),
            ({"type": "boolean"}, False),
            ({"type": "string"}, "true"),
            ({"type": "string"}, '{"a": 1}'),
            ({"enum": ["5", "Five"]}, "5"),
            ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "5"),
            ({"type": ["array", "string", "null"]}, "null"),
            ({}, {"any": [1, "2", None]}),
        ]
    ),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=1).map(
            lambda one: ({"type": "array", "items": one[0][0]}, [one[0][1]])
        )
        | inner.map(lambda one: ({"type": "object", "properties": {"a": one[0]}}, {"a": one[1]}))
        | inner.map(lambda one: ({"anyOf": [{"type": "null"}, one[0]]}, one[1]))
    ),
    max_leaves=5,
)


@given(FITTING)
def test_what_fits_is_never_changed(pair: tuple[dict[str, object], object]) -> None:
    assert coerced({"it": pair[1]}, schema(it=pair[0])) == {"it": pair[1]}


class Unit(StrEnum):
    KM = "km"
    MILES = "mi"


class Leg(BaseModel):
    to: str
    nights: int = 1


@tool
def route(
    legs: list[Leg],
    tags: Annotated[list[str], Field(max_length=3)] = [],  # noqa: B006 - never changed
    unit: Unit = Unit.KM,
    mode: Literal["car", "train"] = "car",
    *,
    fast: bool = False,
    limit: float | None = None,
) -> str:
    """Plan a route."""
    stops = "+".join(f"{leg.to}{leg.nights}" for leg in legs)
    return f"{stops} {','.join(tags)} {unit.value} {mode} {fast} {limit}"


BOX = Toolbox((route,))


async def planned(written: str) -> ToolResult:
    result = await BOX.run(ToolCall("call_1", "route", written))
    assert (result.id, result.name) == ("call_1", "route")
    return result


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ('{"legs": [{"to": "Rome"}]}', "Rome1  km car False None"),
        ('{"legs": "[{\\"to\\": \\"Rome\\", \\"nights\\": \\"2\\"}]"}', "Rome2  km car False None"),
        ('{"legs": {"to": "Rome"}, "tags": "old"}', "Rome1 old km car False None"),
        (
            '{"legs": [{"to": "Rome", "nights": null}], "unit": "MI", "mode": "Train"}',
            "Rome1  mi train False None",
        ),
        ('{"legs": [{"to": 5}], "fast": "True", "limit": "2.5"}', "51  km car True 2.5"),
        ('{"legs": [], "tags": null, "unit": null, "fast": null}', "  km car False None"),
        ("{'legs': [{'to': 'Rome'}], 'fast': True,}", "Rome1  km car True None"),
        ('```json\n{"legs": [{"to": "Rome"},]}\n```', "Rome1  km car False None"),
    ],
)
async def test_a_call_that_is_nearly_right_runs(written: str, text: str) -> None:
    assert await planned(written) == ToolResult("call_1", "route", text)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("legs=Rome", "they are no valid JSON"),
        ('["Rome"]', "they must be a JSON object"),
        ("{}", "legs is missing"),
        ('{"legs": [], "speed": 5}', "there is no argument speed"),
        ('{"legs": [], "speed": 5}', "The arguments are: legs, tags, unit, mode, fast, limit."),
        ('{"legs": [{"nights": 2}]}', "legs.0.to is missing"),
        ('{"legs": [], "unit": "parsec"}', "unit: "),
        ('{"legs": [], "tags": ["1", "2", "3", "4"]}', "tags: "),
        ('{"legs": [{"to": "x", "nights": "many"}]}', "legs.0.nights: "),
    ],
)
async def test_a_call_that_is_wrong_is_answered_with_what_to_correct(written: str, says: str) -> None:
    result = await planned(written)
    assert result.failed
    assert result.text.startswith("Correct the arguments of route: ")
    assert says in result.text
    assert len(result.text) < 400
