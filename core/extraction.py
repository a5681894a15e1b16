"""JSON that a picture is brought into: the schema that somebody gives, and whether an answer follows it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from types import NoneType, UnionType
from typing import Final

SCHEMA_MOST: Final = 8_000
_DEPTH_MOST: Final = 40
# Checks of one answer: alternatives inside of alternatives multiply.
_CHECKS_MOST: Final = 20_000
_KEYWORDS: Final = frozenset(
    {"$ref", "allOf", "anyOf", "const", "enum", "items", "oneOf", "properties", "type"}
)
_TYPES: Final[Mapping[str, type | UnionType]] = {
    "array": list,
    "boolean": bool,
    "integer": int | float,
    "null": NoneType,
    "number": int | float,
    "object": dict,
    "string": str,
}
_NO_OBJECT: Final = "The schema has to be a JSON object: it begins with { and ends with }."
_NO_SCHEMA: Final = (
    'This is JSON, but no JSON Schema: it says neither "type" nor "properties". '
    'Such as: {"type": "object", "properties": {"total": {"type": "number"}}}'
)
_FENCE: Final = re.compile(r"(`{3,})[\w-]*[ \t]*\n")
_NOTHING: Final[Mapping[str, object]] = {}


def checked_schema(written: str) -> str:
    """Read the schema that somebody wrote, as compact JSON; empty for none.

    Raises ``ValueError`` with a sentence for the person.
    """
    if not written.strip():
        return ""
    if len(written) > SCHEMA_MOST:
        raise ValueError(f"The schema has {len(written):,} characters; {SCHEMA_MOST:,} is the most.")
    try:
        schema = _parsed(written)
    except ValueError as error:
        raise ValueError(f"The schema is not valid JSON: {error}.") from None
    if not isinstance(schema, dict):
        raise ValueError(_NO_OBJECT)  # noqa: TRY004 - people's words are wrong here, no argument's type
    if not _KEYWORDS & schema.keys():
        raise ValueError(_NO_SCHEMA)
    return json.dumps(schema, ensure_ascii=False, separators=(",", ":"))


def bare(answer: str) -> str:
    """Take an answer out of the code fence that models like to put around it."""
    text = answer.strip()
    fence = _FENCE.match(text)
    if fence is None or not text.endswith(fence[1]) or len(text) < fence.end() + len(fence[1]):
        return text
    return text[fence.end() : -len(fence[1])].strip()


def fenced(text: str) -> str:
    """Put JSON into a code fence that nothing in it can close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}json\n{text}\n{fence}"


def misfit(text: str, schema: str) -> str:
    """Say why an answer is not JSON, or not by the schema (empty for any); empty where it is.

    Understood are types, properties, items, enumerations, lengths, limits, references within the schema
    and combinations of schemas; other keywords are not checked.
    """
    try:
        value = _parsed(text)
    except ValueError as error:
        return f"it is not valid JSON ({error})"
    return _Check(_parsed(schema)).of(value) if schema else ""


def _parsed(text: str) -> object:
    """Read JSON as the standard has it. Raises ``ValueError``, also for what is nested too deep."""
    try:
        value: object = json.loads(text, parse_constant=_refused)
    except json.JSONDecodeError as error:
        raise ValueError(f"{error.msg} in line {error.lineno}") from None
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if _depth_over(value, _DEPTH_MOST):
        raise ValueError("it is nested too deep")
    return value


