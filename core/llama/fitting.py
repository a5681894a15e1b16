"""A request that comes close to the window, held against what the server counts."""

from dataclasses import replace
from typing import Final

from core.errors import ContextOverflow
from core.llama.counting import TokenCounting
from core.transcript import ModelRequest

# Guesses are that much too low at times; what is further away from the limit surely fits.
_NEAR: Final = 0.85
# A shorter answer than this is of no use to anybody.
LEAST_ANSWER: Final = 256
# Above what any template puts around a message, and around a tool.
_AROUND: Final = 64


async def fitted(request: ModelRequest, window: int, counting: TokenCounting) -> ModelRequest:
    """Leave as much room for the answer as there is by the server's own count, where it counts.

    The server is asked only where the guess comes near to the limit. ``window`` is in tokens. Raises
    ``ContextOverflow`` when there is no room for an answer; but what pictures take stays a guess, and the
    server itself has to say that they do not fit.
    """
    wanted = request.max_tokens
    enough = int((window - wanted) * _NEAR)
    if not counting.has_server or (not request.images and _most(request) <= enough):
        return request
    count = await counting.of_request(request, enough)
    left = window - count.tokens
    if not count.by_server or wanted <= left:
        return request
    if left < min(LEAST_ANSWER, wanted):
        if request.images:
            return request
        raise ContextOverflow(f"the server counts {count.tokens} tokens for a window of {window}")
    return replace(request, max_tokens=left)


def _most(request: ModelRequest) -> int:
    """How many tokens it has at the most, without its pictures: one has a byte at the least.

    The templates write tools with indentation.
    """
    written = repr(request.messages).encode("utf-8", "replace")
    tools = repr(request.tools).encode("utf-8", "replace")
    around = _AROUND * (len(request.messages) + len(request.tools))
    return len(written) + 2 * len(tools) + around
