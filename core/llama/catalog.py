"""What is known of a model: by the operator's rows, its server, the table, and patterns of names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from core.llama.hosts import Host, host_at, host_named
from core.llama.known import Facts, facts_of, recognised

CHAT_WINDOW: Final = 131_072
"""Tokens of a chat that are worth paying for, however much more a host would take."""

_NOTHING: Final = Facts()
_VARIANT: Final = re.compile(r":(?!free$)[a-z-]+$")


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens: what is sent, and what is answered."""

    sent: float
    answered: float

    def of(self, sent: int, answered: int) -> float:
        """What so many tokens cost, in US dollars."""
        return (self.sent * sent + self.answered * answered) / 1_000_000


@dataclass(frozen=True, slots=True)
class Listing:
    """A model as one host serves it, under any of ``ids``.

    ``window`` and ``max_output`` are the host's limits in tokens. ``ends`` is the ISO date from which the
    host no longer serves it. ``note`` warns the operator. ``None`` where the host says nothing of its own.
    """

    host: Host
    ids: tuple[str, ...]
    window: int | None = None
    max_output: int | None = None
    price: Price | None = None
    tools: bool | None = None
    ends: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A model of the table.

    ``weights`` is the window in tokens that it was made for; ``facts`` are what to count on where its host
    is unknown. ``names`` are patterns for the last part of a name: of weights, files and Ollama's tags.
    """

    title: str
    weights: int
    facts: Facts
    names: tuple[re.Pattern[str], ...]
    listings: tuple[Listing, ...] = ()


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """What the operator says of the models whose id is ``name``, or matches it as a glob."""

    name: str
    facts: Facts = field(default_factory=Facts)
    price: Price | None = None


class Source(StrEnum):
    """Who says it."""

    OPERATOR = "operator"
    SERVER = "server"
    TABLE = "table"
    NAME = "name"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one model on one server.

    ``sure`` when the operator or the host said how large the window is, rather than the weights' maker.
    ``window`` is what the host takes, in tokens; a chat is given ``facts.window`` of it. ``row`` names for
    people where it stands.
    """

    facts: Facts
    source: Source
    sure: bool = False
    row: str = ""
    window: int | None = None
    price: Price | None = None
    ends: str = ""
    note: str = ""

    @property
    def stated(self) -> Facts:
        """The facts without a window that is only assumed: these hold against a client's caution."""
        return self.facts if self.sure else replace(self.facts, window=None)


class Catalog:
    """The model table, with the operator's rows before it."""

    def __init__(self, table: Sequence[Row], own: Sequence[OperatorRow] = ()) -> None:
        self._table = tuple(table)
        self._own = tuple(own)

    def entry(self, model: str, base_url: str = "", heard: Facts = _NOTHING) -> Entry:
        """Look a model up as the server at ``base_url`` names it. ``heard`` is what the server says of it."""
        found = self._listed(model, base_url) or _guessed(model)
        if heard != _NOTHING:
            found = _heard(found, heard)
        own = self._operator_row(model)
        if own is None:
            return found
        return Entry(
            facts=own.facts.over(found.facts),
            source=Source.OPERATOR,
            sure=own.facts.window is not None or found.sure,
            row=f'models."{own.name}"',
            window=own.facts.window or found.window,
            price=own.price or found.price,
            ends=found.ends,
            note=own.facts.note or found.note,
        )

    def _operator_row(self, model: str) -> OperatorRow | None:
        name = model.lower()
        exact = (row for row in self._own if row.name.lower() == name)
        globs = (row for row in self._own if fnmatchcase(name, row.name.lower()))
        return next(exact, None) or next(globs, None)

    def _listed(self, model: str, base_url: str) -> Entry | None:
        host, name = host_at(base_url) if base_url else None, model
        if host is None:
            host, name = host_named(model)
        if host is not None:
            for row in self._table:
                for listing in row.listings:
                    if listing.host is host and _is_id(name, listing):
                        return _of_listing(row, listing)
        return next((_of_row(row) for row in self._table if _is_row(model, row)), None)


def _is_id(name: str, listing: Listing) -> bool:
    """Whether a host lists it so; a variant behind a colon, such as ``:nitro``, is the same model."""
    asked = name.lower()
    known = {one.lower() for one in listing.ids}
    return asked in known or _VARIANT.sub("", asked) in known


def _is_row(model: str, row: Row) -> bool:
    last = model.lower().rstrip("/").rsplit("/", 1)[-1].replace("_", "-")
    if any(pattern.fullmatch(last) for pattern in row.names):
        return True
    return any(_is_id(model, listing) for listing in row.listings)


def _of_listing(row: Row, listing: Listing) -> Entry:
    said = Facts(
        window=None if listing.window is None else min(listing.window, CHAT_WINDOW),
        max_output=_less(listing.max_output, row.facts.max_output),
        tools=listing.tools,
    )
    return Entry(
        facts=said.over(row.facts),
        source=Source.TABLE,
        sure=listing.window is not None,
        row=f"{row.title} at {listing.host}",
        window=listing.window,
        price=listing.price,
        ends=listing.ends,
        note=listing.note,
    )


def _heard(entry: Entry, heard: Facts) -> Entry:
    """The server's own word goes before the table's; a chat has no use for more than its own limits."""
    window = None if heard.window is None else min(heard.window, CHAT_WINDOW)
    said = replace(heard, window=window, max_output=_less(heard.max_output, entry.facts.max_output))
    return replace(
        entry,
        facts=said.over(entry.facts),
        source=Source.SERVER if entry.source is Source.NOBODY else entry.source,
        sure=entry.sure or window is not None,
        window=heard.window or entry.window,
    )


def _of_row(row: Row) -> Entry:
    return Entry(row.facts, Source.TABLE, row=row.title, window=row.weights)


def _guessed(model: str) -> Entry:
    facts = recognised(model)
    if facts is None:
        return Entry(facts_of(model), Source.NOBODY)
    return Entry(facts, Source.NAME)


def _less(one: int | None, other: int | None) -> int | None:
    numbers = [number for number in (one, other) if number is not None]
    return min(numbers, default=None)
