"""The body of a 2xx answer, as it comes in, to the core's events."""

from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import Final

import httpx

from core.errors import ModelBroke, ModelTimedOut, ModelUnreachable
from core.llama.connection import body_of, everything
from core.llama.dialect import Reading
from core.llama.faults import HTTPX_ERRORS, transport_error
from core.llama.patience import Patience
from core.llama.shapes import as_object, parse
from core.llama.sse import SseDecoder, SseEvent
from core.llama.waiting import Waiting
from core.transcript import ModelEvent

# Usage may come behind the finish reason. After [DONE] only the end of the body is missing, and reading it
# lets the connection be used again.
AFTER_FINISH_S: Final = 2.0
AFTER_DONE_S: Final = 0.1


async def read_answer(
    response: httpx.Response, answer: Reading, patience: Patience
) -> AsyncGenerator[ModelEvent]:
    """The answer's events but the last; ``answer.finished()`` has that. Raises ``ModelError``."""
    media = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "text/html":
        raise ModelUnreachable("LLAMA_BASE_URL answers with a web page: is its path right?")
    if media == "application/json" or media.endswith("+json"):
        patience.wait_for_end()
        for said in _read_whole(await everything(response, patience), answer):
            yield said
        return
    decoder = SseDecoder()
    waiting = Waiting(patience)
    async with body_of(response) as chunks:
        try:
            while (chunk := await _next(chunks, answer, patience, waiting)) is not None:
                for event in _before_the_end(decoder.feed(chunk), answer):
                    for said in answer.read(event):
                        yield said
                    patience.heard()
                if answer.ended or answer.done:
                    patience.linger(AFTER_DONE_S if answer.done else AFTER_FINISH_S)
        finally:
            waiting.close()
    for event in _before_the_end(filter(_is_whole, decoder.close()), answer):
        for said in answer.read(event):
            yield said


def _before_the_end(events: Iterable[SseEvent], answer: Reading) -> Iterator[SseEvent]:
    """The events until the answer is whole and the server has said that it is: later ones are not of it.

    Whether an error behind the end is still read would be a matter of milliseconds.
    """
    for event in events:
        if not (answer.done and answer.ended):
            yield event


async def _next(
    chunks: AsyncGenerator[bytes], answer: Reading, patience: Patience, waiting: Waiting
) -> bytes | None:
    """More bytes, or ``None`` at the end; what fails after the finish reason is an end like any other."""
    over = answer.ended or answer.done
    try:
        async with waiting.begin():
            return await anext(chunks, None)
    except TimeoutError:
        if over:
            return None
        raise ModelTimedOut("no event within the deadline", patience.waiting_for) from None
    except HTTPX_ERRORS as error:
        if over:
            return None
        raise transport_error(error, begun=True) from error
    finally:
        waiting.end()


def _read_whole(body: bytes, answer: Reading) -> list[ModelEvent]:
    try:
        return answer.read_whole(as_object(parse(body)))
    except ValueError:
        raise ModelBroke("the server's answer is not JSON") from None


def _is_whole(event: SseEvent) -> bool:
    """Whether an event that lacks its end at least is JSON; what is not was cut off."""
    try:
        parse(event.data)
    except ValueError:
        return event.data.strip() == "[DONE]"
    return True
