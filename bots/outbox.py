"""``tampu outbox``: what never reached people, and what is still on its way to them."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.terminal.visible import visible
from bots.logs import hide
from bots.settings import Settings, secrets
from core.address import Address
from core.memory.reader import Outbox, Underway, read_outbox
from core.storage import DeadLetter

WORDS_SHOWN = 72
# A table needs this much where no terminal says how wide it is.
WIDTH_WITHOUT_TERMINAL = 160
GAVE_UP = "gave up: "

CHANNEL_GONE = "the channel is gone, or closed to Tampu"
MESSAGE_GONE = "somebody removed the message"
NO_RIGHT = "Tampu may not write there any more"
REASONS = {
    "stale": "found too late, after Tampu had been away",
    "closed": "the channel closed before its turn came",
    "given up": "failed again and again; the log says how",
    "not sent": "the answer ended before this part was posted",
    "gone": "nobody could read it any more",
    "refused": "the platform refused this text; a note stands in its place",
    "never arrived": "it never arrived",
    "surplus": "taken back: the answer became shorter",
    "deadline": "the platform did not answer in time",
    "account_inactive": NO_RIGHT,
    "cant_update_message": "Slack does not let it be changed any more",
    "channel_is_archived": "the channel is archived",
    "channel_not_found": CHANNEL_GONE,
    "invalid_blocks": "Slack refused the text",
    "is_archived": "the channel is archived",
    "message_not_found": MESSAGE_GONE,
    "missing_scope": "Slack: the app lacks a scope",
    "msg_too_long": "Slack: the text is too long",
    "not_in_channel": "Tampu is not in the channel any more",
    "restricted_action": NO_RIGHT,
    "thread_not_found": "the thread is gone",
    "token_revoked": "the token was revoked",
    "10003": CHANNEL_GONE,
    "10004": "the server is gone, or Tampu was removed from it",
    "10008": MESSAGE_GONE,
    "50001": NO_RIGHT,
    "50007": "this person takes no messages from Tampu",
    "50013": NO_RIGHT,
    "50035": "Discord refused the text",
    "50083": "the thread is archived",
    "50278": "no server in common with this person",
    "160005": "the thread is locked",
}
STATES = {
    "waiting": "waiting for its turn",
    "running": "being answered",
    "delivering": "being delivered",
    "redo": "to be answered anew: the question was edited",
    "withdraw": "to be taken back: the question was deleted",
}
_HTTP = re.compile(r"http_(5\d\d)|(5\d\d)")


@dataclass(frozen=True, slots=True)
class Looks:
    """How to show it: as JSON or for people, and at most so many rows of each kind."""

    as_json: bool
    limit: int


async def show(settings: Settings, looks: Looks) -> None:
    """Print it to standard output. Raises ``StoreError`` when there is no database to read."""
    outbox = await read_outbox(settings.tampu_data_dir, looks.limit + 1)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # Python's own is a TextIOWrapper
    clean = _cleaner(settings)
    if looks.as_json:
        sys.stdout.write(json.dumps(as_json(outbox, looks.limit, clean), indent=2) + "\n")
    else:
        draw(outbox, looks.limit, clean)


def in_words(reason: str) -> str:
    """Say a code so that people understand it; an unknown one as it is."""
    if reason.startswith(GAVE_UP):
        return f"gave up after 15 minutes: {in_words(reason.removeprefix(GAVE_UP))}"
    if (found := _HTTP.fullmatch(reason)) is not None:
        return f"the platform failed (HTTP {found[1] or found[2]})"
    return REASONS.get(reason, reason)


def first_words(text: str) -> str:
    """One harmless line of a text: no line breaks, and no control character that a terminal obeys."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= WORDS_SHOWN else line[: WORDS_SHOWN - 1].rstrip() + "…"


def draw(outbox: Outbox, limit: int, clean: Callable[[str], str]) -> None:
    """Print two tables, or a friendly sentence."""
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
    if not outbox.lost and not outbox.underway:
        console.print("Nothing is waiting, and everything that was said has reached people.")
        return
    if outbox.lost:
        lost = _table("Never reached people", ("when", "where", "why", "text"))
        for letter in outbox.lost[:limit]:
            why = in_words(letter.reason)
            _row(lost, _local(letter.at), _where(letter.address), why, first_words(clean(letter.text)))
        console.print(lost)
        _more(console, len(outbox.lost) > limit)
    if outbox.underway:
        underway = _table("On its way", ("since", "where", "state", "question"))
        for turn in outbox.underway[:limit]:
            words = first_words(clean(turn.text))
            _row(underway, _local(turn.since), _where(turn.address), _progress(turn), words)
        console.print(underway)
        _more(console, len(outbox.underway) > limit)
        if outbox.last_seen is not None:
            console.print(f"Last sign of life of `tampu run`: {_local(outbox.last_seen)}.")


def as_json(outbox: Outbox, limit: int, clean: Callable[[str], str]) -> dict[str, object]:
    """Everything with whole texts; times are ISO 8601 in UTC."""
    return {
        "never_reached_people": [_letter_fields(letter, clean) for letter in outbox.lost[:limit]],
        "on_its_way": [_underway_fields(turn, clean) for turn in outbox.underway[:limit]],
        "more": len(outbox.lost) > limit or len(outbox.underway) > limit,
        "last_sign_of_life": None if outbox.last_seen is None else _utc(outbox.last_seen),
    }


def _letter_fields(letter: DeadLetter, clean: Callable[[str], str]) -> dict[str, object]:
    return {
        "at": _utc(letter.at),
        **_place_fields(letter.address),
        "turn": letter.turn,
        "reason": letter.reason,
        "in_words": in_words(letter.reason),
        "text": clean(letter.text),
    }


def _underway_fields(turn: Underway, clean: Callable[[str], str]) -> dict[str, object]:
    return {
        "since": _utc(turn.since),
        **_place_fields(turn.address),
        "state": turn.state,
        "attempts": turn.attempts,
        "messages_out": turn.out,
        "messages": turn.messages,
        "text": clean(turn.text),
    }


def _place_fields(address: Address) -> dict[str, object]:
    return {
        "platform": address.platform,
        "account": address.account,
        "channel": address.channel,
        "thread": address.thread,
    }


def _cleaner(settings: Settings) -> Callable[[str], str]:
    """Take secrets out of a text, as the log does: somebody may have written one to Tampu."""
    hidden = hide(secrets(settings))
    return lambda text: str(hidden(None, "", {"text": text})["text"])


def _table(title: str, columns: tuple[str, str, str, str]) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0), expand=True
    )
    table.add_column(columns[0], no_wrap=True)
    table.add_column(columns[1], overflow="fold")
    # The last two share what is left; the text is cut there.
    table.add_column(columns[2], overflow="fold", ratio=1)
    table.add_column(columns[3], overflow="ellipsis", no_wrap=True, ratio=1)
    return table


def _row(table: Table, *cells: str) -> None:
    # As values, not as rich's markup: "[red]" in a text is text.
    table.add_row(*(Text(visible(cell)) for cell in cells))


def _more(console: Console, there_is: bool) -> None:  # noqa: FBT001  # the one thing that it is told
    if there_is:
        console.print("... and more: see --limit.")


def _progress(turn: Underway) -> str:
    words = STATES.get(turn.state, turn.state)
    if turn.messages:
        words += f", {turn.out} of {turn.messages} messages out"
    return words if turn.attempts <= 1 else f"{words}, attempt {turn.attempts}"


def _where(address: Address) -> str:
    return f"{address.platform} {address.channel}"


def _local(at: float) -> str:
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M:%S}"


def _utc(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
