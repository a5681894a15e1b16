"""What becomes of a message that the same person sends while an answer is being made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.address import Address


class FollowUp(StrEnum):
    """The ways."""

    STEER = "steer"  # it joins before the model is called again; without tools, after the answer
    QUEUE = "queue"  # it waits for a turn of its own
    INTERRUPT = "interrupt"  # the answer ends there, or begins anew when nothing is shown yet


@dataclass(frozen=True, slots=True)
class FollowUps:
    """The way of each channel, by the platform's channel id."""

    default: FollowUp = FollowUp.STEER
    channels: Mapping[str, FollowUp] = field(default_factory=dict)

    def of(self, address: Address, parent: str = "") -> FollowUp:
        """The way in an address's channel, else in the one around it."""
        around = self.channels.get(parent, self.default)
        return self.channels.get(address.channel, around)
