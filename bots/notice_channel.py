"""Where notices go, as the operator writes it, and what is said when they cannot go there."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final

from bots.policy_selectors import read_place
from core.address import Address
from core.conversation.notices import NoticeChannel
from core.rules import DIRECT

NOT_UNDERSTOOD: Final = (
    "must be one channel of Slack or Discord by its ids, for example slack:T024BE7LD:C024BE91L or "
    "discord:81384788765712384:290926798626357999"
)
# https://discord.com/developers/docs/reference#snowflakes
_DISCORD_EPOCH_MS: Final = 1_420_070_400_000
_TIME_BITS: Final = 22


@dataclass(frozen=True, slots=True)
class _Platform:
    """What there is to say of a platform: its name, what sets it up, and how to let Tampu into a channel."""

    name: str
    settings: str
    advice: str


_PLATFORMS: Final[Mapping[str, _Platform]] = {
    "slack": _Platform(
        "Slack",
        "SLACK_BOT_TOKEN and SLACK_APP_TOKEN",
        "invite Tampu there by typing /invite and its name in the channel, or set TAMPU_NOTICES to a channel "
        "that it is in",
    ),
    "discord": _Platform(
        "Discord",
        "DISCORD_TOKEN",
        "invite Tampu to the server, let it view the channel and send messages there, or set TAMPU_NOTICES "
        "to a channel where it may",
    ),
}


def read_channel(text: str) -> Address:
    """Read ``PLATFORM:ACCOUNT:CHANNEL``, written as the places of rules. Raises ``ValueError``."""
    try:
        place = read_place(text.strip())
    except ValueError as error:
        raise ValueError(NOT_UNDERSTOOD) from error
    is_number = all(part.isdecimal() for part in (place.account, place.channel) if part)
    if (
        place.platform not in _PLATFORMS
        or not place.channel
        or (place.platform == "discord" and not is_number)
    ):
        raise ValueError(NOT_UNDERSTOOD)
    # The channel's id in the place of a thread's: what is posted there begins one of its own.
    return Address(place.platform, place.account or DIRECT, place.channel, place.channel)


def notice_channel(text: str) -> NoticeChannel | None:
    """Where notices go; ``None`` for the log only. Raises ``ValueError``."""
    if not text:
        return None
    address = read_channel(text)
    advice = _PLATFORMS[address.platform].advice
    if address.platform == "discord":
        return NoticeChannel(address, advice, _snowflake)
    return NoticeChannel(address, advice)


def unposted(channel: NoticeChannel | None, platforms: Container[str]) -> str | None:
    """Say that notices cannot go where they should, for a platform is not set up."""
    if channel is None or channel.address.platform in platforms:
        return None
    platform = _PLATFORMS[channel.address.platform]
    return (
        f"Warning: TAMPU_NOTICES names a channel of {platform.name}, which is not set up: notices stand in "
        f"the log only. Set {platform.settings}."
    )


def _snowflake(at: float) -> str:
    return str(max(0, int(at * 1_000) - _DISCORD_EPOCH_MS) << _TIME_BITS)