def _refused(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON number")


def _depth_over(value: object, most: int) -> bool:
    level = [value]
    for _ in range(most):
        inner = chain.from_iterable(
            item.values() if isinstance(item, dict) else item
            for item in level
            if isinstance(item, dict | list)
        )
        level = list(inner)
        if not level:
            return False
    return True


class _Check:
    """One look at an answer; the first thing that does not fit is named with the place where it stands."""

    def __init__(self, root: object) -> None:
        self._root = root
        self._left = _CHECKS_MOST

    def of(self, value: object) -> str:
        return self._misfit(value, self._root, "", 0)

    def _misfit(self, value: object, schema: object, where: str, hops: int) -> str:
        self._left -= 1
        if schema is False:
            return f"{_at(where)} may not be there"
        if not isinstance(schema, dict) or self._left < 0 or hops > _DEPTH_MOST:
            return ""
        checks: tuple[Callable[[], str], ...] = (
            lambda: (
                self._misfit(value, self._target(schema["$ref"]), where, hops + 1) if "$ref" in schema else ""
            ),
            lambda: _of_type(value, schema.get("type"), where),
            lambda: _of_choice(value, schema, where),
            lambda: _of_size(value, schema, where),
            lambda: self._combined(value, schema, where, hops),
            lambda: next(filter(None, self._inner(value, schema, where)), ""),
        )
        return next((found for check in checks if (found := check())), "")

    def _combined(self, value: object, schema: Mapping[str, object], where: str, hops: int) -> str:
        for part in _list(schema.get("allOf")):
            if found := self._misfit(value, part, where, hops + 1):
                return found
        for key in ("anyOf", "oneOf"):
            parts = _list(schema.get(key))
            fitting = sum(not self._misfit(value, part, where, hops + 1) for part in parts)
            if parts and (not fitting or (key == "oneOf" and fitting > 1)):
                return f"{_at(where)} fits {'none' if not fitting else 'several'} of its {key}"
        return ""

    def _inner(self, value: object, schema: Mapping[str, object], where: str) -> Iterator[str]:
        if isinstance(value, dict):
            yield from self._members(value, schema, where)
        elif isinstance(value, list) and "items" in schema:
            for number, item in enumerate(value):
                yield self._misfit(item, schema["items"], f"{where}[{number}]", 0)

    def _members(
        self, value: Mapping[str, object], schema: Mapping[str, object], where: str
    ) -> Iterator[str]:
        properties = _mapping(schema.get("properties"))
        for name in _list(schema.get("required")):
            if isinstance(name, str) and name not in value:
                yield f"{_at(f'{where}.{name}')} is missing"
        for name, item in value.items():
            wanted = properties.get(name, schema.get("additionalProperties", True))
            yield self._misfit(item, wanted, f"{where}.{name}", 0)

    def _target(self, reference: object) -> object:
        """What a reference within the schema stands for; anything fits one that leads nowhere."""
        path = str(reference)
        if not path.startswith("#"):
            return True
        found: object = self._root
        for step in path.removeprefix("#").split("/")[1:]:
            found = _mapping(found).get(step.replace("~1", "/").replace("~0", "~"), True)
        return found


def _of_type(value: object, wanted: object, where: str) -> str:
    kinds = [kind for kind in (_list(wanted) or [wanted]) if kind in _TYPES]
    if not kinds or any(_is(value, str(kind)) for kind in kinds):
        return ""
    return f"{_at(where)} is not of the type {' or '.join(map(str, kinds))}"


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _of_choice(value: object, schema: Mapping[str, object], where: str) -> str:
    choices = _list(schema.get("enum")) + ([schema["const"]] if "const" in schema else [])
    if not choices or any(_same(value, choice) for choice in choices):
        return ""
    return f"{_at(where)} is none of the values that are allowed there"


def _same(one: object, other: object) -> bool:
    # To Python 1 and true are equal.
    return one == other and isinstance(one, bool) is isinstance(other, bool)


def _of_size(value: object, schema: Mapping[str, object], where: str) -> str:
    if isinstance(value, str | list):
        kind = "Length" if isinstance(value, str) else "Items"
        least, most, size = schema.get(f"min{kind}"), schema.get(f"max{kind}"), float(len(value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        least, most, size = schema.get("minimum"), schema.get("maximum"), value
    else:
        return ""
    if isinstance(least, int | float) and size < least:
        return f"{_at(where)} is less than {least}"
    if isinstance(most, int | float) and size > most:
        return f"{_at(where)} is more than {most}"
    return ""


def _at(where: str) -> str:
    return f'"{where.removeprefix(".")}"' if where else "the whole"


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else _NOTHING
