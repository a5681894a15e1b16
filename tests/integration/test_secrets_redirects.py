"""Secrets go to the server that they are for, and nowhere that it points to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Self

import pytest
from aiohttp import web

from tests.emulators.model_script import failed, whole
from tests.emulators.slack import BOT_USER
from tests.integration.secrets_stage import DETECTOR, SECRETS, Stage, staged
from tests.product import Product, environment, running, start
from tests.product_stage import until

WAIT_S = 30.0
A_MOMENT_S = 1.0


class Thief:
    """A server of somebody else's: keeps whatever comes, and shows a page or a redirect of its own."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.origin = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.origin = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        headers = b"\n".join(name + b": " + value for name, value in request.raw_headers)
        self.heard.append(b"\n".join((request.raw_path.encode(), headers, await request.read())))
        return web.json_response({"ok": False, "error": "thanks", "url": f"ws{self.origin[4:]}/gateway"})

    @property
    def stolen(self) -> set[str]:
        return DETECTOR.found(b"\n".join(self.heard))


class Signpost(Thief):
    """Sends everything on to another server, body, method and all."""

    def __init__(self, to: str, status: int) -> None:
        super().__init__()
        self._to, self._status = to, status

    async def _take(self, request: web.Request) -> web.Response:
        await super()._take(request)
        return web.Response(status=self._status, headers={"Location": f"{self._to}{request.path_qs}"})


@pytest.fixture
async def thief() -> AsyncIterator[Thief]:
    async with Thief() as server:
        yield server


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        made.models["guard"].answer_with(lambda _ask: whole("safe"))
        yield made


def ended(product: Product) -> bool:
    return any('"turn.ended"' in line for line in product.errors)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_model_servers_and_the_guard_point_elsewhere(stage: Stage, thief: Thief, status: int) -> None:
    away = failed(status, headers={"Location": f"{thief.origin}/v1/chat/completions"})
    for model in stage.models.values():
        model.answer_with(lambda _ask: away)
        model.fail_models(status, headers={"Location": f"{thief.origin}/v1/models"})
    async with running(stage.env, folder=stage.folder) as product:
        ts = await stage.slack.say("U1", "C1", f"<@{BOT_USER}> hello")
        await until(lambda: ended(product), wanted=True, seconds=WAIT_S)
        assert stage.slack.answers("C1", ts)
        assert await product.stop() == 0
    # Not even the question.
    assert thief.heard == []
    assert await stage.leaks(product) == {}


async def test_a_file_that_is_said_to_be_elsewhere(stage: Stage, thief: Thief) -> None:
    here = stage.slack.backend.origin
    async with running(stage.env, folder=stage.folder) as product:
        stage.slack.backend.origin = thief.origin
        await stage.slack.say("U1", "C1", f"<@{BOT_USER}> read it", files=(("a.txt", b"abc", "text/plain"),))
        stage.slack.backend.origin = here
        await until(lambda: ended(product), wanted=True, seconds=WAIT_S)
        assert await product.stop() == 0
    assert thief.heard == []


@pytest.mark.parametrize("status", [302, 307, 308])
@pytest.mark.parametrize("setting", ["SLACK_API_URL", "DISCORD_API_URL"])
async def test_a_platform_points_elsewhere(stage: Stage, thief: Thief, setting: str, status: int) -> None:
    async with Signpost(thief.origin, status) as signpost:
        other = {"SLACK_API_URL": "DISCORD_TOKEN", "DISCORD_API_URL": "SLACK_BOT_TOKEN"}[setting]
        env = {
            name: value
            for name, value in stage.env.items()
            if name != other and (name, setting) != ("SLACK_APP_TOKEN", "DISCORD_API_URL")
        }
        path = "/api/" if setting == "SLACK_API_URL" else "/api/v10"
        said = await for_a_while({**env, setting: signpost.origin + path}, stage.folder, signpost)
        own = {"SLACK_API_URL": "slack bot", "DISCORD_API_URL": "discord"}[setting]
        assert own in {name.split(" (")[0] for name in signpost.stolen}
    assert thief.stolen == set()
    assert DETECTOR.found(said) == set()


async def for_a_while(env: dict[str, str], folder: Path, signpost: Thief) -> str:
    """Run it until it has asked, and a moment longer; what it said."""
    product = await start(env, "run", folder=folder)
    try:
        await until(lambda: bool(signpost.heard), wanted=True, seconds=WAIT_S)
        await asyncio.sleep(A_MOMENT_S)
    finally:
        product.process.kill()
    out, error = await product.process.communicate()
    return (out + error).decode()


async def test_one_servers_key_is_not_anothers(tmp_path: Path) -> None:
    """A spare server, or a guard, without a key of its own gets none, on its own address."""
    async with Thief() as spare, Thief() as guard, Thief() as main:
        env = environment(
            tmp_path / "data",
            LLAMA_BASE_URL=f"{main.origin}/v1",
            LLAMA_API_KEY=SECRETS["model"],
            LLAMA_MODEL="m",
            LLAMA_FALLBACK=f'[{{"model": "n", "base_url": "{spare.origin}/v1"}}]',
            MODERATION_ON="both",
            MODERATION_BASE_URL=f"{guard.origin}/v1",
            MODERATION_MODEL="llama-guard3",
            TAMPU_WEB="127.0.0.1:0",
        )
        product = await start(env, "models")
        await asyncio.wait_for(product.process.communicate(), WAIT_S)
        assert main.stolen
        assert spare.heard
        assert spare.stolen | guard.stolen == set()
