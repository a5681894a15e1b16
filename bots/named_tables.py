"""Tables of `tampu.toml` that stand there again and again, each with a name: ``[[rule]]``, ``[[budget]]``."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Protocol, TypeVar

from bots.wording import nearest, shown

Table = Mapping[str, object]

LONGEST_NAME: Final = 80


class Named(Protocol):
    """What a table is read as."""

    @property
    def name(self) -> str:
        """Its own among the tables of its kind."""


T = TypeVar("T", bound=Named)


class TableError(ValueError):
    """A table, or an entry of one, that cannot be read; the message ends a sentence about it."""


def read_tables(kind: str, tables: object, read: Callable[[Table], T]) -> tuple[T, ...]:
    """Read the tables of a kind, such as ``rule``, each with ``read``. Raises ``TableError``."""
    if not isinstance(tables, Sequence) or not all(isinstance(table, Mapping) for table in tables):
        raise TableError(f"{kind}s must be tables of their own, each below [[{kind}]]")
    found: dict[str, T] = {}
    for number, table in enumerate(tables, 1):
        label = f"[[{kind}]] number {number}"
        try:
            one = read(table)
        except TableError as error:
            raise TableError(f"{label}{_named(table)} {error}") from error
        if one.name in found:
            raise TableError(
                f'{label} has a name that stands above already, "{shown(one.name)}": give it another'
            )
        found[one.name] = one
    return tuple(found.values())


def require_known(table: Table, keys: Collection[str]) -> None:
    """Refuse a table that has other keys than these. Raises ``TableError``."""
    for key in table:
        if key not in keys:
            hint = nearest(key, keys) or f". It has {', '.join(keys)}"
            raise TableError(f"has no setting {shown(key)}{hint}")


def read_name(table: Table, example: str) -> str:
    """Read a table's name; runs of blanks become one. Raises ``TableError``."""
    value = table.get("name")
    if value is None:
        raise TableError(f'has no name: give it one, such as name = "{example}"')
    if not isinstance(value, str) or not value.strip():
        raise TableError("name must be a text in quotes")
    name = " ".join(value.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise TableError(f"name must be at most {LONGEST_NAME} characters that can be printed")
    return name


def read_entries(table: Table, key: str, example: str) -> tuple[str, ...]:
    """Read a list of whom or what is meant; none where it is left out. Raises ``TableError``."""
    entries = read_texts(table, key, example)
    if entries == ():
        raise TableError(f"{key} is empty: leave it out, or say whom or what you mean")
    return entries or ()


def read_texts(table: Table, key: str, example: str) -> tuple[str, ...] | None:
    """Read a list of texts; ``None`` where it is left out. Raises ``TableError``."""
    value = table.get(key)
    if value is None:
        return None
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one.strip() for one in value):
        raise TableError(f'{key} must be a list of texts, such as {key} = ["{example}"]')
    return tuple(one.strip() for one in value)


def _named(table: Table) -> str:
    name = table.get("name")
    return f' ("{shown(name.strip())}")' if isinstance(name, str) and name.strip() else ""
