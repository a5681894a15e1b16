"""The planned check of what is asked and answered, opened."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from bots.model_plan import ModelPlan, PlannedModeration
from core.conversation.checking import Checking
from core.conversation.model_watch import ModelTrouble, WatchedModerator
from core.llama.connection import Connection
from core.llama.moderation import Guard, LlamaModerator
from core.operator_phrases import Meanwhile, ModelServer


@asynccontextmanager
async def open_checking(plan: ModelPlan, trouble: ModelTrouble) -> AsyncIterator[Checking]:
    """Connect to the moderation server, if one is planned; nothing is sent yet.

    ``trouble`` hears how its checks end.
    """
    planned = plan.moderation
    if planned is None:
        yield Checking()
        return
    async with aclosing(Connection(planned.endpoint, plan.deadlines, None)) as connection:
        guard = Guard(planned.way, planned.endpoint.model or "")
        moderator = LlamaModerator(connection, guard)
        yield Checking(
            WatchedModerator(moderator, _server(planned), trouble),
            reads_input=planned.reads_input,
            reads_output=planned.reads_output,
            fails_open=planned.fail_open,
        )


def _server(planned: PlannedModeration) -> ModelServer:
    """The server as the operator knows it, with the settings that name the model and hold the key."""
    meanwhile = Meanwhile.UNCHECKED if planned.fail_open else Meanwhile.NOT_CHECKED
    endpoint = planned.endpoint
    return ModelServer(
        endpoint.origin, endpoint.model or "", "MODERATION_API_KEY", "MODERATION_MODEL", meanwhile
    )
