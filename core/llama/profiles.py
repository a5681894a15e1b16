"""The table of the model servers, as their documentation and sources have them in November 2026.

docs/servers.md says the same to operators, and a test holds the two together.
"""

import re
from dataclasses import replace
from typing import Final

from core.errors import StartupError
from core.llama.profile import GIF, JPEG, PNG, WEBP, CapField, Profile, TokenCounter

_BASIC: Final = frozenset({PNG, JPEG})
_SLOW_S: Final = 180.0

# Nothing is known of this server but its dialect, so it gets what all of them read.
OPENAI: Final = Profile("openai", "any server with OpenAI's dialect", image_formats=_BASIC)

# ollama/ollama, openai/openai.go: the request has no max_completion_tokens, tool_choice or
# parallel_tool_calls, and decodeImageURL takes base64 of three formats. Without OLLAMA_CONTEXT_LENGTH the
# context may be 4,096 tokens (docs/context-length.mdx), and one request runs at a time by default.
OLLAMA: Final = Profile(
    "ollama",
    "Ollama",
    tool_choice=False,
    image_formats=frozenset({PNG, JPEG, WEBP}),
    truncates=True,
    window=4096,
    calls_at_once=2,
    first_event_s=_SLOW_S,
)

# ollama/ollama#12362: a schema is accepted and not followed.
OLLAMA_CLOUD: Final = replace(
    OLLAMA,
    name="ollama-cloud",
    title="Ollama's cloud",
    schemas=False,
    truncates=False,
    window=None,
    calls_at_once=4,
)

# vllm-project/vllm, chat_completion/protocol.py. Several chat templates refuse neighbours of one role.
VLLM: Final = Profile(
    "vllm",
    "vLLM",
    image_formats=_BASIC,
    alternates=True,
    token_counter=TokenCounter.TOKENIZE,
    calls_at_once=32,
)

# ggml-org/llama.cpp, tools/server/README.md: parallel tool calls are off unless they are asked for, and
# stb_image reads no WebP. It has as many slots as -np says, four if nobody does.
LLAMA_CPP: Final = Profile(
    "llama-cpp",
    "llama.cpp's server",
    parallel_tools=True,
    image_formats=frozenset({PNG, JPEG, GIF}),
    alternates=True,
    token_counter=TokenCounter.INPUT_TOKENS,
    calls_at_once=4,
    first_event_s=_SLOW_S,
)

# openrouter.ai/docs: it routes a request to one of several hosts, so only what all read is sent.
OPENROUTER: Final = Profile("openrouter", "OpenRouter", image_formats=frozenset({PNG, JPEG, WEBP}))

# deepinfra.com/docs/advanced/json_mode: of the answer's formats json_object alone is documented.
DEEPINFRA: Final = Profile("deepinfra", "DeepInfra", schemas=False, image_formats=_BASIC)

TOGETHER: Final = Profile("together", "Together AI", image_formats=_BASIC)

# console.groq.com/docs: five pictures and 4 MB of them in base64 a request; no schema in a streamed answer.
GROQ: Final = Profile(
    "groq",
    "Groq",
    schemas=False,
    image_formats=_BASIC,
    most_images=5,
    image_bytes=3_500_000,
    calls_at_once=8,
)

LITELLM: Final = Profile("litellm", "LiteLLM's proxy", image_formats=_BASIC)

# dev.meta.ai/docs: 50 pictures; other words for tool_choice than "auto" are refused. Every Muse model
# thinks, and what it thinks counts as its answer: 199 of 210 tokens were seen to go that way.
META: Final = Profile(
    "meta",
    "Meta's Model API",
    cap_field=CapField.MAX_COMPLETION_TOKENS,
    strict_schemas=True,
    effort="low",
    image_formats=_BASIC,
    most_images=50,
    thinking=16_384,
    token_counter=TokenCounter.RESPONSES,
    calls_at_once=8,
    first_event_s=_SLOW_S,
)

# llama-api-client 0.6.0, types/chat/completion_create_params.py: neither stream_options nor
# parallel_tool_calls; nine pictures a request.
LLAMA_API: Final = Profile(
    "llama-api",
    "a gateway with Meta's native Llama dialect",
    native=True,
    cap_field=CapField.MAX_COMPLETION_TOKENS,
    stream_usage=False,
    image_formats=frozenset({PNG, JPEG, GIF}),
    most_images=9,
)

PROFILES: Final[tuple[Profile, ...]] = (
    OPENAI,
    OLLAMA,
    OLLAMA_CLOUD,
    VLLM,
    LLAMA_CPP,
    OPENROUTER,
    DEEPINFRA,
    TOGETHER,
    GROQ,
    LITELLM,
    META,
    LLAMA_API,
)

_ONE_PICTURE: Final = re.compile(r"llama-?3\.2-vision")


def named(name: str) -> Profile:
    """The profile of a name such as ``llama-cpp``; case and punctuation do not matter.

    Raises ``StartupError``, which lists the choice.
    """
    wanted = _letters(name)
    found = next((profile for profile in PROFILES if _letters(profile.name) == wanted), None)
    if found is None:
        choice = ", ".join(profile.name for profile in PROFILES)
        raise StartupError(f"LLAMA_PROFILE names no server that is known; set it to one of {choice}.")
    return found


def fitted(profile: Profile, model: str) -> Profile:
    """The profile as it holds for one model of the server.

    A local Ollama passes models named ``...-cloud`` or ``...:cloud`` on to its cloud, and takes one
    picture only for Llama 3.2 Vision (server/prompt.go).
    """
    if profile.name != OLLAMA.name:
        return profile
    name = model.lower()
    if name.endswith(("-cloud", ":cloud")):
        return OLLAMA_CLOUD
    return replace(profile, most_images=1) if _ONE_PICTURE.search(name) else profile


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
