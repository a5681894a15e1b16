"""Which server it is, from its address and from the models that it lists.

The shapes of ``GET /models`` are, with the field that tells: llama.cpp ``owned_by: llamacpp`` and ``meta``
(ggml-org/llama.cpp, tools/server/README.md); vLLM ``owned_by: vllm`` (vllm-project/vllm, ModelCard); Ollama
the namespace as ``owned_by``, which is ``library`` for its own models (ollama/ollama, openai/openai.go);
Together a bare list (docs.together.ai/reference/models); OpenRouter ``context_length`` with
``architecture`` (openrouter.ai/docs/models); Groq ``context_window`` with ``public_apps``
(console.groq.com/docs/api-reference); DeepInfra ``metadata`` (docs.deepinfra.com); LiteLLM headers
``x-litellm-*`` and one constant as every model's ``created`` (docs.litellm.ai/docs/proxy/response_headers,
litellm/constants.py).
"""

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Final

import httpx

from core.llama.known import DEFAULT_WINDOW, Facts
from core.llama.profile import Profile
from core.llama.profiles import (
    DEEPINFRA,
    GROQ,
    LITELLM,
    LLAMA_API,
    LLAMA_CPP,
    META,
    OLLAMA,
    OLLAMA_CLOUD,
    OPENAI,
    OPENROUTER,
    TOGETHER,
    VLLM,
)
from core.llama.shapes import Object, as_list, as_object, as_text

_HOSTS: Final[Mapping[str, Profile]] = {
    "openrouter.ai": OPENROUTER,
    "deepinfra.com": DEEPINFRA,
    "together.xyz": TOGETHER,
    "together.ai": TOGETHER,
    "groq.com": GROQ,
    "ollama.com": OLLAMA_CLOUD,
    "api.meta.ai": META,
    "api.llama.com": LLAMA_API,
}
_PORTS: Final[Mapping[int, Profile]] = {11434: OLLAMA, 8080: LLAMA_CPP, 8000: VLLM, 4000: LITELLM}
_OWNERS: Final[Mapping[str, Profile]] = {"llamacpp": LLAMA_CPP, "vllm": VLLM, "library": OLLAMA}
_LITELLM_CREATED: Final = 1_677_610_602
_LITELLM_HEADER: Final = "x-litellm-"
# More models than any host lists; what comes behind is not worth reading.
_MOST_MODELS: Final = 5000
_LEAST_TOKENS: Final = 16
_LEAST_WINDOW: Final = 256
# The largest window of any model is Llama 4 Scout's, ten million.
_MOST_TOKENS: Final = 16_777_216
_NO_HEADERS: Final[Mapping[str, str]] = {}


def detected(base_url: str, body: object = None, headers: Mapping[str, str] = _NO_HEADERS) -> Profile:
    """The best guess from everything: a known host, the models' shape, a usual port, else ``openai``.

    ``body`` is the JSON of ``GET /models``, ``None`` where there is none.
    """
    hint = _by_port(base_url)
    if listed(body) and hint in (LLAMA_CPP, VLLM):
        # Both name themselves in every entry, so whoever listens at their port is another.
        hint = None
    return _by_host(base_url) or by_models(body, headers) or hint or OPENAI


def by_address(base_url: str) -> Profile | None:
    """The server at an address: by its host, or by a usual port on this machine or a private network."""
    return _by_host(base_url) or _by_port(base_url)


def by_models(body: object, headers: Mapping[str, str] = _NO_HEADERS) -> Profile | None:
    """The server by the answer to ``GET /models``; ``None`` for a shape that several have."""
    if any(name.lower().startswith(_LITELLM_HEADER) for name in headers):
        return LITELLM
    entries = listed(body)
    for entry in entries:
        if found := _by_entry(entry):
            return found
    if entries and isinstance(body, list):
        return TOGETHER
    if entries and all(entry.get("created") == _LITELLM_CREATED for entry in entries):
        return LITELLM
    return None


def listed(body: object) -> Sequence[Object]:
    """The entries of ``GET /models`` that are objects, whatever they are wrapped in."""
    whole = as_object(body)
    entries = as_list(body) or as_list(whole.get("data")) or as_list(whole.get("models"))
    return [entry for entry in map(as_object, entries[:_MOST_MODELS]) if entry]


