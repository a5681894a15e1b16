import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.strict import strict

TEXT = {"type": "string"}


def thing(**properties: object) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def test_every_property_is_required_and_no_other_allowed() -> None:
    schema = {**thing(city=TEXT, days={"type": "integer"}), "required": ["city"], "title": "Weather"}
    assert strict(schema) == {
        "type": "object",
        "title": "Weather",
        "properties": {"city": TEXT, "days": {"type": "integer"}},
        "required": ["city", "days"],
        "additionalProperties": False,
    }
    assert schema["required"] == ["city"]


def test_at_every_depth() -> None:
    inner = thing(name=TEXT)
    schema = thing(
        rows={"type": "array", "items": inner},
        one={"anyOf": [inner, {"type": "null"}]},
        two={"$ref": "#/$defs/inner"},
        maybe={"type": ["object", "null"], "properties": {"name": TEXT}},
    )
    made: Any = strict({**schema, "$defs": {"inner": inner}})
    assert made
    found = made["properties"]
    for closed in (
        made,
        found["rows"]["items"],
        found["one"]["anyOf"][0],
        found["maybe"],
        made["$defs"]["inner"],
    ):
        assert closed["additionalProperties"] is False
        assert closed["required"] == list(closed["properties"])


def test_a_property_may_have_the_name_of_a_keyword() -> None:
    made: Any = strict(thing(allOf=TEXT, items=TEXT, properties=TEXT, required=TEXT))
    assert made["required"] == ["allOf", "items", "properties", "required"]


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "string"},
        {"type": "array", "items": TEXT},
        {"type": "object"},
        {"type": "object", "additionalProperties": TEXT},
        {**thing(a=TEXT), "additionalProperties": TEXT},
        {**thing(a=TEXT), "required": ["b"]},
        {**thing(a=TEXT), "patternProperties": {"^x": TEXT}},
        {**thing(a=TEXT), "allOf": [thing(b=TEXT)]},
        {**thing(a=TEXT), "oneOf": [thing(a=TEXT)]},
        {**thing(a=TEXT), "not": thing(a=TEXT)},
        thing(a={}),
        thing(a=True),
        thing(a={"description": "anything"}),
        thing(a={"type": "object"}),
        thing(a={"type": ["object", "null"]}),
        {**thing(a={"$ref": "#/$defs/tree"}), "$defs": {"tree": thing(left={"$ref": "#/$defs/tree"})}},
        thing(a={"$ref": "#"}),
        thing(a={"$ref": "#/$defs/gone"}),
        thing(a={"$ref": "https://example.org/schema.json"}),
        {"type": "object", "properties": ["a"]},
    ],
    ids=json.dumps,
)
def test_what_has_no_strict_form(schema: dict[str, Any]) -> None:
    assert strict(schema) is None


def test_references_that_go_round_over_two_definitions() -> None:
    a, b = thing(b={"$ref": "#/$defs/b"}), thing(a={"$ref": "#/$defs/a"})
    assert strict({**thing(a={"$ref": "#/$defs/a"}), "$defs": {"a": a, "b": b}}) is None
    straight = {**thing(a={"$ref": "#/$defs/a"}), "$defs": {"a": a, "b": thing(name=TEXT)}}
    assert strict(straight) is not None


def test_a_schema_without_end_is_refused() -> None:
    schema: dict[str, Any] = TEXT
    for _ in range(500):
        schema = thing(a=schema)
    assert strict(schema) is None


LEAVES = st.sampled_from(
    [TEXT, {"type": "integer"}, {"enum": ["a", 1]}, {}, {"type": "object"}, {"$ref": "#"}]
)
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: (
        st.builds(
            lambda properties, required: {**thing(**properties), "required": required},
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            st.lists(st.sampled_from("abc"), max_size=2),
        )
        | st.builds(lambda item: {"type": "array", "items": item}, inner)
        | st.builds(lambda some: {"anyOf": some}, st.lists(inner, max_size=2))
    ),
    max_leaves=12,
)


def example_of(schema: Any) -> object:
    """One value that follows a schema of the kind made above, as empty as it may be."""
    match schema:
        case {"anyOf": [first, *_]}:
            return example_of(first)
        case {"enum": [first, *_]}:
            return first
        case {"type": "array", "items": item}:
            return [example_of(item)]
        case {"type": "object"}:
            return {name: example_of(schema["properties"][name]) for name in schema["required"]}
        case {"type": "integer"}:
            return 1
    return "x"


def follows(value: object, schema: Any) -> bool:
    match schema:
        case {"anyOf": some}:
            fits = any(follows(value, one) for one in some)
        case {"enum": allowed}:
            fits = value in allowed
        case {"type": "object"}:
            fits = isinstance(value, dict) and follows_object(value, schema)
        case {"type": "array", "items": item}:
            fits = isinstance(value, list) and all(follows(one, item) for one in value)
        case {"type": name}:
            fits = isinstance(value, {"integer": int, "string": str}[name])
        case _:
            fits = True
    return fits


def follows_object(value: dict[str, object], schema: Any) -> bool:
    properties = schema.get("properties", {})
    return value.keys() >= set(schema.get("required", ())) and all(
        follows(inner, properties.get(name, {})) for name, inner in value.items()
    )


@given(SCHEMAS)
def test_what_follows_the_strict_form_follows_the_schema(schema: dict[str, Any]) -> None:
    before = json.dumps(schema)
    made: Any = strict(schema)
    assert json.dumps(schema) == before
    if made is not None and '"anyOf": []' not in before:
        value = example_of(made)
        assert follows(value, made)
        assert follows(value, schema)
