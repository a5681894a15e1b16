"""The rules of the house: those of the settings, and what the platforms' addresses say of a place."""

from typing import Final

from bots.settings import Settings
from core.address import Address
from core.policy_store import RuleStore
from core.rulebook import Rulebook
from core.rules import DIRECT, Rule

# Named as the operator knows it, for "tampu policy explain".
EVERYBODYS_LIMIT: Final = "TAMPU_TURNS_PER_HOUR"
# The channel of direct messages with one person begins so:
# https://docs.slack.dev/reference/objects/conversation-object
_SLACK_DIRECT: Final = "D"


def rulebook(settings: Settings, store: RuleStore) -> Rulebook:
    """All rules, those of the settings first."""
    return Rulebook(store, house_rules(settings), is_direct)


def house_rules(settings: Settings) -> tuple[Rule, ...]:
    """The operator's rules; the limit for everybody stands behind them."""
    return (*settings.tampu_rules, Rule(EVERYBODYS_LIMIT, turns_per_hour=settings.tampu_turns_per_hour))


def is_direct(address: Address) -> bool:
    """Whether an address is of direct messages, by the account or by the channel's id."""
    in_slack = address.platform == "slack" and address.channel.startswith(_SLACK_DIRECT)
    return in_slack or address.account == DIRECT
