"""What people choose for a place: which model, which persona, how it answers."""

from dataclasses import dataclass, replace
from enum import StrEnum

from core.address import Address

TEMPERATURE_LEAST, TEMPERATURE_MOST = 0.0, 2.0
ANSWER_TOKENS_LEAST, ANSWER_TOKENS_MOST = 16, 32_768


class Setting(StrEnum):
    """What can be chosen; the values are the names of the fields of :class:`Choices`."""

    MODEL = "model"
    PERSONA = "persona"
    TEMPERATURE = "temperature"
    ANSWER_TOKENS = "answer_tokens"
    SHOWS_REASONING = "shows_reasoning"


class Scope(StrEnum):
    """For what a choice holds, the narrowest first: a narrower one wins."""

    THREAD = "thread"
    CHANNEL = "channel"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Choices:
    """What was chosen; ``None`` is not chosen.

    ``model`` is a name as the server lists it, ``persona`` the name of a prompt file without its
    ending. ``answer_tokens`` caps an answer, ``shows_reasoning`` lets people see the model think.
    """

    model: str | None = None
    persona: str | None = None
    temperature: float | None = None
    answer_tokens: int | None = None
    shows_reasoning: bool | None = None

    def value(self, setting: Setting) -> str | float | None:
        """Return one of them; ``shows_reasoning`` as a bool."""
        value: str | float | None = getattr(self, setting)
        return value

    def over(self, wider: "Choices") -> "Choices":
        """Fill in what is not chosen here from choices that hold more widely."""
        return Choices(
            model=wider.model if self.model is None else self.model,
            persona=wider.persona if self.persona is None else self.persona,
            temperature=wider.temperature if self.temperature is None else self.temperature,
            answer_tokens=wider.answer_tokens if self.answer_tokens is None else self.answer_tokens,
            shows_reasoning=wider.shows_reasoning if self.shows_reasoning is None else self.shows_reasoning,
        )

    def only(self, setting: Setting) -> "Choices":
        """Leave just one of them."""
        return replace(self, **{other: None for other in Setting if other is not setting})

    @property
    def made(self) -> tuple[Setting, ...]:
        """Return what is chosen."""
        return tuple(setting for setting in Setting if self.value(setting) is not None)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One choice as it was made, the only one in ``choices``.

    ``by`` is a person's name, ``at`` is unix seconds.
    """

    scope: Scope
    choices: Choices
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything that was chosen for an address, the narrowest scope first."""

    chosen: tuple[Chosen, ...] = ()

    def over(self, house: Choices) -> Choices:
        """Return what is in force; ``house`` is what the operator set for everywhere."""
        in_force = Choices()
        for choice in self.chosen:
            in_force = in_force.over(choice.choices)
        return in_force.over(house)

    def source(self, setting: Setting) -> Chosen | None:
        """Return the choice that is in force for a setting; ``None`` leaves it to the house."""
        return next((choice for choice in self.chosen if choice.choices.value(setting) is not None), None)


def place_of(address: Address, scope: Scope) -> str:
    """Return the key under which a scope's choices stand: the address's key, or its beginning."""
    parts = {Scope.THREAD: 4, Scope.CHANNEL: 3, Scope.ACCOUNT: 2}
    return ":".join(address.key.split(":")[: parts[scope]])
