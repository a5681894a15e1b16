"""What is known of a model by its name, whatever host's way of writing it.

Windows are cautious: hosts often serve less than the weights can, and some servers drop the oldest
messages without a word when more is sent.
"""

import re
from dataclasses import dataclass, replace
from typing import Final

import httpx

DEFAULT_WINDOW: Final = 8192
_RETIRED_HOSTS: Final = frozenset({"api.llama.com", "llama-api.meta.com"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a model can do; ``None`` where nobody has said.

    ``window`` and ``max_output`` are tokens. ``thinking`` is how many tokens it may use up before its
    visible answer begins; they are added to what a request allows.
    """

    window: int | None = None
    max_output: int | None = None
    tools: bool | None = None
    vision: bool | None = None
    thinking: int = 0
    note: str = ""

    def over(self, other: "Facts") -> "Facts":
        """These facts, and the other's where these are silent."""
        return Facts(
            window=other.window if self.window is None else self.window,
            max_output=other.max_output if self.max_output is None else self.max_output,
            tools=other.tools if self.tools is None else self.tools,
            vision=other.vision if self.vision is None else self.vision,
            thinking=self.thinking or other.thinking,
            note=self.note or other.note,
        )


_LARGE: Final = Facts(window=131_072, max_output=4096, tools=True)
_SMALL: Final = Facts(window=DEFAULT_WINDOW, max_output=2048, tools=True)
_UNKNOWN: Final = Facts(window=DEFAULT_WINDOW, max_output=2048, tools=True)

# The first row that matches decides, so a name that says "vision" wins over its family's row.
# Muse: a one-word answer was seen to spend 199 of 210 tokens on thinking, hence 16k on top; its real
# window is a million tokens, which nobody wants to pay for in a chat.
_TABLE: Final[tuple[tuple[re.Pattern[str], Facts], ...]] = tuple(
    (re.compile(pattern), facts)
    for pattern, facts in (
        (r"muse-glimmer", replace(_LARGE, vision=True)),
        (r"muse-", replace(_LARGE, vision=True, max_output=16_384, thinking=16_384)),
        (r"llama-?(v?3[.p-]?2).*vision", replace(_LARGE, vision=True)),
        (r"vision|llava|pixtral|smolvlm|moondream|minicpm-v|internvl", replace(_SMALL, vision=True)),
        (r"qwen.*(-vl|vl\b)|-vl-|-vl$", replace(_SMALL, vision=True)),
        (r"llama-?4", replace(_LARGE, vision=True)),
        (r"llama-?v?3[.p-]?[123](?!\d)", replace(_LARGE, vision=False)),
        (r"llama-?v?3(?!\d)", replace(_SMALL, vision=False)),
        (r"smollm2?", Facts(window=2048, max_output=512, tools=False, vision=False)),
        (r"gemma-?3n|gemma-?3.*\b(270m|1b)\b", replace(_SMALL, vision=False)),
        (r"gemma-?3", replace(_SMALL, vision=True)),
    )
)


def facts_of(model: str) -> Facts:
    """What is known of a model such as ``llama3.1:8b`` or ``meta-llama/llama-4-scout``."""
    return recognised(model) or _UNKNOWN


def recognised(model: str) -> Facts | None:
    """What a model's name says of it; ``None`` when it says nothing."""
    name = model.lower().rsplit("/", 1)[-1].replace("_", "-")
    return next((facts for pattern, facts in _TABLE if pattern.search(name)), None)


def retired(base_url: str) -> bool:
    """Whether the address is the Llama API that Meta closed on 2026-07-06."""
    try:
        host = httpx.URL(base_url if "//" in base_url else f"https://{base_url}").host
    except httpx.InvalidURL:
        return False
    return host.rstrip(".") in _RETIRED_HOSTS
