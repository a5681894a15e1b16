"""What the operator is told of the assistant itself: what happened, whom it concerns, what to do.

Nothing here says what people wrote or what a server answered: both may hold secrets.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from core import budget_phrases
from core.budgets import Notice

LINES_MOST: Final = 5
_NAME_MOST: Final = 100
_DAY_S: Final = 86_400


class Meanwhile(StrEnum):
    """What becomes of people while a model cannot be asked."""

    APOLOGY = "Whoever {model} is to answer gets an apology instead."
    FALLBACK = "Fallbacks answer in place of {model}, as far as they can."
    NOT_CHECKED = "What people say is checked by {model}, and nobody is answered without that."
    UNCHECKED = "What people say is checked by {model}; meanwhile they are answered without that."


@dataclass(frozen=True, slots=True)
class ModelServer:
    """A model on its server, as the operator knows it.

    ``origin`` is scheme, host and port. ``key_setting`` and ``model_setting`` say where the key and the
    model's name are set.
    """

    origin: str
    model: str
    key_setting: str = "LLAMA_API_KEY"
    model_setting: str = "LLAMA_MODEL"
    meanwhile: Meanwhile = Meanwhile.APOLOGY

    @property
    def is_listed(self) -> bool:
        """Whether ``tampu models`` asks this server."""
        return self.meanwhile in {Meanwhile.APOLOGY, Meanwhile.FALLBACK}


def key_refused(server: ModelServer, since: float, now: float) -> str:
    """The server takes no key of ours any more."""
    check = " `tampu models` shows whether it is taken." if server.is_listed else ""
    return (
        f"**The model server {quoted(server.origin)} refuses my key**"
        f"{_since(since, now)} (HTTP 401 or 403). {_meanwhile(server)} "
        f"Check {quoted(server.key_setting)}, and start me again with another key.{check}"
    )


def model_missing(server: ModelServer, since: float, now: float) -> str:
    """The server does not have the model."""
    names = " `tampu models` lists these." if server.is_listed else ""
    return (
        f"**The model server {quoted(server.origin)} does not have {_model(server)}**"
        f"{_since(since, now)}. {_meanwhile(server)} "
        f"Set {quoted(server.model_setting)} to one of the models that it has, and start me again.{names}"
    )


def quota_spent(server: ModelServer, since: float, now: float) -> str:
    """The account behind the key has nothing left."""
    return (
        f"**The account behind my key for {quoted(server.origin)} has run out**{_since(since, now)}. "
        f"{_meanwhile(server)} Top it up there, which needs no new start of mine, or set another key in "
        f"{quoted(server.key_setting)} and start me again."
    )


def budget(told: Notice, now: float) -> str:
    """A budget runs out, or has run out."""
    return f"{budget_phrases.notice(told, now)} `tampu usage` shows who used it."


def dead_letters(places: Mapping[tuple[str, str], int], since: float, now: float, *, more: bool) -> str:
    """So many messages never reached people, by place and reason in words; ``more`` says: at least."""
    number = sum(places.values())
    messages = "message has" if number == 1 and not more else "messages have"
    lines = [f"- {quoted(place)}: {count} ({reason})" for (place, reason), count in places.items()]
    if len(lines) > LINES_MOST:
        hidden = sum(list(places.values())[LINES_MOST - 1 :])
        lines = [*lines[: LINES_MOST - 1], f"- elsewhere: {hidden}"]
    least = "At least " if more else ""
    return (
        f"**{least}{number:,} {messages} not reached people**{_since(since, now)}:\n\n"
        + "\n".join(lines)
        + "\n\n`tampu outbox` shows each of them, and why."
    )


def quoted(text: str) -> str:
    """A value in a sentence, as code: nothing in it is drawn, mentions anybody, or is a link."""
    plain = "".join(letter if letter.isprintable() and letter != "`" else "?" for letter in text)
    return f"`{plain[:_NAME_MOST]}`" if plain else "`?`"


def by_place(
    letters: Mapping[tuple[str, str], int], in_words: Callable[[str], str]
) -> dict[tuple[str, str], int]:
    """Sum what has the same place and the same words for its reason; the most first."""
    found: dict[tuple[str, str], int] = {}
    for (place, reason), count in letters.items():
        said = (place, in_words(reason))
        found[said] = found.get(said, 0) + count
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _meanwhile(server: ModelServer) -> str:
    return server.meanwhile.value.format(model=_model(server))


def _model(server: ModelServer) -> str:
    return quoted(server.model) if server.model else "its model"


def _since(since: float, now: float) -> str:
    begun = datetime.fromtimestamp(since, UTC)
    day = f"{begun.day} {begun:%B}, " if now - since > _DAY_S else ""
    return f", since {day}{begun:%H:%M} UTC"
