"""Tools and models that rules name: a name that nobody has would deny or allow nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from bots.wording import nearest, shown
from core.documents import TOOLS
from core.errors import ModelError, StartupError
from core.ports import Model, Toolbox
from core.rules import ALL, Names, Rule

# Slack waits three seconds for a command's reply.
ASK_S: Final = 1.2
# Those that a conversation has beside the others once there are documents in it.
WITH_DOCUMENTS: Final = TOOLS


@dataclass(frozen=True, slots=True)
class Known:
    """What rules can name; of what is empty nobody knows what there is."""

    tools: Names = ()
    models: Names = ()

    def misnamed_tool(self, rule: Rule) -> str:
        """End a sentence about a rule with a tool that there is none of; empty when all are there."""
        return _misnamed("tool", (*(rule.tools or ()), *(rule.no_tools or ())), self.tools)

    def misnamed_model(self, rule: Rule) -> str:
        """End a sentence about a rule with a model that there is none of; empty when all are there."""
        return _misnamed("model", rule.models or (), self.models)


Knowing = Callable[[], Awaitable[Known]]


async def nothing_known() -> Known:
    """Know of nothing what there is."""
    return Known()


async def known_names(toolbox: Toolbox, model: Model, named: Collection[str]) -> Known:
    """What rules can name: the tools, and the models that are set, or that the server has alone."""
    tools = (*(spec.name for spec in toolbox.specs), *WITH_DOCUMENTS)
    try:
        async with asyncio.timeout(ASK_S):
            main = (await model.info()).name
    except (ModelError, TimeoutError):
        return Known(tools, tuple(named))
    return Known(tools, tuple(dict.fromkeys((*named, main))))


def checked(rules: Sequence[Rule], known: Known) -> tuple[str, ...]:
    """Warn of models in the operator's rules that there are none of. Raises ``StartupError`` for a tool.

    Another setting may bring a model back; a tool that is named wrongly would be denied to nobody.
    """
    for rule in rules:
        if said := known.misnamed_tool(rule):
            raise StartupError(f'[[rule]] "{shown(rule.name)}" {said}')
    warned = ((rule, known.misnamed_model(rule)) for rule in rules)
    return tuple(f'Warning: [[rule]] "{shown(rule.name)}" {said}' for rule, said in warned if said)


def _misnamed(kind: str, names: Names, there: Names) -> str:
    for name in names if there else ():
        if name not in {ALL, *there}:
            hint = nearest(name, there) or f". There is {', '.join(there)}."
            return f"names the {kind} {shown(name)}, which is not there{hint}"
    return ""
