"""Buttons: one that stops a growing answer, others below a whole one; their ids say what they are for."""

from collections import OrderedDict
from dataclasses import dataclass

import discord

from core.address import Address
from core.delivery import Offer
from core.picture_phrases import SHARE_LABEL
from core.presets import named

LABEL = "Stop"
STOP = "stop"
MORE = "more"
SHARE = "share"
CUSTOM_ID_MAX = 100
ADDRESS_PARTS = 4
REMEMBERED = 2000


@dataclass(frozen=True, slots=True)
class StopId:
    """The id of a stop button: its thread, and the key of the post that it came with, if any."""

    address: Address
    key: str = ""

    def __str__(self) -> str:
        parts = [STOP, self.address.key, *([self.key] if self.key else [])]
        return ":".join(parts)

    @classmethod
    def read(cls, custom_id: str) -> "StopId | None":
        """Read an id back; ``None`` when it is no stop button's."""
        name, *parts = custom_id.split(":")
        try:
            address = Address.from_key(":".join(parts[:ADDRESS_PARTS]))
        except ValueError:
            return None
        key = ":".join(parts[ADDRESS_PARTS:])
        return cls(address, key) if name == STOP else None


@dataclass(frozen=True, slots=True)
class MoreId:
    """The id of a button that asks more of an answer's pictures: the preset's name, and the thread."""

    preset: str
    address: Address

    def __str__(self) -> str:
        return f"{MORE}:{self.preset}:{self.address.key}"

    @classmethod
    def read(cls, custom_id: str) -> "MoreId | None":
        """Read an id back; ``None`` when it is no such button's."""
        if (found := _read(custom_id, MORE)) is None:
            return None
        preset, address = found
        return cls(preset, address) if named(preset).prompt else None


@dataclass(frozen=True, slots=True)
class ShareId:
    """The id of a button that posts an answer given in private: the answer's turn, and the channel."""

    turn: str
    target: Address

    def __str__(self) -> str:
        return f"{SHARE}:{self.turn}:{self.target.key}"

    @classmethod
    def read(cls, custom_id: str) -> "ShareId | None":
        """Read an id back; ``None`` when it is no such button's."""
        if (found := _read(custom_id, SHARE)) is None:
            return None
        turn, target = found
        return cls(turn, target) if turn else None


def _read(custom_id: str, kind: str) -> tuple[str, Address] | None:
    """Read a word and an address out of an id of a kind."""
    name, _, rest = custom_id.partition(":")
    word, _, key = rest.partition(":")
    try:
        address = Address.from_key(key)
    except ValueError:
        return None
    return (word, address) if name == kind else None


class Buttons:
    """Which messages of ours have the button, and which have it no more, as far as is remembered."""

    def __init__(self) -> None:
        self._shown: OrderedDict[str, bool] = OrderedDict()

    def note(self, message_id: str, *, shown: bool) -> None:
        """Remember how a message was left."""
        self._shown[message_id] = shown
        self._shown.move_to_end(message_id)
        while len(self._shown) > REMEMBERED:
            self._shown.popitem(last=False)

    def shown(self, message_id: str) -> bool | None:
        """Whether a message has the button; ``None`` when that is not known."""
        return self._shown.get(message_id)


def stop_view(address: Address, key: str = "") -> discord.ui.View | None:
    """A row with the button; ``None`` when its id would be longer than Discord takes.

    The id works after a restart, and with ``key`` a new message can be told from all others. The
    view is stopped: discord.py would keep one for every message, and clicks come by another way.
    """
    return _row([(LABEL, str(StopId(address, key)))])


def offer_view(address: Address, offer: Offer | None) -> discord.ui.View | None:
    """A row with a button for all that is offered below a whole answer; ``None`` for none."""
    if offer is None:
        return None
    ids = [(named(name).label, str(MoreId(name, address))) for name in offer.presets]
    if offer.share is not None:
        ids.append((SHARE_LABEL, str(ShareId(offer.turn, offer.share))))
    return _row(ids)


def _row(buttons: list[tuple[str, str]]) -> discord.ui.View | None:
    """Buttons by label and id, without those whose id is too long."""
    fitting = [(label, custom_id) for label, custom_id in buttons if len(custom_id) <= CUSTOM_ID_MAX]
    if not fitting:
        return None
    view = discord.ui.View(timeout=None)
    for label, custom_id in fitting:
        view.add_item(
            discord.ui.Button(style=discord.ButtonStyle.secondary, label=label, custom_id=custom_id)
        )
    view.stop()
    return view


def posted_key(message: discord.Message) -> str | None:
    """The key under which a message was posted, while its button still tells."""
    for row in message.components:
        for item in row.children if isinstance(row, discord.ActionRow) else ():
            if isinstance(item, discord.Button) and item.custom_id is not None:
                stop = StopId.read(item.custom_id)
                if stop is not None and stop.key:
                    return stop.key
    return None
