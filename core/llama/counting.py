"""How many tokens a request has: counted where somebody can, guessed and corrected elsewhere."""

import asyncio
import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from core.llama.calibration import Calibration
from core.llama.server_counter import ServerCounter
from core.llama.shapes import Object, as_list, as_object, as_text, parse
from core.llama.tiles import PictureRule, picture_rule
from core.llama.tokenizers import TextCounter
from core.tokens import SAFETY, Vocabulary, estimate
from core.transcript import ImagePart, ModelRequest, Role, Usage

# The body of a chat completion as it will be sent.
Encode = Callable[[ModelRequest], bytes]

# What the templates of Llama 3 and 4 put around: a message's header and end; the beginning, today's date and
# the opened answer; the words that explain tools and how to call them.
MESSAGE_TOKENS: Final = 5
FRAME_TOKENS: Final = 35
TOOLS_TOKENS: Final = 150
CALL_TOKENS: Final = 8


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How a model's tokens are counted here; ``exact`` if texts go by its own tokenizer."""

    text: TextCounter
    picture: PictureRule
    exact: bool = False


def yardstick(model: str, *, hosted: bool, tokenizer: TextCounter | None = None) -> Yardstick:
    """Find how to count for a model, by its name; ``hosted`` where tokens are paid for."""
    pictures = picture_rule(model, hosted=hosted)
    if tokenizer is not None:
        return Yardstick(tokenizer, pictures, exact=True)
    wide = re.search(r"llama-?4", model.lower().replace("_", "-"))
    vocabulary = Vocabulary.LLAMA_4 if wide else Vocabulary.LLAMA_3
    return Yardstick(partial(estimate, vocabulary=vocabulary), pictures)


@dataclass(frozen=True, slots=True)
class Count:
    """Tokens, and whether the server counted them; else they are a guess."""

    tokens: int
    by_server: bool = False


class TokenCounting:
    """Counts for one model on one server, and learns from what the server says of each request.

    ``encode`` makes the body that is sent, with at most ``most_pictures``. ``server`` counts exactly, where
    there is one that does. Also a ``core.window.Counter``.
    """

    def __init__(
        self,
        encode: Encode,
        measure: Yardstick,
        *,
        server: ServerCounter | None = None,
        most_pictures: int = 8,
    ) -> None:
        self._encode = encode
        self._measure = measure
        self._server = server
        self._most_pictures = most_pictures
        self._calibration = Calibration()

    @property
    def calibration(self) -> Calibration:
        """What has been learned."""
        return self._calibration

    def text(self, text: str) -> int:
        """Count a text, rather too many tokens than too few. With a tokenizer, 100 KB take some 10 ms."""
        counted = self._measure.text(text)
        return counted if self._measure.exact else self._cautious(counted)

    def picture(self, width: int, height: int) -> int:
        """Count a picture of so many pixels."""
        return self._measure.picture(width, height)

    @property
    def has_server(self) -> bool:
        """Whether there is a server that may count."""
        return self._server is not None and self._server.may_count

    async def of_request(self, request: ModelRequest, enough: int = 0) -> Count:
        """Count what a request takes of the window, rather too many tokens than too few.

        The server is not asked where the guess is at most ``enough``. Pictures are never sent to be
        counted: they go by the rule.
        """
        body, guess = await asyncio.to_thread(self._measured, request)
        pictures = self._pictures(request)
        tokens = self._cautious(guess) + pictures
        if self._server is None or tokens <= enough:
            return Count(tokens)
        counted = await self._server.count(body)
        if counted is None:
            return Count(tokens)
        self._calibration = self._calibration.observed(guess, counted)
        return Count(counted + pictures, by_server=True)

    async def guess(self, request: ModelRequest) -> int:
        """Guess what a request takes without its pictures, neither corrected nor rounded up."""
        _, guess = await asyncio.to_thread(self._measured, request)
        return guess

    def observe(self, guess: int, counted: int) -> None:
        """Learn from a request without pictures that was guessed, and then counted by the server."""
        self._calibration = self._calibration.observed(guess, counted)

    async def learn(self, request: ModelRequest, usage: Usage | None) -> None:
        """Learn from what the server counted; from a request with pictures nothing can be learned."""
        if usage is None or usage.prompt_tokens <= 0 or request.images:
            return
        self.observe(await self.guess(request), usage.prompt_tokens)

    def _cautious(self, guess: int) -> int:
        corrected = self._calibration.corrected(guess)
        return corrected if self._measure.exact else math.ceil(corrected * SAFETY)

    def _measured(self, request: ModelRequest) -> tuple[Object, int]:
        body = as_object(parse(self._encode(replace(request, images=()))))
        return body, weigh(body, self._measure.text)

    def _pictures(self, request: ModelRequest) -> int:
        sent = {sha256 for sha256, _ in request.images}
        sizes = [
            self._measure.picture(part.width, part.height)
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
