"""What the suite over the servers asks, and how it reads what comes."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

import pytest
from PIL import Image as Pillow

from core.errors import ModelError
from core.llama.endpoint import Endpoint
from core.llama.line import LineRules
from core.llama.retrying import RetryRules
from core.llama.steady import Servers, steady
from core.ports import Model
from core.transcript import (
    Finished,
    Image,
    ImagePart,
    Message,
    ModelEvent,
    ModelRequest,
    Part,
    Role,
    TextDelta,
    TextPart,
    ToolSpec,
    Usage,
)
from tests.contract.servers import Served
from tests.contract.servers_demands import enforced
from tests.contract.servers_speech import COMPLETION, PROMPT
from tests.emulators.model_script import Ask, Reply
from tests.fakes.clock import ManualClock

HARD_TEXT = 'Ärger\u2028mit\u2029Zeilen\u0085 und 🦙🏽 \\n "quoted" data: [DONE]\n\nEnde'
USAGE = Usage(PROMPT, COMPLETION)
WEATHER = ToolSpec(
    "get_weather",
    "The weather of a city.",
    '{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}',
)
CLOCK_TOOL = ToolSpec("get_time", "The time.", "")
SCHEMA = '{"type":"object","properties":{"animal":{"type":"string"},"legs":{"type":"integer"}}}'
ANSWER = {"animal": "llama", "legs": 4}


def said(*parts: Part | str, role: Role = Role.USER) -> Message:
    return Message(role, tuple(TextPart(part) if isinstance(part, str) else part for part in parts))


SYSTEM = said("Be brief.", role=Role.SYSTEM)
# The answer's half of a pair is left at the start; two people speak; an answer failed.
ASKEW = (
    said("I am what is left.", role=Role.ASSISTANT),
    said("one"),
    said("two"),
    said("yes", role=Role.ASSISTANT),
    said("", role=Role.ASSISTANT),
    said("well?", role=Role.ASSISTANT),
    said("Notes.", role=Role.SYSTEM),
    said(""),
)


def asking(*messages: Message, tools: tuple[ToolSpec, ...] = (), schema: str = "") -> ModelRequest:
    return ModelRequest((SYSTEM, *(messages or (said("hi"),))), tools=tools, schema=schema)


async def read(model: Model, request: ModelRequest | None = None) -> list[ModelEvent]:
    async with asyncio.timeout(10), aclosing(model.stream(request or asking())) as events:
        return [event async for event in events]


async def failure(model: Model, request: ModelRequest | None = None) -> tuple[str, ModelError]:
    """The text that came, and the error behind it."""
    text = ""
    async with asyncio.timeout(10), aclosing(model.stream(request or asking())) as events:
        try:
            async for one in events:
                text += one.text if isinstance(one, TextDelta) else ""
        except ModelError as error:
            return text, error
    pytest.fail(f"the answer {text!r} ended well")


def text_of(events: Sequence[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


def end_of(events: Sequence[ModelEvent]) -> Finished:
    assert [isinstance(event, Finished) for event in events].count(True) == 1
    assert isinstance(events[-1], Finished)
    return events[-1]


@asynccontextmanager
async def held_out(served: Served) -> AsyncIterator[tuple[Model, list[float]]]:
    """The client within retries and a line whose pauses pass at once; and when requests arrived."""
    clock = ManualClock()
    server = Servers(clock).of(Endpoint(served.emulator.url), LineRules())
    arrived: list[float] = []

    def answer(ask: Ask) -> Reply:
        arrived.append(clock.ticks)
        return served.answer(ask)

    async def hurry() -> None:
        while True:
            await asyncio.sleep(0.002)
            if server.line.waiting:
                clock.advance(0.25)
                server.line.pump()

    served.emulator.answer_with(answer)
    async with asyncio.TaskGroup() as group:
        hurrying = group.create_task(hurry())
        yield steady(served.client, server, lambda request: 20, RetryRules(), clock), arrived
        hurrying.cancel()
    assert (server.line.asking, server.line.waiting) == (0, 0)


def drawn(red: int, picture_format: str, size: tuple[int, int] = (8, 8)) -> Image:
    written = io.BytesIO()
    Pillow.new("RGB", size, (red, 90, 40)).save(written, picture_format, lossless=True)
    return Image(Pillow.MIME[picture_format], written.getvalue())


def showing(pictures_: Sequence[Image]) -> ModelRequest:
    """A message for each picture but the last three, which share one."""
    parts = [ImagePart(f"{at:064}", one.mime, 8, 8, f"{at}.png") for at, one in enumerate(pictures_)]
    messages = [said("And this?", part) for part in parts[:-3]]
    images = tuple((part.sha256, one) for part, one in zip(parts, pictures_, strict=True))
    return ModelRequest((SYSTEM, *messages, said("Compare:", *parts[-3:], "in order")), images=images)


def in_json(served: Served) -> None:
    """The server follows the schema where it enforces it, or where the model is told of it."""

    def answer(ask: Ask) -> Reply:
        told = SCHEMA in ask.messages[0].text
        follows = enforced(ask.body, served.demands) != told
        return served.saying(json.dumps(ANSWER) if follows else "It is a llama.")(ask)

    served.then(answer)


def texts_in(value: object) -> list[str]:
    """Every text in a request as a template would see it: a call's arguments are parsed."""
    match value:
        case str():
            try:
                parsed = json.loads(value) if value.startswith("{") else None
            except ValueError:
                parsed = None
            return texts_in(parsed) if parsed is not None else [value]
        case list():
            return [text for item in value for text in texts_in(item)]
        case dict():
            return [text for item in value.items() for part in item for text in texts_in(part)]
        case _:
            return []
