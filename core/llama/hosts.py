"""Who hosts models, by the address of the API and by a gateway's prefix."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import httpx


class Host(StrEnum):
    """A service that serves models under ids of its own. The value is its name for people."""

    OPENROUTER = "OpenRouter"
    DEEPINFRA = "DeepInfra"
    TOGETHER = "Together"
    NOVITA = "Novita"
    NEBIUS = "Nebius"
    CLOUDFLARE = "Cloudflare"
    BEDROCK = "Amazon Bedrock"
    AZURE = "Azure"
    VERTEX = "Vertex AI"
    SAMBANOVA = "SambaNova"
    WATSONX = "watsonx"
    META = "Meta"
    LLAMA_API = "Llama API"


@dataclass(frozen=True, slots=True)
class _Marks:
    """How a host is recognised: the ends of its addresses, and prefixes as LiteLLM writes them."""

    domains: tuple[str, ...]
    prefixes: tuple[str, ...]


_MARKS: Final[dict[Host, _Marks]] = {
    Host.OPENROUTER: _Marks(("openrouter.ai",), ("openrouter",)),
    Host.DEEPINFRA: _Marks(("deepinfra.com",), ("deepinfra",)),
    Host.TOGETHER: _Marks(("together.xyz", "together.ai"), ("together_ai", "together")),
    Host.NOVITA: _Marks(("novita.ai",), ("novita",)),
    Host.NEBIUS: _Marks(("nebius.com", "nebius.ai"), ("nebius",)),
    Host.CLOUDFLARE: _Marks(("api.cloudflare.com",), ("cloudflare", "workers-ai")),
    Host.BEDROCK: _Marks(("amazonaws.com",), ("bedrock",)),
    Host.AZURE: _Marks(("azure.com", "azure.ai"), ("azure_ai", "azure")),
    Host.VERTEX: _Marks(("googleapis.com",), ("vertex_ai",)),
    Host.SAMBANOVA: _Marks(("sambanova.ai",), ("sambanova",)),
    Host.WATSONX: _Marks(("ml.cloud.ibm.com",), ("watsonx",)),
    Host.META: _Marks(("api.meta.ai",), ("meta",)),
    Host.LLAMA_API: _Marks(("api.llama.com", "llama-api.meta.com"), ("meta_llama",)),
}


def host_at(address: str) -> Host | None:
    """Whose service an address such as ``https://openrouter.ai/api/v1`` is; ``None`` for all others."""
    try:
        name = httpx.URL(address if "//" in address else f"https://{address}").host.rstrip(".")
    except httpx.InvalidURL:
        return None
    for host, marks in _MARKS.items():
        if any(name == domain or name.endswith(f".{domain}") for domain in marks.domains):
            return host
    return None


def host_named(model: str) -> tuple[Host | None, str]:
    """Split the id that a gateway lists, such as ``deepinfra/meta-llama/...``, into host and id there."""
    prefix, slash, rest = model.partition("/")
    if slash:
        for host, marks in _MARKS.items():
            if prefix.lower() in marks.prefixes:
                return host, rest
    return None, model
