"""The running product keeps its secrets: in use, and while everything fails and repeats them."""

import base64
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from core.errors import ModelRefusedKey
from tests.emulators.model_script import Reply, Send, event, failed, opening, said, whole
from tests.emulators.slack import APP_TOKEN, BOT_TOKEN, BOT_USER
from tests.integration.leaks import Detector
from tests.integration.secrets_stage import (
    DETECTOR,
    DISCORD,
    GUARD,
    MODEL,
    PASSWORD,
    QUERY,
    SECRETS,
    SPARE,
    TOML,
    USER,
    Stage,
    staged,
)
from tests.product import Product, running
from tests.product_stage import until

BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
LONG = 180
NAME = re.compile(r"^.*: | \(.*$")
ALL_FAIL_S = 60.0
PATHS = (
    "/",
    "/api/about",
    "/api/conversations",
    "/api/conversations/nothing",
    "/api/conversations/%00%ff",
    "/static/page.js",
    "/static/..%2f..%2f.env",
    "/api/events",
    "/nowhere",
)
ALL_TOLD = "\n".join(
    [*SECRETS.values(), f"Basic {BASIC}", *(quote(one, safe="") for one in SECRETS.values())]
)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as made:
        made.models["guard"].answer_with(lambda _ask: whole("safe"))
        yield made


async def ask_everywhere(stage: Stage, product: Product, text: str) -> list[str]:
    """Ask on Slack, on Discord and on the page; what was answered there."""
    answers: list[str] = []
    ts = await stage.slack.say("U1", "C1", f"<@{BOT_USER}> {text}")
    general = stage.discord.general
    before = len(stage.discord.said_by_bot(general))
    await stage.discord.say(stage.discord.ana, general, f"{stage.discord.bot.mention} {text}")
    place = f"/api/conversations/{uuid.uuid4()}"
    origin = product.page.split("?")[0].rstrip("/")
    async with httpx.AsyncClient(base_url=origin, headers={"origin": origin}) as http:
        await http.get(product.page)
        sent = await http.post(
            f"{place}/messages",
            data={"id": str(uuid.uuid4()), "text": text},
            files=[("nothing", ("", b""))],
        )
        assert sent.is_success
        await until(lambda: ended(product), 3, ALL_FAIL_S)
        answers += [seen.text for seen in stage.slack.answers("C1", ts)]
        answers += [message.text for message in stage.discord.said_by_bot(general)[before:]]
        shown = await http.get(place)
        answers += [str(message["text"]) for message in shown.json()["messages"][1:]]
        stage.pages += [shown.text, str(shown.headers)]
    return answers


def ended(product: Product) -> int:
    return sum('"turn.ended"' in line for line in product.errors)


async def look_around(stage: Stage, product: Product) -> None:
    """Ask the page for all that it has, with its cookie and without."""
    async with httpx.AsyncClient(base_url=product.page.split("?")[0]) as http:
        for cookie in (False, True):
            if cookie:
                await http.get(product.page)
            for path in PATHS:
                async with http.stream("GET", path) as answer:
                    stage.pages.append(f"{answer.status_code} {answer.headers}")
                    if "event-stream" not in answer.headers.get("content-type", ""):
                        stage.pages.append((await answer.aread()).decode())


async def commands(stage: Stage) -> None:
    for words in ("help", "settings", "model", "usage", "forget", "settings model spare-llama", "nonsense"):
        await stage.slack.command("U1", "C1", "/llama", words)
        await stage.discord.say(stage.discord.ana, stage.discord.direct(stage.discord.ana), f"/{words}")


async def test_in_use(stage: Stage) -> None:
    async with running(stage.env, folder=stage.folder) as product:
        for model in stage.models.values():
            model.counted = 5
        assert await ask_everywhere(stage, product, "hello") == ["You said: hello"] * 3
        await commands(stage)
        await look_around(stage, product)
        assert await stage.leaks(product) == {}
        assert await product.stop() == 0
    assert await stage.leaks(product) == {}
    given = {name: ear.credentials for name, ear in stage.ears.items()}
    assert given == {
        "slack": {f"Bearer {BOT_TOKEN}", f"Bearer {APP_TOKEN}"},
        "discord": {f"Bot {DISCORD}"},
        "model": {f"Bearer {MODEL}"},
        "guard": {f"Bearer {GUARD}"},
        "spare": set(),
        "toml": set(),
        "password": set(),
        "query": set(),
    }


def telling(status: int, secret: str) -> list[Reply]:
    """Errors that repeat a secret, in each shape that a server has for one."""
    return [
        failed(status, {"error": {"message": f"Incorrect API key provided: {secret}.", "code": secret}}),
        failed(status, {"error": {"message": f"{'x' * (LONG - len(secret) // 2)} {secret}"}}),
        failed(status, {"detail": [{"loc": ["header", secret], "msg": f"{secret} is wrong"}]}),
        failed(status, f"<html>{secret}</html>"),
        Reply((Send(f"upstream said {secret}".encode()),), status, content_type="text/plain"),
        Reply((Send(b"no"),), status, headers=(("WWW-Authenticate", f'Bearer realm="{secret}"'),)),
    ]


