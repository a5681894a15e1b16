"""How many tokens a request has: counted where somebody can, guessed and corrected elsewhere."""

import asyncio
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from core.llama.calibration import Calibration
from core.llama.server_counter import ServerCounter
from core.llama.shapes import Object, as_list, as_object, as_text, parse
from core.llama.tiles import PictureRule
from core.llama.tokenizers import TextCounter
from core.tokens import SAFETY, estimate
from core.transcript import ImagePart, ModelRequest, Role, Usage

# The body of a chat completion as it will be sent.
Encode = Callable[[ModelRequest], bytes]

# What the templates of Llama 3 and 4 put around: a message's header and end; the beginning, today's date and
# the opened answer; the words that explain tools and how to call them.
MESSAGE_TOKENS: Final = 5
FRAME_TOKENS: Final = 35
TOOLS_TOKENS: Final = 150
CALL_TOKENS: Final = 8


class TokenCounting:
    """Counts for one model on one server, and learns from what the server says of each request.

    ``encode`` makes the body that is sent, ``picture_rule`` counts pictures, of which at most
    ``most_pictures`` are sent. ``server`` and ``tokenizer`` count exactly, where there are such. Also
    a ``core.window.Counter``.
    """

    def __init__(
        self,
        encode: Encode,
        picture_rule: PictureRule,
        *,
        most_pictures: int = 8,
        server: ServerCounter | None = None,
        tokenizer: TextCounter | None = None,
    ) -> None:
        self._encode = encode
        self._picture_rule = picture_rule
        self._most_pictures = most_pictures
        self._server = server
        self._tokenizer = tokenizer
        self._calibration = Calibration()

    @property
    def calibration(self) -> Calibration:
        """What has been learned."""
        return self._calibration

    def text(self, text: str) -> int:
        """Count a text, rather too many tokens than too few. With a tokenizer, 100 KB take some 10 ms."""
        if self._tokenizer is not None:
            return self._tokenizer(text)
        return self._cautious(estimate(text))

    def picture(self, width: int, height: int) -> int:
        """Count a picture of so many pixels."""
        return self._picture_rule(width, height)

    async def of_request(self, request: ModelRequest, enough: int = 0) -> int:
        """Count what a request takes of the window, rather too many tokens than too few.

        The server is not asked where the guess is at most ``enough``. Pictures are never sent to be
        counted: they go by the rule.
        """
        body, guess = await asyncio.to_thread(self._measured, request)
        pictures = self._pictures(request)
        tokens = self._cautious(guess) + pictures
        if self._server is None or tokens <= enough:
            return tokens
        counted = await self._server.count(body)
        if counted is None:
            return tokens
        self._calibration = self._calibration.observed(guess, counted)
        return counted + pictures

    async def learn(self, request: ModelRequest, usage: Usage | None) -> None:
        """Learn from what the server counted; from a request with pictures nothing can be learned."""
        if usage is None or usage.prompt_tokens <= 0 or request.images:
            return
        _, guess = await asyncio.to_thread(self._measured, request)
        self._calibration = self._calibration.observed(guess, usage.prompt_tokens)

    def _cautious(self, guess: int) -> int:
        corrected = self._calibration.corrected(guess)
        return corrected if self._tokenizer is not None else math.ceil(corrected * SAFETY)

    def _measured(self, request: ModelRequest) -> tuple[Object, int]:
        body = as_object(parse(self._encode(replace(request, images=()))))
        return body, weigh(body, self._tokenizer or estimate)

    def _pictures(self, request: ModelRequest) -> int:
        sent = {sha256 for sha256, _ in request.images}
        sizes = [
            self._picture_rule(part.width, part.height)
            for message in request.messages
            if message.role is Role.USER
            for part in message.parts
            if isinstance(part, ImagePart) and part.sha256 in sent
        ]
        return sum(sizes[-self._most_pictures :]) if self._most_pictures > 0 else 0


def weigh(body: Object, count: TextCounter) -> int:
    """Count the prompt that Llama's templates make of a body without pictures."""
    messages = [as_object(message) for message in as_list(body.get("messages"))]
    tools = as_list(body.get("tools"))
    tokens = FRAME_TOKENS + sum(MESSAGE_TOKENS + sum(map(count, _texts(message))) for message in messages)
    if tools:
        # The templates write tools with four spaces of indentation.
        tokens += TOOLS_TOKENS + sum(count(json.dumps(tool, indent=4, ensure_ascii=False)) for tool in tools)
    calls = sum(len(as_list(message.get("tool_calls"))) for message in messages)
    return tokens + CALL_TOKENS * calls


def _texts(message: Object) -> Iterator[str]:
    yield from _content(message.get("content"))
    for call in as_list(message.get("tool_calls")):
        function = as_object(as_object(call).get("function"))
        yield as_text(function.get("name"))
        yield as_text(function.get("arguments"))


def _content(content: object) -> Iterator[str]:
    """Text as a string, as one part or as a list of parts."""
    if text := as_text(content) or as_text(as_object(content).get("text")):
        yield text
    for part in as_list(content):
        yield from _content(part)
