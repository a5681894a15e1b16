"""The Stop button below an answer that is being written: what it looks like and what a click says."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.slack.identity import Identity
from core.address import Address

Json = Mapping[str, Any]

STOP_ACTION = "tampu_stop"
MAX_SETTLED = 2_000


def stop_row(address: Address) -> Json:
    """An actions block (https://docs.slack.dev/reference/block-kit/blocks/actions-block)."""
    button = {
        "type": "button",
        "action_id": STOP_ACTION,
        "text": {"type": "plain_text", "text": "Stop"},
        "value": address.key,
    }
    return {"type": "actions", "elements": [button]}


@dataclass(frozen=True, slots=True)
class Click:
    """Somebody pressed Stop. ``thread`` is the thread that the message stands in, if any.

    ``team`` is the workspace that they do it from.
    """

    address: Address
    user: str
    team: str
    message: str
    thread: str | None


def stop_click(payload: Json, me: Identity) -> Click | None:
    """The click in a ``block_actions`` payload; ``None`` when it is none of ours, or forged.

    https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
    """
    container, user, message = (payload.get(name) or {} for name in ("container", "user", "message"))
    values = (action.get("value") for action in payload.get("actions") or () if _is_stop(action))
    address = _address(next(values, None))
    if address is None or not user.get("id") or not container.get("message_ts"):
        return None
    ours = Address("slack", me.team, str(container.get("channel_id")), address.thread)
    if address != ours or not address.thread or message.get("user", me.user) != me.user:
        return None
    thread = container.get("thread_ts") or message.get("thread_ts")
    team, stands_in = str(user.get("team_id") or ""), str(thread) if thread else None
    return Click(address, str(user["id"]), team, str(container["message_ts"]), stands_in)


def _is_stop(action: Json) -> bool:
    return action.get("action_id") == STOP_ACTION


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
