"""JSON by a schema: what is taken for a schema, and what is found wrong with an answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.extraction import SCHEMA_MOST, bare, checked_schema, fenced, misfit

RECEIPT = json.dumps(
    {
        "type": "object",
        "properties": {
            "total": {"type": "number", "minimum": 0},
            "currency": {"enum": ["EUR", "USD"]},
            "items": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/item"}},
        },
        "required": ["total", "items"],
        "additionalProperties": False,
        "$defs": {
            "item": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
        },
    }
)
SOME_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("name, price", "not valid JSON"),
        ('{"type": "object",}', "not valid JSON"),
        ('["a"]', "has to be a JSON object"),
        ('"type"', "has to be a JSON object"),
        ('{"name": "", "price": 0}', "no JSON Schema"),
        ('{"type": NaN}', "NaN"),
        ("[" * 100_000, "characters"),
        ("[" * (SCHEMA_MOST - 1), "not valid JSON"),
        ('{"type":' * 800 + "1" + "}" * 800, "nested too deep"),
        ('{"enum": ["' + "x" * SCHEMA_MOST + '"]}', "8,000 is the most"),
    ],
)
def test_what_is_no_schema_is_refused_in_a_sentence(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        checked_schema(written)


def test_a_schema_is_kept_as_it_was_meant() -> None:
    assert checked_schema("  \n") == ""
    assert json.loads(checked_schema(RECEIPT)) == json.loads(RECEIPT)
    assert checked_schema('{ "type" : "string", "enum": ["ñandú"] }') == '{"type":"string","enum":["ñandú"]}'


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ('{"total": 3.5, "items": [{"name": "tea"}]}', ""),
        ('{"total": 3, "items": [{"name": "tea"}], "currency": "EUR"}', ""),
        ('{"items": [{"name": "tea"}]}', '"total" is missing'),
        ('{"total": "3", "items": [{"name": "tea"}]}', '"total" is not of the type number'),
        ('{"total": true, "items": [{"name": "tea"}]}', '"total" is not of the type number'),
        ('{"total": -1, "items": [{"name": "tea"}]}', '"total" is less than 0'),
        ('{"total": 1, "items": []}', '"items" is less than 1'),
        ('{"total": 1, "items": [{"name": "tea"}, {}]}', '"items[1].name" is missing'),
        ('{"total": 1, "items": [{"name": 5}]}', '"items[0].name" is not of the type string'),
        ('{"total": 1, "items": [{"name": ""}], "currency": "eur"}', '"currency" is none of the values'),
        ('{"total": 1, "items": [{"name": ""}], "tip": 1}', '"tip" may not be there'),
        ("[1]", "the whole is not of the type object"),
        ('{"total": 1', "not valid JSON"),
        ('{"total": Infinity, "items": []}', "not valid JSON"),
        ("Here it is: {}", "not valid JSON"),
        ("", "not valid JSON"),
        ("[" * 200_000, "not valid JSON"),
    ],
)
def test_an_answer_is_held_to_its_schema(answer: str, why: str) -> None:
    found = misfit(answer, RECEIPT)
    assert found.startswith(why) if not why else why in found
    assert bool(found) == bool(why)


@pytest.mark.parametrize(
    ("schema", "fits", "does_not"),
    [
        ('{"anyOf": [{"type": "null"}, {"type": "string"}]}', "null", "1"),
        ('{"oneOf": [{"type": "number"}, {"type": "integer"}]}', "1.5", "1"),
        ('{"allOf": [{"type": "string"}, {"maxLength": 2}]}', '"ab"', '"abc"'),
        ('{"type": ["string", "null"]}', "null", "[]"),
        ('{"const": 1}', "1", "true"),
        ('{"type": "integer"}', "2.0", "2.5"),
        ('{"properties": {"a": false}}', "{}", '{"a": 1}'),
        ('{"type": "object", "additionalProperties": {"type": "string"}}', '{"a": ""}', '{"a": 1}'),
    ],
)
def test_combinations(schema: str, fits: str, does_not: str) -> None:
    assert misfit(fits, schema) == ""
    assert misfit(does_not, schema) != ""


def test_a_schema_that_goes_round_ends() -> None:
    assert misfit("1", '{"$ref": "#"}') == ""
    assert misfit('{"a": {"a": {"a": 1}}}', '{"type": "object", "properties": {"a": {"$ref": "#"}}}') != ""
    round_and_round = '{"anyOf": [{"$ref": "#"}, {"$ref": "#"}], "$ref": "#"}'
    assert isinstance(misfit("[1, 2, 3]", round_and_round), str)
    assert misfit("1", '{"$ref": "https://example.com/schema"}') == ""


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("```json\n{}\n```", "{}"),
        ("````\n[1]\n````\n", "[1]"),
        ("```\n```", ""),
        ("```", "```"),
        ("```json\n{}", "```json\n{}"),
        ("Here:\n```json\n{}\n```", "Here:\n```json\n{}\n```"),
        ("```json\n{}\n```\nand\n```json\n[]\n```", "{}\n```\nand\n```json\n[]"),
        ("```\n" + " " * 200_000 + "x", "```\n" + " " * 200_000 + "x"),
    ],
)
def test_a_fence_around_the_whole_is_taken_off(answer: str, text: str) -> None:
    assert bare(answer) == text


@given(SOME_JSON)
def test_whatever_json_there_is_comes_out_of_its_fence(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    assert bare(fenced(text)) == text
    assert bare(text) == text
    assert misfit(text, "") == ""


@given(SOME_JSON, SOME_JSON)
def test_no_schema_is_too_odd(value: object, schema: object) -> None:
    assert isinstance(misfit(json.dumps(value), json.dumps(schema)), str)
