"""Who sums up a conversation: a model that the rules allow whoever was answered there last."""

from collections.abc import Awaitable, Callable

from core.conversation.accounts import Accounts
from core.conversation.voices import Voices
from core.events import Asked
from core.ports import Model
from core.rulebook import Rulebook
from core.window import Counter

# Finds the model for the conversation of a question, and what counts its tokens. Raises ``ModelError`` where
# nobody may sum it up, ``StoreError``.
Summariser = Callable[[Asked], Awaitable[tuple[Model, Counter]]]


def summariser(voices: Voices, rules: Rulebook, accounts: Accounts) -> Summariser:
    """Sum up by the rules in force, on the bill of the place."""

    async def of(asked: Asked) -> tuple[Model, Counter]:
        principal = rules.principal(asked.author, asked.address, asked.parent)
        model, counter = await voices.for_summary(await rules.decide(principal))
        return accounts.of_summary(principal, model, counter), counter

    return of
