"""The rules of the house: those of the settings, what addresses say of a place, who may change what there."""

from typing import Final

from bots.settings import Settings
from core.address import Address
from core.message import Author
from core.policy_phrases import NOT_FOR_ALL_TO_CHANGE, not_answered
from core.policy_store import RuleStore
from core.rulebook import Rulebook
from core.rules import DIRECT, Rule
from core.settings import Scope

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


async def may_choose(
    rules: Rulebook, author: Author, address: Address, scope: Scope, parent: str = ""
) -> str:
    """Return why somebody may not change settings for a scope, empty when they may. Raises ``StoreError``.

    Whoever is answered may for their conversation; for a channel, who manages it, or is alone with us there.
    ``parent`` is the channel around a thread that is a channel of its own.
    """
    principal = rules.principal(author, address, parent)
    decision = await rules.decide(principal)
    if not decision.answers.value and not decision.manages.value:
        return not_answered(decision, principal)
    if scope is Scope.ACCOUNT:
        return "" if await rules.manages(principal) else NOT_FOR_ALL_TO_CHANGE
    return "" if scope is Scope.THREAD or decision.manages.value else NOT_FOR_ALL_TO_CHANGE


def is_direct(address: Address) -> bool:
    """Whether an address is of direct messages, by the account or by the channel's id."""
    in_slack = address.platform == "slack" and address.channel.startswith(_SLACK_DIRECT)
    return in_slack or address.account == DIRECT