def facts_listed(body: object) -> Mapping[str, Facts]:
    """What the server says of each model, by id and alias; ``None`` where it is silent or talks nonsense.

    The window is the smallest that is named. llama.cpp says in ``meta.n_ctx`` what it really has, per
    slot; what a model was trained with (``n_ctx_train``) is an upper bound only, so it counts when it is
    below what is assumed anyway.
    """
    found: dict[str, Facts] = {}
    for entry in listed(body):
        facts = Facts(
            window=_window(entry), max_output=_max_output(entry), tools=_tools(entry), vision=_vision(entry)
        )
        names = [as_text(entry.get("id")) or as_text(entry.get("name"))]
        names += map(as_text, as_list(entry.get("aliases")))
        for name in filter(None, names):
            found.setdefault(name, facts)
    return found


def _by_entry(entry: Object) -> Profile | None:
    if owner := _OWNERS.get(as_text(entry.get("owned_by"))):
        return owner
    if "digest" in entry and "modified_at" in entry:
        return OLLAMA
    if "context_length" in entry and as_object(entry.get("architecture")):
        return OPENROUTER
    if "context_window" in entry and "public_apps" in entry:
        return GROQ
    if {"context_length", "max_tokens", "pricing"} & as_object(entry.get("metadata")).keys():
        return DEEPINFRA
    return None


def _by_host(base_url: str) -> Profile | None:
    host = _url(base_url).host.rstrip(".").lower()
    return next(
        (profile for name, profile in _HOSTS.items() if host == name or host.endswith(f".{name}")), None
    )


def _by_port(base_url: str) -> Profile | None:
    url = _url(base_url)
    return _PORTS.get(url.port or 0) if _near(url.host) else None


def _url(base_url: str) -> httpx.URL:
    try:
        return httpx.URL(base_url.strip())
    except httpx.InvalidURL:
        return httpx.URL("")


def _near(host: str) -> bool:
    """Whether it is this machine or one in a private network."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan"))


def _window(entry: Object) -> int | None:
    meta, metadata = as_object(entry.get("meta")), as_object(entry.get("metadata"))
    said = (
        entry.get("max_model_len"),
        entry.get("context_length"),
        entry.get("context_window"),
        entry.get("max_input_tokens"),
        meta.get("n_ctx"),
        metadata.get("context_length"),
        as_object(entry.get("top_provider")).get("context_length"),
    )
    windows = [window for value in said if (window := _tokens(value, _LEAST_WINDOW))]
    if windows:
        return min(windows)
    trained = _tokens(meta.get("n_ctx_train"), _LEAST_WINDOW)
    return trained if trained and trained < DEFAULT_WINDOW else None


def _max_output(entry: Object) -> int | None:
    said = (
        entry.get("max_completion_tokens"),
        entry.get("max_output_tokens"),
        as_object(entry.get("metadata")).get("max_tokens"),
        as_object(entry.get("top_provider")).get("max_completion_tokens"),
    )
    return min((cap for value in said if (cap := _tokens(value, _LEAST_TOKENS))), default=None)


def _tokens(value: object, least: int) -> int | None:
    """A number of tokens that can be true: no text, no fraction, nothing negative, tiny or huge."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if least <= value <= _MOST_TOKENS else None


def _tools(entry: Object) -> bool | None:
    parameters = _words(entry.get("supported_parameters"))
    return "tools" in parameters if parameters else None


def _vision(entry: Object) -> bool | None:
    architecture = as_object(entry.get("architecture"))
    taken, arrow, _ = as_text(architecture.get("modality")).partition("->")
    if modalities := _words(architecture.get("input_modalities")) or frozenset(
        taken.split("+") if arrow else ()
    ):
        return "image" in modalities
    tags = _words(as_object(entry.get("metadata")).get("tags"))
    return True if tags & {"vlm", "vision", "multimodal"} else None


def _words(value: object) -> frozenset[str]:
    return frozenset(filter(None, map(as_text, as_list(value))))
