"""What A keeps to themselves: each secret holds a word that stands nowhere else and is found anywhere."""

import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from tests.emulators.model import Call

# A's questions in places of their own hold the one, each of B's the other.
OWNER = "owner"
BEGGAR = "beggar"
_INVISIBLE = "Cf"


@dataclass(frozen=True, slots=True)
class Secret:
    """Something of A's; ``what`` says what it was, ``canary`` is the word in it."""

    what: str
    canary: str


@dataclass(frozen=True, slots=True)
class Sight:
    """A text that B could get at, or have carried out of A's reach, and where it stood."""

    place: str
    text: str


class Secrets:
    """All that A has on a stage."""

    def __init__(self, stage: str) -> None:
        self._stage = stage
        self.kept: dict[str, Secret] = {}
        # Most texts stand where they stood at the last look.
        self._known: dict[tuple[int, str], tuple[Secret, ...]] = {}

    def word(self, what: str) -> str:
        """The word for a secret, always the same: letters and digits that no markup and no escape touches."""
        canary = f"zq{sha256(f'{self._stage}: {what}'.encode()).hexdigest()[:12]}"
        self.kept[what] = Secret(what, canary)
        return canary

    def found(self, sights: Iterable[Sight]) -> list[str]:
        """A line for each secret in each place where it stands."""
        return [
            f"{secret.what} ({secret.canary}) leaked into {sight.place}"
            for sight in sights
            for secret in self._in(sight.text)
        ]

    def _in(self, text: str) -> tuple[Secret, ...]:
        key = (len(self.kept), text)
        if key not in self._known:
            plain = _plain(text)
            self._known[key] = tuple(each for each in self.kept.values() if each.canary in plain)
        return self._known[key]

    def missing(self, sights: Iterable[Sight]) -> list[str]:
        """The secrets that stand nowhere in these texts."""
        plain = "\n".join(_plain(sight.text) for sight in sights)
        return [secret.what for secret in self.kept.values() if secret.canary not in plain]


def _plain(text: str) -> str:
    """A text as a reader takes it: compatibility forms, case and invisible characters do not hide a word."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if folded.isascii():
        return folded
    return "".join(sign for sign in folded if unicodedata.category(sign) != _INVISIBLE)


def sent(calls: Iterable[Call]) -> Iterator[Sight]:
    """All that the model was sent: texts, tools with what they said, names, pictures."""
    for number, call in enumerate(calls, start=1):
        body = json.dumps(call.ask.body, ensure_ascii=False)
        yield Sight(f"call {number} of the model", body)


def is_owners(call: Call) -> bool:
    """Whether a call is for A in a place of their own. One that says anything of B's is not."""
    body = json.dumps(call.ask.body, ensure_ascii=False)
    return OWNER in body and BEGGAR not in body


def others(calls: Iterable[Call]) -> tuple[Call, ...]:
    """The calls that were made for anybody but A in a place of their own."""
    return tuple(call for call in calls if not is_owners(call))
