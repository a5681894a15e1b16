"""The planned check of what is asked and answered, opened."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from bots.model_plan import ModelPlan
from core.conversation.checking import Checking
from core.llama.connection import Connection
from core.llama.moderation import Guard, LlamaModerator


@asynccontextmanager
async def open_checking(plan: ModelPlan) -> AsyncIterator[Checking]:
    """Connect to the moderation server, if one is planned; nothing is sent yet."""
    planned = plan.moderation
    if planned is None:
        yield Checking()
        return
    async with aclosing(Connection(planned.endpoint, plan.deadlines, None)) as connection:
        guard = Guard(planned.way, planned.endpoint.model or "")
        yield Checking(
            LlamaModerator(connection, guard),
            reads_input=planned.reads_input,
            reads_output=planned.reads_output,
            fails_open=planned.fail_open,
        )
