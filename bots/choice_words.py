"""What people write behind ``/settings``, and how a choice is told to them. Pure."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from core.phrases import joined
from core.settings import (
    ANSWER_TOKENS_LEAST,
    ANSWER_TOKENS_MOST,
    TEMPERATURE_LEAST,
    TEMPERATURE_MOST,
    Choices,
    Scope,
    Setting,
)

WORDS_PER_TOKEN: Final = 0.75
NAMES: Final[Mapping[str, Setting]] = MappingProxyType(
    {
        "model": Setting.MODEL,
        "persona": Setting.PERSONA,
        "temperature": Setting.TEMPERATURE,
        "length": Setting.ANSWER_TOKENS,
        "reasoning": Setting.SHOWS_REASONING,
    }
)
SCOPES: Final[Mapping[str, Scope]] = MappingProxyType({"here": Scope.THREAD, "channel": Scope.CHANNEL})
RESET: Final = "reset"
BACK: Final = frozenset({RESET, "default"})
ON: Final = frozenset({"on", "yes", "true", "show", "shown"})
OFF: Final = frozenset({"off", "no", "false", "hide", "hidden"})


class NotUnderstood(ValueError):
    """What was written cannot be done; the message is a sentence for the one who wrote it."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of the settings.

    Without a ``value`` they want to see; ``resets`` takes back one, or all without a ``setting``.
    ``scope`` is ``None`` where none was said.
    """

    setting: Setting | None = None
    value: str = ""
    scope: Scope | None = None
    resets: bool = False


def wish_of(argument: str) -> Wish:
    """Read what stands behind ``/settings``. Raises ``NotUnderstood``."""
    words = argument.replace("=", " ").split()
    scope = SCOPES.get(words[-1].lower()) if words else None
    if scope is not None:
        words.pop()
    if not words:
        return Wish(scope=scope)
    if words[0].lower() in BACK:
        wanted = _setting(words[1]) if len(words) > 1 else None
        return Wish(wanted, scope=scope, resets=True)
    setting, value = _setting(words[0]), " ".join(words[1:])
    if value.lower() in BACK:
        return Wish(setting, scope=scope, resets=True)
    return Wish(setting, value, scope)


def _setting(word: str) -> Setting:
    name = word.lower().rstrip(":")
    if name in NAMES:
        return NAMES[name]
    meant = get_close_matches(name, NAMES, 1)
    hint = f" Did you mean `{meant[0]}`?" if meant else ""
    raise NotUnderstood(f"There is no setting {code(word[:40])}.{hint} There are {listed(tuple(NAMES))}.")


def read_temperature(value: str) -> Choices:
    """Read it. Raises ``NotUnderstood``."""
    try:
        temperature = float(value.replace(",", "."))
    except ValueError:
        temperature = math.nan
    if not TEMPERATURE_LEAST <= temperature <= TEMPERATURE_MOST:
        raise NotUnderstood(f"The temperature {LIMITS[Setting.TEMPERATURE]}.")
    return Choices(temperature=temperature)


def read_length(value: str) -> Choices:
    """Read how many tokens an answer may have. Raises ``NotUnderstood``."""
    number = value.lower().removesuffix("tokens").removesuffix("token").strip()
    tokens = int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else -1  # noqa: PLR2004 - digits that are far more than the most
    if not ANSWER_TOKENS_LEAST <= tokens <= ANSWER_TOKENS_MOST:
        raise NotUnderstood(f"The length {LIMITS[Setting.ANSWER_TOKENS]}.")
    return Choices(answer_tokens=tokens)


def read_reasoning(value: str) -> Choices:
    """Read whether it is shown. Raises ``NotUnderstood``."""
    if value.lower() not in ON | OFF:
        raise NotUnderstood(f"Reasoning {LIMITS[Setting.SHOWS_REASONING]}.")
    return Choices(shows_reasoning=value.lower() in ON)


LIMITS: Final[Mapping[Setting, str]] = MappingProxyType(
    {
        Setting.TEMPERATURE: (
            f"is a number from {TEMPERATURE_LEAST:g} (always the likeliest words) to {TEMPERATURE_MOST:g} "
            "(anything may come), for example 0.2 for facts or 0.9 for ideas"
        ),
        Setting.ANSWER_TOKENS: (
            f"is the most tokens of an answer, from {ANSWER_TOKENS_LEAST} to {ANSWER_TOKENS_MOST}, for "
            f"example 800 for about {800 * WORDS_PER_TOKEN:.0f} words"
        ),
        Setting.SHOWS_REASONING: "is `on` or `off`: whether you see what a model thinks before it answers",
    }
)


def named(setting: Setting) -> str:
    """Return the word for a setting."""
    return next(name for name, other in NAMES.items() if other is setting)


def told(setting: Setting, choices: Choices) -> str:
    """Say a choice as a person would; empty when it is not made."""
    match setting:
        case Setting.MODEL:
            return code(choices.model) if choices.model else ""
        case Setting.PERSONA:
            return code(choices.persona) if choices.persona else ""
        case Setting.TEMPERATURE:
            return "" if choices.temperature is None else f"**{choices.temperature:g}**"
        case Setting.ANSWER_TOKENS:
            tokens = choices.answer_tokens
            words = round((tokens or 0) * WORDS_PER_TOKEN)
            return f"**{tokens} tokens** at the most, about {words} words" if tokens else ""
        case Setting.SHOWS_REASONING:
            shows = choices.shows_reasoning
            return "" if shows is None else f"**{'shown' if shows else 'not shown'}**"


def listed(names: tuple[str, ...]) -> str:
    """Join names as a sentence has them."""
    return joined([code(name) for name in names])


def code(name: str) -> str:
    """Show a name so that it can be copied, and that nothing in it is markup."""
    return f"`{' '.join(name.replace('`', ' ').split())}`"


def plain(name: str) -> str:
    """Take out of a person's name whatever would be markup, or ping somebody."""
    return " ".join("".join(character for character in name if character not in "*_~`[]<>|\\@").split())
