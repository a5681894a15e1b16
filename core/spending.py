"""What calls of models use: reserved before a call, settled after it, so that no budget is ever overdrawn."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.audit import AuditEntry
from core.budgets import Amount, Balance, Budget, Counted, Estimate, holding, subjects_of
from core.principal import Principal
from core.transcript import Usage


class Purpose(StrEnum):
    """What a model is called for."""

    ANSWER = "answer"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Payer:
    """Whom a use is counted for: ``subjects`` are its keys, ``budgets`` those that hold there."""

    subjects: tuple[str, ...]
    budgets: tuple[Counted, ...] = ()

    @classmethod
    def of(cls, principal: Principal, budgets: Iterable[Budget] = ()) -> "Payer":
        """Find what holds for a principal; one without a person pays as a place."""
        counted = holding(budgets, principal)
        return cls(subjects_of(principal, counted), counted)


@dataclass(frozen=True, slots=True)
class Claim:
    """A call that somebody wants to make. ``model`` is who is expected to answer; ``turn`` its turn's id."""

    payer: Payer
    estimate: Estimate
    model: str
    purpose: Purpose = Purpose.ANSWER
    turn: str | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """A call may be made, within ``estimate``; its answer may be shorter than was asked for.

    ``balances`` are those of its budgets before it.
    """

    id: int
    estimate: Estimate
    balances: tuple[Balance, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A call may not be made: ``balance`` has no room for it."""

    balance: Balance
    estimate: Estimate


@dataclass(frozen=True, slots=True)
class Spent:
    """What a call really used. ``cost`` is millionths of a US dollar, ``None`` where no price is known."""

    model: str
    usage: Usage
    cost: int | None
    hosted: bool

    @property
    def amount(self) -> Amount:
        """All of it."""
        return Amount.of(self.usage, self.cost, hosted=self.hosted)


@dataclass(frozen=True, slots=True)
class Use:
    """What was used under ``label``, a subject or a model, in so many calls.

    Of ``unpriced`` calls nobody knows the price: they are not in ``cost``.
    """

    label: str
    calls: int
    usage: Usage
    cost: int
    unpriced: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """What was used since a time, unix seconds; the most tokens first."""

    since: float
    subjects: tuple[Use, ...] = ()
    models: tuple[Use, ...] = ()


class SpendingStore(Protocol):
    """The charges of all calls. Each method is one transaction; all raise ``StoreError``.

    A charge counts for the day on which it was reserved.
    """

    async def reserve(self, claim: Claim, now: float) -> Reserved | Refused:
        """Set the estimate aside, as ``core.budgets.granted`` allows; refused, nothing is written.

        In each limit of each budget, what is settled and all that is reserved stays within it.
        """

    async def settle(self, number: int, spent: Spent) -> Amount:
        """Replace a reservation by what was used; return how much more that is than was reserved.

        It is written honestly even then. A reservation that is settled or released stays as it is.
        """

    async def release(self, number: int) -> None:
        """Drop a reservation: nothing was used."""

    async def settle_left(self, turn: str | None = None) -> int:
        """Settle what is still reserved at its whole estimate, for one turn or for all; how many it was.

        For the start: of calls that a process left when it ended nobody knows what they used.
        """

    async def used(self, subject: str, since: float) -> Amount:
        """Sum what a subject used since the UTC day of a time, reservations not included."""

    async def balances(self, budgets: tuple[Counted, ...], now: float) -> tuple[Balance, ...]:
        """Say how each limit of these budgets stands, in their order."""

    async def report(self, since: float) -> Report:
        """Sum what was settled since a time by subject and by model."""

    async def forget_person(self, key: str, before: float) -> None:
        """Take a person's key from what was used before the UTC day of a time; the charges stay.

        The days since must stay: a person who is forgotten has used what they used.
        """

    async def prune_charges(self, before: float) -> None:
        """Let go of the charges before the UTC day of a time, and of what people used on those days.

        The sums of places, accounts, groups and the house stay. What is reserved stays, too.
        """


class ToldStore(Protocol):
    """What is said only once in a while."""

    async def once(
        self, subject: str, matter: str, until: float, now: float, entry: AuditEntry | None = None
    ) -> bool:
        """Whether a matter may be told of or to a subject: true the first time, then not until ``until``.

        Where it is true, the entry is kept in the audit.
        """
