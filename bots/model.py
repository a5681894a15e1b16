"""Which model answers: a server of the operator's, or the small local one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bots.local_model import LOCAL_INFO, local_model
from bots.settings import Settings
from core.errors import ModelError, ModelMissing, StartupError
from core.llama.client import LlamaClient
from core.llama.endpoint import Endpoint
from core.llama.known import Facts
from core.ports import Model

LOCAL_CALLS_AT_ONCE = 2
SERVER_CALLS_AT_ONCE = 64

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
    """The model, how many calls it takes at once, and a line for the operator."""

    model: Model
    calls_at_once: int
    says: str
    warning: str = ""


@asynccontextmanager
async def open_model(settings: Settings) -> AsyncIterator[ChosenModel]:
    """Start or connect to the model. Raises ``StartupError`` where there is none to be had."""
    server = settings.model_server
    if server is None:
        async with _open_local() as chosen:
            yield chosen
        return
    key = settings.llama_api_key.get_secret_value() if settings.llama_api_key else ""
    endpoint = Endpoint(server, key, settings.llama_model)
    client = LlamaClient(endpoint)
    try:
        warning = await _look_at(client, settings.llama_model)
        name = settings.llama_model or "the only model there"
        try:
            name = (await client.info()).name
        except ModelError as error:
            log.warning("model.not_known_yet", reason=str(error))
        yield ChosenModel(client, SERVER_CALLS_AT_ONCE, f"{name} at {endpoint.origin} answers.", warning)
    finally:
        await client.aclose()


@asynccontextmanager
async def _open_local() -> AsyncIterator[ChosenModel]:
    async with local_model() as local:
        client = LlamaClient(Endpoint(local.base_url, "", LOCAL_INFO.name), facts=LOCAL_FACTS)
        try:
            says = f"{LOCAL_INFO.name} answers, on this machine. {LOCAL_INFO.note}"
            yield ChosenModel(client, LOCAL_CALLS_AT_ONCE, says)
        finally:
            await client.aclose()


async def _look_at(client: LlamaClient, wanted: str | None) -> str:
    """Say what is wrong with the model server, if anything. It may come right later."""
    try:
        offered = await client.offered()
    except ModelError as error:
        return f"Warning: {error.told}"
    if wanted is not None and offered and wanted not in offered:
        names = ", ".join(offered[:10])
        return f"Warning: the model server does not list {wanted}. Set LLAMA_MODEL to one of: {names}."
    if wanted is None:
        try:
            await client.info()
        except ModelMissing as error:
            raise StartupError(str(error)) from error
        except ModelError as error:
            return f"Warning: {error.told}"
    return ""