def breaking(secret: str) -> list[Reply]:
    """Errors in the middle of an answer."""
    told = {
        "error": {"message": f"{'y' * (LONG - len(secret) // 2)} {secret}", "code": secret, "type": secret}
    }
    return [
        Reply((*opening(), event(told))),
        Reply((*opening(), Send(f"data: {{{secret}\n\n".encode()))),
        Reply((Send(f"{{{secret}".encode()),), content_type="application/json"),
    ]


@pytest.mark.parametrize("kind", range(9))
async def test_while_every_server_fails_and_repeats_them(stage: Stage, kind: int) -> None:
    for name, secret in (("model", MODEL), ("spare", SPARE), ("toml", TOML), ("guard", GUARD)):
        reply = [*telling(401 if kind % 2 else 500, secret), *breaking(secret)][kind]
        stage.models[name].answer_with(lambda _ask, reply=reply: reply)  # type: ignore[misc]
        stage.models[name].fail_models(401, {"error": {"message": ALL_TOLD}})
    for name in ("password", "query"):
        stage.models[name].answer_with(lambda _ask: failed(403, {"error": {"message": ALL_TOLD}}))
    async with running(stage.env, folder=stage.folder) as product:
        answers = await ask_everywhere(stage, product, "hello")
        assert len(answers) >= 3
        await look_around(stage, product)
        assert await product.stop() == 0
    assert await stage.leaks(product, *answers) == {}
    assert f"/v1/chat/completions?key={QUERY} ".encode() in stage.ears["query"].sent
    assert any("model.passed_over" in line for line in product.errors)
    assert stage.ears["spare"].credentials == {f"Bearer {SPARE}"}
    assert stage.ears["toml"].credentials == {f"Bearer {TOML}"}
    assert stage.ears["password"].credentials == {f"Basic {BASIC}"}
    assert stage.ears["model"].credentials == {f"Bearer {MODEL}"}


async def test_a_planted_leak_is_found(stage: Stage, tmp_path: Path) -> None:
    (tmp_path / "child").mkdir()
    (tmp_path / "child" / "sitecustomize.py").write_text(
        "import base64, os, sys\n"
        "print(os.environ['LLAMA_API_KEY'][3:30], file=sys.stderr)\n"
        "print(base64.b64encode(b'Bot ' + os.environ['DISCORD_TOKEN'].encode()).decode())\n"
    )
    stage.models["model"].answer_with(lambda _ask: said(f"My key is {GUARD}."))
    async with running({**stage.env, "PYTHONPATH": str(tmp_path / "child")}, folder=stage.folder) as product:
        answers = await ask_everywhere(stage, product, f"what about {quote(QUERY)}?")
        (stage.data / "note").write_text(SPARE[5:25].encode().hex())
        leaks = await stage.leaks(product, *answers)
        assert await product.stop() == 0
    assert {place: {NAME.sub("", name) for name in names} for place, names in leaks.items()} == {
        "stderr": {"model"},
        "stdout": {"discord"},
        "said": {"guard"},
        "slack": {"guard", "query"},
        "discord": {"guard", "query"},
        "pages": {"guard", "query"},
        "wire to model": {"query"},
        "wire to guard": {"guard", "query"},
        "wire to slack": {"guard"},
        "wire to discord": {"guard"},
        "files": {"spare", "guard", "query"},
    }


@pytest.mark.parametrize("name", SECRETS)
def test_the_detector_knows_each_form_of_each(name: str) -> None:
    secret = SECRETS[name]
    middle = secret[len(secret) // 2 - 8 :]
    planted = [
        secret,
        secret[:15],
        quote(secret, safe=""),
        base64.b64encode(secret.encode()).decode(),
        base64.b64encode(f"ab{secret}cd".encode()).decode(),
        base64.urlsafe_b64encode(f"a{middle}".encode()).decode(),
        secret.encode().hex(),
        "".join(f"\\u{ord(char):04x}" for char in secret),
        "".join(f"%{ord(char):02x}" for char in secret),
    ]
    for text in planted:
        found = DETECTOR.found(f"before{text}behind".encode())
        assert {one.split(" (")[0] for one in found} == {name}
    assert Detector({}).found(secret) == set()
    assert (
        DETECTOR.found("nothing of that kind: " + " ".join(str(number) for number in range(1_000))) == set()
    )


def test_what_people_are_told_of_a_refused_key_names_none() -> None:
    assert DETECTOR.found(ModelRefusedKey(f"HTTP 401: {MODEL}").told) == set()
