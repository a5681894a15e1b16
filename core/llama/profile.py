"""How one kind of model server differs from the others."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
GIF: Final = "image/gif"
WEBP: Final = "image/webp"


class CapField(StrEnum):
    """The field that caps an answer's tokens; a request has exactly one of them."""

    MAX_TOKENS = "max_tokens"
    MAX_COMPLETION_TOKENS = "max_completion_tokens"


class TokenCounter(StrEnum):
    """Where a server counts the tokens of a request exactly.

    ``TOKENIZE`` is ``POST /tokenize`` at the server's root; ``INPUT_TOKENS`` takes a chat request at
    ``/chat/completions/input_tokens``; ``RESPONSES`` one in the form of OpenAI's responses at
    ``/responses/input_tokens``.
    """

    NOWHERE = ""
    TOKENIZE = "tokenize"
    INPUT_TOKENS = "input_tokens"
    RESPONSES = "responses"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a server takes, and what it says.

    ``native`` is Meta's own Llama dialect instead of OpenAI's. ``tool_choice``, ``schemas`` and
    ``stream_usage`` say whether the request may carry that field; with ``strict_schemas`` every property
    of a schema has to be required and no other allowed. ``parallel_tools`` is sent as it is, unless
    ``None``, and ``effort`` (how hard to think) unless empty.

    ``image_formats`` are media types; pictures of others are converted before they are sent;
    ``most_images`` are kept in one request, the newest, and at most ``image_bytes`` as they are sent.
    ``alternates`` wants neighbours of one role merged. ``truncates`` marks a server that drops the oldest
    messages without a word, and ``window`` is the context in tokens that it has when nobody set one.
    ``thinking`` is how many tokens any model there may use up before its visible answer begins.

    ``calls_at_once`` is how many requests are worth having there together; ``first_event_s`` how many
    seconds the first event may take, which includes loading the model where that is done on demand.
    """

    name: str
    title: str
    native: bool = False
    cap_field: CapField = CapField.MAX_TOKENS
    tool_choice: bool = True
    parallel_tools: bool | None = None
    stream_usage: bool = True
    schemas: bool = True
    strict_schemas: bool = False
    effort: str = ""
    image_formats: frozenset[str] = frozenset({PNG, JPEG, GIF, WEBP})
    most_images: int = 8
    image_bytes: int = 15_000_000
    alternates: bool = False
    truncates: bool = False
    window: int | None = None
    thinking: int = 0
    token_counter: TokenCounter = TokenCounter.NOWHERE
    calls_at_once: int = 16
    first_event_s: float = 120.0
