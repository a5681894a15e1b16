"""The running product with a secret in every setting, and ears on every wire that leaves it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import quote, urlsplit

from tests.emulators.discord import DiscordEmulator
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, SlackEmulator
from tests.integration.leaks import Detector
from tests.product import Product, environment

DISCORD = "MTIzNDU2Nzg5.canary.Discord-r7Qp2Xw9Lk4Vn8Zt1Bd6"
MODEL = "sk-canary/model+K3=w8Rt2Yp6Uj1Ha5Sd9"
SPARE = "gsk_canarySpare4Nf8Gm2Cx7Vb1Qz5Wl"
TOML = "hf_canaryToml9Rk3Tj7Ph1Ym5Xd2Bs"
GUARD = "guard-canary-6Wn2Ec8Ls4Oa1Ix7Du"
PASSWORD = "pa:ss/canary@word-7Jq3Fz9"
QUERY = "query-canary-5Tb1Hw8Mv4Kc"
PROXY = "proxy-canary-2Gd6Rs9Xn3Yl"
SECRETS = {
    "slack bot": BOT_TOKEN,
    "slack app": APP_TOKEN,
    "discord": DISCORD,
    "model": MODEL,
    "spare": SPARE,
    "toml": TOML,
    "guard": GUARD,
    "password": PASSWORD,
    "query": QUERY,
    "proxy": PROXY,
}
DETECTOR = Detector(SECRETS)
CREDENTIALS = re.compile(rb"^authorization: *(.*?)\r$", re.IGNORECASE | re.MULTILINE)
USER = "operator"


class Ear:
    """Passes everything on to a port of this machine, and keeps what the product sent there."""

    def __init__(self, origin: str) -> None:
        self._target = urlsplit(origin).port
        self.sent = bytearray()
        self.origin = ""
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def credentials(self) -> set[str]:
        """What stood in headers called Authorization."""
        return {found.decode() for found in CREDENTIALS.findall(bytes(self.sent))}

    @property
    def rest(self) -> bytes:
        """All that was sent but those headers."""
        return CREDENTIALS.sub(b"", bytes(self.sent))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(OSError):
                behind, before = await asyncio.open_connection("127.0.0.1", self._target)
                try:
                    async with asyncio.TaskGroup() as both:
                        both.create_task(self._copy(reader, before, listen=True))
                        both.create_task(self._copy(behind, writer, listen=False))
                finally:
                    before.close()
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _copy(self, source: asyncio.StreamReader, to: asyncio.StreamWriter, *, listen: bool) -> None:
        with suppress(OSError):
            while content := await source.read(65_536):
                if listen:
                    self.sent += content
                to.write(content)
                await to.drain()
            to.close()


@dataclass
class Stage:
    """The emulators, an ear on each, and the settings of a product with a secret in each of them.

    Main model, then two spare ones (the key of the first in a variable, of the second in the file), one
    behind a user and password, one with a key in its query, one that nobody serves; a guard. ``pages``
    takes what the page answered.
    """

    slack: SlackEmulator
    discord: DiscordEmulator
    models: Mapping[str, ModelEmulator]
    ears: Mapping[str, Ear]
    env: Mapping[str, str]
    folder: Path
    pages: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return Path(self.env["TAMPU_DATA_DIR"])

    async def leaks(self, product: Product | None = None, *said: str) -> dict[str, set[str]]:
        """Where secrets stand that should not, by place."""
        workspace = self.slack.backend.workspace
        screens = [*self.slack.ephemerals, *self.slack.views.values(), *workspace.posts.values()]
        messages = [message for channel in self.discord.world.timeline.values() for message in channel]
        places: dict[str, str | bytes] = {
            "stdout": "\n".join(product.lines) if product else "",
            "stderr": "\n".join(product.errors) if product else "",
            "said": "\n".join(said),
            "slack": repr([screens, workspace.files, self.slack.journal.calls, self.slack.statuses]),
            "discord": repr([messages, self.discord.journal]),
            "pages": "\n".join(self.pages),
            **{f"wire to {name}": ear.rest for name, ear in self.ears.items()},
        }
        # There it belongs.
        places["wire to query"] = self.ears["query"].rest.replace(f"?key={QUERY} ".encode(), b"")
        found = {place: DETECTOR.found(text) for place, text in places.items()}
        found["files"] = await asyncio.to_thread(DETECTOR.found_in, self.data)
        return {place: names for place, names in found.items() if names}


@asynccontextmanager
async def staged(folder: Path, **more: str) -> AsyncIterator[Stage]:
    """Emulators and settings; the product is the test's to start."""
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(SlackEmulator(retry_delays=(0.2, 1.0, 2.0)))
        discord = await stack.enter_async_context(DiscordEmulator(token=DISCORD))
        models = {
            "model": ModelEmulator(key=MODEL),
            "spare": ModelEmulator(("spare-llama",), key=SPARE),
            "toml": ModelEmulator(("toml-llama",), key=TOML),
            "password": ModelEmulator(("password-llama",)),
            "query": ModelEmulator(("query-llama",)),
            "guard": ModelEmulator(("llama-guard3",), key=GUARD),
        }
        for model in models.values():
            await stack.enter_async_context(model)
        origins = {name: model.url.removesuffix("/v1") for name, model in models.items()}
        origins |= {"slack": slack.origin, "discord": discord.origin}
        ears = {name: await stack.enter_async_context(Ear(origin)) for name, origin in origins.items()}
        # Whatever addresses the platforms give lead through the ears, too.
        slack.backend.origin = ears["slack"].origin
        discord.origin = discord.cdn.origin = ears["discord"].origin
        discord.gateway.url = f"{ears['discord'].origin.replace('http', 'ws')}/gateway"
        env = environment(folder / "data", **_settings(ears, slack, discord), **more)
        write_file(folder, ears)
        yield Stage(slack, discord, models, ears, env, folder)


