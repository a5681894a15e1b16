"""Whom and where a rule means, as people write it: ``slack:T024BE7LD:guests``. See docs/policy.md."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from bots.named_tables import TableError
from bots.wording import shown
from core.message import Standing
from core.rules import ALL, DIRECT, Place, Who, WhoKind

PLATFORMS: Final = ("slack", "discord", "web", "terminal")
WORDS: Final[Mapping[str, Who]] = {
    "owners": Who(WhoKind.STANDING, Standing.OWNER),
    "admins": Who(WhoKind.STANDING, Standing.ADMIN),
    "members": Who(WhoKind.STANDING, Standing.MEMBER),
    "guests": Who(WhoKind.STANDING, Standing.GUEST),
    "external": Who(WhoKind.STANDING, Standing.EXTERNAL),
    "bots": Who(WhoKind.BOTS),
}
GROUP_WORDS: Final = ("group", "role")
_ID: Final = re.compile(r"[A-Z0-9]{1,64}")
# The page and the terminal are on this machine, and call their one person and place so.
_OWN_ID: Final = re.compile(r"[a-z]{1,64}")
_OWN: Final = ("web", "terminal")
_EVERYBODY: Final = frozenset({"everybody", "everyone", "anybody", "anyone", "all", ALL})
_EVERYWHERE: Final = frozenset({"everywhere", "anywhere", "all", ALL})


def read_who(text: str) -> Who:
    """Read ``[PLATFORM:[ACCOUNT:]]WHO``. Raises ``TableError``."""
    platform, rest = _split(text)
    if len(rest) > 1 and rest[-2] in GROUP_WORDS:
        around, selector = rest[:-2], Who(WhoKind.GROUP, rest[-1])
    else:
        last = "".join(rest[-1:])
        around, selector = rest[:-1], WORDS.get(last) or Who(WhoKind.PERSON, last)
    if selector.kind in (WhoKind.PERSON, WhoKind.GROUP) and not _is_id(selector.id, platform):
        raise TableError(_no_who(text, selector))
    if len(around) > (1 if platform else 0) or not all(map(_is_account, around)):
        raise TableError(
            f'has a who that is not understood, "{shown(text)}": write a platform and an account before it, '
            f'such as "slack:T024BE7LD:{shown(":".join(rest[len(around) :]))}", or nothing'
        )
    return Who(selector.kind, selector.id, platform, "".join(around))


def read_place(text: str) -> Place:
    """Read ``PLATFORM[:ACCOUNT[:CHANNEL]]``, or ``direct`` for one of the last two. Raises ``TableError``."""
    platform, rest = _split(text)
    if text == DIRECT:
        return Place(is_direct=True)
    if not platform:
        raise TableError(_no_place(text))
    account, channel, *more = [*rest, "", ""]
    if any(more) or "" in rest:
        raise TableError(_no_place(text))
    for part in filter(None, (account, channel)):
        if part != DIRECT and not _is_id(part, platform):
            raise TableError(_no_place(text))
    if account == DIRECT:
        return Place(platform, channel=channel if channel != DIRECT else "", is_direct=True)
    if channel == DIRECT:
        return Place(platform, account, is_direct=True)
    return Place(platform, account, channel)


def who_text(who: Who) -> str:
    """Write a selector so that :func:`read_who` reads it."""
    if who.kind is WhoKind.GROUP:
        said = f"role:{who.id}" if who.platform == "discord" else f"group:{who.id}"
    elif who.kind is WhoKind.PERSON:
        said = who.id
    else:
        said = next(word for word, one in WORDS.items() if (one.kind, one.id) == (who.kind, who.id))
    return ":".join(part for part in (who.platform, who.account, said) if part)


def place_text(place: Place) -> str:
    """Write a place so that :func:`read_place` reads it."""
    direct = DIRECT if place.is_direct else ""
    parts = (place.platform, place.account, direct, place.channel)
    return ":".join(part for part in parts if part)


def _split(text: str) -> tuple[str, list[str]]:
    first, *rest = text.split(":")
    return (first, rest) if first in PLATFORMS else ("", [first, *rest])


def _is_id(text: str, platform: str) -> bool:
    is_word = text.casefold() in {*WORDS, *(word.removesuffix("s") for word in WORDS)}
    pattern = _OWN_ID if platform in _OWN else _ID
    return pattern.fullmatch(text) is not None and not is_word


def _is_account(text: str) -> bool:
    return _ID.fullmatch(text) is not None or text in (DIRECT, "local")


def _no_who(text: str, selector: Who) -> str:
    said, last = f'has a who that is not understood, "{shown(text)}"', selector.id
    if last.casefold() in _EVERYBODY:
        return f"{said}: for everybody leave who out"
    close = get_close_matches(last.casefold(), WORDS, 1)
    if close and selector.kind is not WhoKind.GROUP:
        return f'{said}; did you mean "{shown(text[: len(text) - len(last)])}{close[0]}"?'
    return (
        f"{said}: people and groups go by their ids, not by names, such as U024BE7LH or group:S0614TZR7; "
        f"the words are {', '.join(WORDS)}"
    )


def _no_place(text: str) -> str:
    said = f'has a where that is not understood, "{shown(text)}"'
    first = text.partition(":")[0]
    if first.casefold() in _EVERYWHERE:
        return f"{said}: for everywhere leave where out"
    close = get_close_matches(first.casefold(), (*PLATFORMS, DIRECT), 1)
    if close and close[0] != first:
        return f'{said}; did you mean "{close[0]}{shown(text[len(first) :])}"?'
    return (
        f"{said}: write a platform ({', '.join(PLATFORMS)}), then the ids of account and channel, "
        'such as "slack:T024BE7LD:C024BE91L"; "direct" stands for direct messages'
    )
