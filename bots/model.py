"""Which model answers: a server of the operator's, or the small local one."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import structlog

from bots.local_model import LOCAL_INFO, local_model
from bots.model_checks import open_checking
from bots.model_plan import ModelPlan, PlannedModel, plan_of
from bots.model_servers import open_models
from bots.rates import PlannedRates
from bots.settings import Settings
from core.clock import SystemClock
from core.conversation.checking import Checking
from core.conversation.metering import Tariff
from core.conversation.model_watch import ModelTrouble
from core.conversation.voices import Counting, rough
from core.errors import ModelError, ModelMissing, StartupError
from core.llama.catalog import Source
from core.llama.client import Knowledge, LlamaClient
from core.llama.endpoint import Endpoint
from core.llama.known import Facts
from core.ports import Model

LOCAL_CALLS_AT_ONCE = 2
NAMES_SHOWN = 10

LOCAL_FACTS = Facts(
    window=LOCAL_INFO.window,
    max_output=LOCAL_INFO.max_output,
    tools=LOCAL_INFO.tools,
    vision=LOCAL_INFO.vision,
    note=LOCAL_INFO.note,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ChosenModel:
    """The model, how many calls it takes at once, and a line for the operator.

    ``named`` are the models that people may choose, ``alone`` the same without fallbacks, ``together`` the
    names of the main one and of those who would answer in its place. ``counting`` finds
    what counts its tokens. ``checking`` checks what is asked and answered. ``rates`` are
    what they cost. ``trouble`` hears how calls of their servers end.
    """

    model: Model
    calls_at_once: int
    says: str
    warning: str = ""
    named: Mapping[str, Model] = field(default_factory=dict)
    alone: Mapping[str, Model] = field(default_factory=dict)
    together: tuple[str, ...] = ()
    counting: Counting = rough
    checking: Checking = field(default_factory=Checking)
    rates: Tariff = field(default_factory=lambda: PlannedRates(ModelPlan(None)))
    trouble: ModelTrouble = field(default_factory=ModelTrouble)


@asynccontextmanager
async def open_model(settings: Settings) -> AsyncIterator[ChosenModel]:
    """Start or connect to the model. Raises ``StartupError`` where there is none to be had."""
    plan = plan_of(settings)
    trouble = ModelTrouble()
    opened = _open_local(plan) if plan.main is None else _open_server(plan, plan.main, trouble)
    async with opened as chosen, open_checking(plan, trouble) as checking:
        yield replace(chosen, checking=checking, rates=PlannedRates(plan), trouble=trouble)


@asynccontextmanager
async def _open_server(
    plan: ModelPlan, main: PlannedModel, trouble: ModelTrouble
) -> AsyncIterator[ChosenModel]:
    async with open_models(plan, main, SystemClock(), trouble) as opened:
        warning = await _look_at(opened.main, plan, main)
        name = main.endpoint.model or "the only model there"
        try:
            name = (await opened.main.info()).name
        except ModelError as error:
            log.warning("model.not_known_yet", reason=str(error))
        says = f"{name} at {main.endpoint.origin} answers."
        yield ChosenModel(
            opened.model,
            opened.calls_at_once,
            says,
            warning,
            opened.named,
            alone=opened.alone,
            together=opened.together,
            counting=opened.main.counting,
        )


@asynccontextmanager
async def _open_local(plan: ModelPlan) -> AsyncIterator[ChosenModel]:
    async with local_model() as local:
        endpoint = Endpoint(local.base_url, "", LOCAL_INFO.name)
        client = LlamaClient(endpoint, deadlines=plan.deadlines, knowledge=Knowledge(LOCAL_FACTS))
        try:
            says = f"{LOCAL_INFO.name} answers, on this machine. {LOCAL_INFO.note}"
            at_once = plan.limits.calls_at_once or LOCAL_CALLS_AT_ONCE
            yield ChosenModel(client, at_once, says, counting=client.counting)
        finally:
            await client.aclose()


async def _look_at(client: LlamaClient, plan: ModelPlan, main: PlannedModel) -> str:
    """Say what is wrong with the model server, if anything. It may come right later."""
    try:
        offered = await client.offered()
    except ModelError as error:
        return f"Warning: {error.told}"
    here = (
        (name, model) for name, model in _named(plan) if model.endpoint.base_url == main.endpoint.base_url
    )
    for setting, model in here:
        wanted = model.endpoint.model
        if wanted is not None and offered and wanted not in offered:
            names = ", ".join(offered[:NAMES_SHOWN])
            more = "; tampu models lists them all" if len(offered) > NAMES_SHOWN else ""
            return (
                f"Warning: the model server does not list {wanted}. Set {setting} to one of: {names}{more}."
            )
    if main.endpoint.model is None:
        try:
            await client.info()
        except ModelMissing as error:
            raise StartupError(str(error)) from error
        except ModelError as error:
            return f"Warning: {error.told}"
    return _caution(plan)


def _caution(plan: ModelPlan) -> str:
    """Say what is known to be wrong with a planned model on its server."""
    for setting, model in _named(plan):
        name = model.endpoint.model
        if name is None:
            continue
        entry = plan.catalog.entry(name, model.endpoint.base_url)
        if entry.note and entry.source is Source.TABLE:
            return f"Warning: {setting} is {name}. {entry.note}"
    if plan.vision is not None and _is_blind(plan, plan.vision):
        return (
            f"Warning: LLAMA_VISION_MODEL is {plan.vision.endpoint.model}, which reads text only as far as "
            "is known; tampu models shows which model sees."
        )
    return ""


def _is_blind(plan: ModelPlan, model: PlannedModel) -> bool:
    entry = plan.catalog.entry(model.endpoint.model or "", model.endpoint.base_url)
    return model.facts.over(entry.facts).vision is False


def _named(plan: ModelPlan) -> tuple[tuple[str, PlannedModel], ...]:
    """The planned models by the settings that name them."""
    named = (
        ("LLAMA_MODEL", plan.main),
        ("LLAMA_VISION_MODEL", plan.vision),
        *(("LLAMA_FALLBACK", one) for one in plan.fallbacks),
        *(("LLAMA_CHOICES", one) for one in plan.choices),
    )
    return tuple((setting, model) for setting, model in named if model is not None)