def _settings(ears: Mapping[str, Ear], slack: SlackEmulator, discord: DiscordEmulator) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_API_URL": slack.api_url,
        "DISCORD_TOKEN": DISCORD,
        "DISCORD_API_URL": discord.api_url,
        "LLAMA_BASE_URL": f"{ears['model'].origin}/v1",
        "LLAMA_API_KEY": MODEL,
        "LLAMA_MODEL": "emulated-llama",
        "SPARE_KEY": SPARE,
        "MODERATION_ON": "both",
        "MODERATION_BASE_URL": f"{ears['guard'].origin}/v1",
        "MODERATION_MODEL": "llama-guard3",
        "MODERATION_API_KEY": GUARD,
        "MODERATION_FAIL_OPEN": "true",
        "TAMPU_WEB": "127.0.0.1:0",
        # Those of this machine are asked without it.
        "HTTP_PROXY": "",
    }


def write_file(folder: Path, ears: Mapping[str, Ear]) -> None:
    """The file of settings, for its owner only."""
    password = f"http://{USER}:{quote(PASSWORD, safe='')}@{ears['password'].origin.removeprefix('http://')}"
    rows = [
        {"model": "spare-llama", "base_url": f"{ears['spare'].origin}/v1", "api_key_env": "SPARE_KEY"},
        {"model": "toml-llama", "base_url": f"{ears['toml'].origin}/v1", "api_key": TOML},
        {"model": "query-llama", "base_url": f"{ears['query'].origin}/v1?key={QUERY}"},
        {"model": "nowhere-llama", "base_url": f"http://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:9/v1"},
        {"model": "password-llama", "base_url": f"{password}/v1"},
    ]
    lines = [
        line
        for row in rows
        for line in ("[[llama.fallback]]", *(f"{name} = {json.dumps(value)}" for name, value in row.items()))
    ]
    file = folder / "tampu.toml"
    file.touch(mode=0o600)
    file.write_text("\n".join(lines) + "\n")
