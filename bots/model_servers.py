"""The planned models, opened: each with retries, a line and a breaker, and all of them as one."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass

from bots.model_plan import ModelPlan, PlannedModel
from core.conversation.model_watch import ModelTrouble, Watched
from core.llama.chain import Chain
from core.llama.client import Knowledge, LlamaClient
from core.llama.detect import by_address
from core.llama.endpoint import Endpoint
from core.llama.line import LineRules
from core.llama.pace import Budget
from core.llama.profiles import named
from core.llama.retrying import RetryRules
from core.llama.sighted import Sighted
from core.llama.steady import Servers, steady
from core.operator_phrases import Meanwhile, ModelServer
from core.ports import Clock, Model
from core.transcript import ModelRequest
from core.window import weight_of, weight_of_tools

CALLS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class OpenedModels:
    """``model`` is who answers; ``main`` is the client of the main server, without the others.

    ``named`` are those of which the name is set, the main one with all who stand behind it; ``alone`` are
    the same without them. ``together`` names the main one and those behind it, as far as names are set.
    """

    model: Model
    main: LlamaClient
    calls_at_once: int
    named: Mapping[str, Model]
    alone: Mapping[str, Model]
    together: tuple[str, ...]


@asynccontextmanager
async def open_models(
    plan: ModelPlan, main: PlannedModel, clock: Clock, trouble: ModelTrouble
) -> AsyncIterator[OpenedModels]:
    """Connect to all of them; nothing is sent yet. Raises ``StartupError`` for an unknown profile.

    ``trouble`` hears how calls of each server end, those too that another one answers in the end.
    """
    servers = Servers(clock)
    async with AsyncExitStack() as stack:
        opened: dict[PlannedModel, tuple[LlamaClient, Model]] = {}
        for planned in plan.models:
            client, steadied = await _open(planned, plan, servers, clock, stack)
            opened[planned] = client, Watched(steadied, _server(planned, plan), trouble)
        client, model = opened[main]
        alone = {
            planned.endpoint.model: one for planned, (_, one) in opened.items() if planned.endpoint.model
        }
        named_models = dict(alone)
        if plan.fallbacks:
            model = Chain((model, *(opened[fallback][1] for fallback in plan.fallbacks)), clock)
        if plan.vision is not None:
            model = Sighted(model, opened[plan.vision][1])
        if main.endpoint.model:
            named_models[main.endpoint.model] = model
        behind = (one.endpoint.model for one in (main, plan.vision, *plan.fallbacks) if one is not None)
        together = tuple(dict.fromkeys(filter(None, behind)))
        yield OpenedModels(model, client, calls_at_once(main, plan), named_models, alone, together)


def calls_at_once(planned: PlannedModel, plan: ModelPlan) -> int:
    """How many requests are worth having at its server together."""
    profile = named(planned.profile) if planned.profile else by_address(planned.endpoint.base_url)
    return plan.limits.calls_at_once or (profile.calls_at_once if profile else CALLS_AT_ONCE)


async def _open(
    planned: PlannedModel, plan: ModelPlan, servers: Servers, clock: Clock, stack: AsyncExitStack
) -> tuple[LlamaClient, Model]:
    budget = Budget(plan.limits.requests_per_minute, plan.limits.tokens_per_minute)
    server = servers.of(planned.endpoint, LineRules(calls_at_once(planned, plan), budget))
    client = LlamaClient(
        planned.endpoint,
        deadlines=plan.deadlines,
        knowledge=Knowledge(planned.facts, named(planned.profile) if planned.profile else None, plan.catalog),
        observe=server.observe,
    )
    await stack.enter_async_context(aclosing(client))
    # Who has another model behind him is not asked until nobody waits any more.
    last = not plan.fallbacks or planned in (plan.fallbacks[-1], plan.vision, *plan.choices)
    rules = RetryRules() if last else RetryRules(tries=2, total_s=plan.deadlines.first)
    return client, steady(client, server, _weigh, rules, clock)


def _server(planned: PlannedModel, plan: ModelPlan) -> ModelServer:
    """A planned model as the operator knows it, with the settings that name it and hold its key."""
    endpoint, main = planned.endpoint, plan.main
    key, name, meanwhile = "LLAMA_API_KEY", "LLAMA_CHOICES", Meanwhile.APOLOGY
    if planned in plan.fallbacks:
        name = f"[[llama.fallback]] number {plan.fallbacks.index(planned) + 1}"
        if main is None or _key(endpoint) != _key(main.endpoint):
            key = f"api_key of {name}"
    elif planned == main:
        name = "LLAMA_MODEL"
    elif planned == plan.vision:
        name = "LLAMA_VISION_MODEL"
    if plan.fallbacks and planned in (main, *plan.fallbacks):
        meanwhile = Meanwhile.FALLBACK
    return ModelServer(endpoint.origin, endpoint.model or "", key, name, meanwhile)


def _key(endpoint: Endpoint) -> tuple[str, str]:
    return endpoint.base_url, endpoint.api_key


def _weigh(request: ModelRequest) -> int:
    return weight_of(request.messages) + weight_of_tools(request.tools)
