"""``python -m tests.bench.stream_server``: a model server whose work is counted in its own process.

It speaks as vLLM does, one write for each token. It prints its port, and ends when its input ends.
"""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web

from tests.bench.texts import answer

MODEL: Final = "meta-llama/Llama-3.3-70B-Instruct"
START_S: Final = 20.0
END_S: Final = 10.0
ROOT: Final = Path(__file__).parents[2]
_CHARACTERS: Final = 4
_SEED: Final = 7


@dataclass(frozen=True, slots=True)
class Script:
    """An answer of ``tokens`` tokens, ``rate`` a second, or as fast as they are taken where it is 0.

    Where it is ``stamped``, the first token is the monotonic second of its write, which is the same clock
    for all processes of a machine.
    """

    tokens: int
    rate: int = 0
    stamped: bool = False

    @property
    def path(self) -> str:
        """Where a server gives this answer: what follows its origin in the base URL."""
        return f"/{self.tokens}/{self.rate}/{int(self.stamped)}/v1"

    @property
    def text(self) -> str:
        """What it says, without a stamp."""
        return "".join(self.pieces)

    @property
    def pieces(self) -> list[str]:
        """Its tokens, without a stamp."""
        length = _CHARACTERS * self.tokens
        text = answer(_SEED, length + 2 * _CHARACTERS * _CHARACTERS)[:length]
        return [text[start : start + _CHARACTERS] for start in range(0, length, _CHARACTERS)]


@cache
def _written(script: Script) -> tuple[bytes, ...]:
    return tuple(_chunk({"content": piece}) for piece in script.pieces)


@cache
def _ending(tokens: int) -> bytes:
    counted = {"prompt_tokens": 60, "completion_tokens": tokens, "total_tokens": 60 + tokens}
    return _chunk({}, "stop") + _event({**_HEAD, "choices": [], "usage": counted}) + b"data: [DONE]\n\n"


_HEAD: Final = {
    "id": "chatcmpl-5f0c8ad2b1e94c7f9d0e6a1b2c3d4e5f",
    "object": "chat.completion.chunk",
    "created": 1795443300,
    "model": MODEL,
}


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _event({**_HEAD, "choices": [choice]})


def _event(body: dict[str, object]) -> bytes:
    return b"data: " + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


async def _stream(request: web.Request) -> web.StreamResponse:
    await request.read()
    tokens, rate, stamped = (int(request.match_info[name]) for name in ("tokens", "rate", "stamped"))
    script = Script(tokens, rate, bool(stamped))
    written = _written(script)
    response = web.StreamResponse()
    response.content_type = "text/event-stream"
    await response.prepare(request)
    await response.write(_chunk({"role": "assistant", "content": ""}))
    begun = time.monotonic()
    for number, piece in enumerate(written, 1):
        if rate:
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
        first = stamped and number == 1
        await response.write(_chunk({"content": f"{time.monotonic():.6f} "}) if first else piece)
    await response.write(_ending(tokens))
    await response.write_eof()
    return response


async def _models(_request: web.Request) -> web.Response:
    listed = {"id": MODEL, "object": "model", "created": 1, "owned_by": "vllm", "max_model_len": 131072}
    return web.json_response({"object": "list", "data": [listed]})


async def _serve() -> None:
    app = web.Application()
    base = "/{tokens:[0-9]+}/{rate:[0-9]+}/{stamped:[01]}/v1"
    app.router.add_post(f"{base}/chat/completions", _stream)
    app.router.add_get(f"{base}/models", _models)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    """The origin of a server in a child process. Raises ``TimeoutError`` when it does not start."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bench.stream_server"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = await asyncio.wait_for(process.stdout.readline(), START_S)
        yield f"http://127.0.0.1:{int(port)}"
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), END_S)
        except TimeoutError:
            process.kill()
            await process.wait()


if __name__ == "__main__":
    asyncio.run(_serve())
