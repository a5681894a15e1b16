"""Every server of the profiles as it speaks and what it takes, by its documentation and source."""

import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from core.llama.client import Deadlines, Endpoint, Knowledge, LlamaClient
from core.llama.profiles import named
from tests.contract.servers_demands import (
    BMP,
    COMMON,
    GIF,
    JPEG,
    NATIVE,
    PNG,
    WEBP,
    Demands,
    Schemas,
    refusal,
    unread,
)
from tests.contract.servers_speech import (
    Called,
    Calls,
    Counted,
    Failure,
    NativeVoice,
    OpenAiVoice,
    Steps,
    Voice,
    as_text,
    number,
)
from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import Ask, Reply, failed

_LISTINGS = Path(__file__).parent.parent / "unit" / "listings"
_ALL = frozenset({PNG, JPEG, GIF, WEBP})
_OLLAMA_READS = COMMON - {"tool_choice", "parallel_tool_calls", "max_completion_tokens"}
_ONE_CAP = COMMON - {"max_completion_tokens"}
_TOO_LONG = "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens."


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of server: ``no_tools`` and ``too_long`` are its refusals as (status, words)."""

    voice: Voice
    demands: Demands = Demands()  # noqa: RUF009 - a frozen value
    no_tools: tuple[int, str] = (400, "this model does not support tools")
    too_long: tuple[int, str] | None = (400, _TOO_LONG)
    busy: tuple[int, str] = (429, "Rate limit reached for requests")


KINDS: Mapping[str, Kind] = {
    "openai": Kind(OpenAiVoice()),
    "ollama": Kind(
        OpenAiVoice(("reasoning",), Calls.WHOLE, failure=Failure.EMPTY, roles=True),
        Demands(_OLLAMA_READS, formats=frozenset({PNG, JPEG, WEBP})),
        (400, "registry.ollama.ai/library/gemma3:4b does not support tools"),
        None,
        (503, "server busy, please try again.  maximum pending requests exceeded"),
    ),
    "ollama-cloud": Kind(
        OpenAiVoice(("reasoning",), Calls.WHOLE, failure=Failure.EMPTY, roles=True),
        Demands(_OLLAMA_READS, schemas=Schemas.IGNORED, formats=frozenset({PNG, JPEG, WEBP})),
        (400, "registry.ollama.ai/library/gemma3:4b does not support tools"),
    ),
    "vllm": Kind(
        OpenAiVoice(("reasoning",), Calls.NAMED, done_after_error=True, code=number),
        Demands(alternates=True, formats=_ALL, most_pictures=8),
        (
            400,
            '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        ),
    ),
    "llama-cpp": Kind(
        OpenAiVoice(("reasoning_content",), code=number),
        Demands(alternates=True, formats=frozenset({PNG, JPEG, GIF, BMP})),
        (500, "tools param requires --jinja flag"),
        (400, "the request exceeds the available context size, try increasing it"),
        (503, "Loading model"),
    ),
    "openrouter": Kind(
        OpenAiVoice(
            ("reasoning",),
            counted=Counted.ALWAYS,
            failure=Failure.CHOICE,
            code=number,
            comment=b": OPENROUTER PROCESSING\n\n",
        ),
        Demands(_ONE_CAP, formats=_ALL),
        (404, "No endpoints found that support tool use. To learn more about provider routing, see the docs"),
    ),
    "deepinfra": Kind(
        OpenAiVoice(counted=Counted.BESIDE),
        Demands(schemas=Schemas.REFUSED),
        too_long=(400, "Requested input length 9000 exceeds maximum input length 8191"),
    ),
    "together": Kind(
        OpenAiVoice(("reasoning", "reasoning_content"), counted=Counted.BESIDE, roles=True, stop="eos"),
        Demands(_ONE_CAP),
        too_long=(
            422,
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 and 512",
        ),
    ),
    "groq": Kind(
        OpenAiVoice(("reasoning",), Calls.WHOLE, failure=Failure.X_GROQ),
        Demands(schemas=Schemas.REFUSED, most_pictures=5, picture_bytes=4_000_000),
        (400, "`tool calling` is not supported with this model"),
        (400, "Please reduce the length of the messages or completion."),
    ),
    "litellm": Kind(
        OpenAiVoice(("reasoning_content",), done_after_error=True, code=as_text),
        Demands(),
        (
            400,
            "litellm.UnsupportedParamsError: ollama does not support parameters: ['tool_choice', 'tools']",
        ),
        (400, "litellm.ContextWindowExceededError: " + _TOO_LONG),
    ),
    "meta": Kind(
        OpenAiVoice(),
        Demands(
            (COMMON - {"max_tokens", "parallel_tool_calls"}) | {"reasoning_effort"},
            closed=True,
            choices=frozenset({"auto"}),
            schemas=Schemas.STRICT,
            most_pictures=50,
        ),
    ),
    "llama-api": Kind(
        NativeVoice(),
        Demands(NATIVE, closed=True, native=True, formats=frozenset({PNG, JPEG, GIF}), most_pictures=9),
    ),
}

Maker = Callable[[Ask], Reply]
PATIENT = Deadlines(connect=2.0, first=5.0, idle=5.0, total=10.0)


@dataclass(slots=True)
class Served:
    """A client before one server. ``refused`` and ``ignored``: what the server did not take of requests."""

    kind: Kind
    emulator: ModelEmulator
    client: LlamaClient
    demands: Demands
    refused: list[str] = field(default_factory=list)
    ignored: set[str] = field(default_factory=set)
    script: deque[Maker] = field(default_factory=deque)

    @property
    def bodies(self) -> list[Mapping[str, Any]]:
        """The requests so far."""
        return [call.ask.body for call in self.emulator.journal]

    def answer(self, ask: Ask) -> Reply:
        self.ignored |= unread(ask.body, self.demands)
        if reason := refusal(ask.body, self.demands):
            self.refused.append(reason)
            status = self.kind.no_tools[0] if reason == self.demands.no_tools else 400
            return self.failing(status, reason)(ask)
        return (self.script.popleft() if self.script else self.saying("Hello!"))(ask)

    def then(self, *makers: Maker) -> None:
        """Queue answers for the next requests that the server takes."""
        self.script.extend(makers)

    def saying(self, text: str, *, thought: str = "", reason: str = "stop") -> Maker:
        voice = self.kind.voice

        def make(ask: Ask) -> Reply:
            closing = voice.closing(reason, asked=_wants_usage(ask))
            return Reply((*voice.opening(), *voice.thoughts(thought), *voice.texts(text), *closing))

        return make

    def calling(self, *calls: Called, reason: str = "tool_calls") -> Maker:
        """Calls; llama.cpp's server makes more than one only when it may."""
        voice = self.kind.voice

        def make(ask: Ask) -> Reply:
            alone = self.kind is KINDS["llama-cpp"] and ask.body.get("parallel_tool_calls") is not True
            made = voice.calls(calls[:1] if alone else calls)
            return Reply((*voice.opening(), *made, *voice.closing(reason, asked=_wants_usage(ask))))

        return make

    def failing(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> Maker:
        return lambda ask: failed(status, self.kind.voice.complaint(status, message), headers)

    def going_wrong(self, text: str, *then: Steps) -> Maker:
        """The text, and then these steps and nothing more."""
        voice = self.kind.voice
        rest = tuple(step for steps in then for step in steps)
        return lambda ask: Reply((*voice.opening(), *voice.texts(text), *rest))


def _wants_usage(ask: Ask) -> bool:
    return bool(ask.body.get("stream_options", {}).get("include_usage"))


@asynccontextmanager
async def serving(name: str, *, deadlines: Deadlines = PATIENT, tools: bool = True) -> AsyncIterator[Served]:
    """The server of a profile on a real socket, and a client that was told the profile's name."""
    kind = KINDS[name]
    listing = json.loads((_LISTINGS / f"{name}.json").read_text())
    async with (
        ModelEmulator() as emulator,
        # A context for TLS costs more time than a whole test.
        httpx.AsyncClient(verify=False, trust_env=False) as http,
        aclosing(_client(emulator, http, name, listing, deadlines)) as client,
    ):
        emulator.fail_models(200, listing)
        demands = kind.demands if tools else replace(kind.demands, no_tools=kind.no_tools[1])
        served = Served(kind, emulator, client, demands)
        emulator.answer_with(served.answer)
        yield served


def _client(
    emulator: ModelEmulator, http: httpx.AsyncClient, name: str, listing: Any, deadlines: Deadlines
) -> LlamaClient:
    entries: Sequence[Mapping[str, str]] = listing["data"] if isinstance(listing, dict) else listing
    endpoint = Endpoint(emulator.url, "", entries[0]["id"])
    return LlamaClient(endpoint, deadlines=deadlines, knowledge=Knowledge(profile=named(name)), http=http)
