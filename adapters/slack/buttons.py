"""Buttons below answers: Stop while one is written, others once it is whole; and what a click says."""

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.identity import Identity
from core.address import Address
from core.delivery import Offer
from core.picture_phrases import SHARE_LABEL
from core.presets import named

Json = Mapping[str, Any]

STOP_ACTION = "tampu_stop"
MORE_ACTION = "tampu_more_"
SHARE_ACTION = "tampu_share"
ACTIONS = re.compile(rf"{STOP_ACTION}|{MORE_ACTION}\w+|{SHARE_ACTION}")
MAX_SETTLED = 2_000


def stop_row(address: Address) -> Json:
    """An actions block (https://docs.slack.dev/reference/block-kit/blocks/actions-block)."""
    return {"type": "actions", "elements": [_button(STOP_ACTION, "Stop", address.key)]}


def offer_row(address: Address, offer: Offer | None) -> Json | None:
    """A button for all that is offered below a whole answer; ``None`` for nothing."""
    if offer is None:
        return None
    row = [_button(f"{MORE_ACTION}{name}", named(name).label, address.key) for name in offer.presets]
    if offer.share is not None:
        value = f"{address.key} {offer.turn} {offer.share.key}"
        row.append(_button(SHARE_ACTION, SHARE_LABEL, value))
    return {"type": "actions", "elements": row} if row else None


def _button(action: str, label: str, value: str) -> Json:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "action_id": action, "text": text, "value": value}


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody pressed a button. ``thread`` is the thread that the message stands in, if any.

    ``team`` is the workspace that they do it from. ``action`` says which button, and ``words`` are what
    its value says behind the address.
    """

    address: Address
    user: str
    team: str
    message: str
    thread: str | None
    action: str = STOP_ACTION
    words: tuple[str, ...] = ()

    @property
    def preset(self) -> str:
        """The name of the preset that it asks for, empty for other buttons."""
        return self.action.removeprefix(MORE_ACTION) if self.action.startswith(MORE_ACTION) else ""


def read_click(payload: Json, me: Identity) -> Click | None:
    """The click in a ``block_actions`` payload; ``None`` when it is none of ours, or forged.

    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
    """
    container, user, message = (payload.get(name) or {} for name in ("container", "user", "message"))
    action: Json = next(iter(payload.get("actions") or ()), {})
    key, *words = str(action.get("value") or "").split(" ")
    address = _address(key)
    if address is None or not user.get("id") or not container.get("message_ts"):
        return None
    ours = Address("slack", me.team, str(container.get("channel_id")), address.thread)
    if address != ours or not address.thread or message.get("user", me.user) != me.user:
        return None
    thread = container.get("thread_ts") or message.get("thread_ts")
    return Click(
        address=address,
        user=str(user["id"]),
        team=str(user.get("team_id") or ""),
        message=str(container["message_ts"]),
        thread=str(thread) if thread else None,
        action=str(action.get("action_id")),
        words=tuple(words),
    )


def _address(value: object) -> Address | None:
    try:
        return Address.from_key(str(value))
    except ValueError:
        return None


class Settled:
    """Messages that were last shown without a button: a click on one that came too late stops nothing."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], None] = OrderedDict()

    def note(self, channel: str, message: str, *, live: bool) -> None:
        """How a message is shown now."""
        self._kept.pop((channel, message), None)
        if not live:
            self._kept[channel, message] = None
        if len(self._kept) > MAX_SETTLED:
            self._kept.popitem(last=False)

    def has(self, channel: str, message: str) -> bool:
        """Whether its button is gone."""
        return (channel, message) in self._kept
