"""No command and no complaint about a setting shows a secret, wherever somebody put it by mistake."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.emulators.model import ModelEmulator
from tests.emulators.model_script import failed, whole
from tests.emulators.slack import BOT_USER
from tests.integration.leaks import Detector
from tests.integration.secrets_stage import PASSWORD, PROXY, SECRETS, Stage, staged
from tests.integration.test_start import one_sentence
from tests.product import environment, failing, running
from tests.product_stage import until

KEY = "sk-or-v1-canary0123456789abcdefABCDEF"
SLACK = "xoxb-123-456-canaryQwErTyUiOp"
APP = "xapp-1-A1-2-canaryAsDfGhJkLz"
DISCORD = "MTIzNDU2Nzg5.G-canary.ZxCvBnM0987654321qwertyuiop"
SECRET = "https://operator:canary-Hunter-2-password@model.example/v1"
WRONG = Detector({"key": KEY, "slack": SLACK, "app": APP, "discord": DISCORD, "address": SECRET[17:42]})
PERSON = "slack:T0TAMPU:U1"
COMMANDS = (
    ("models",),
    ("models", "--json", "--all"),
    ("policy", "list"),
    ("policy", "list", "--json"),
    ("policy", "explain", "U1", "slack:T1:C1"),
    ("usage",),
    ("usage", "--json"),
    ("audit",),
    ("audit", "--json"),
    ("outbox",),
    ("outbox", "--json"),
    ("export", "--person", PERSON),
    ("--help",),
    ("run", "--help"),
    ("--version",),
)
SAID = "the question that is kept"


async def outputs(stage: Stage) -> str:
    found = []
    for command in COMMANDS:
        code, out, error = await failing(stage.env, *command, folder=stage.folder)
        assert (code, "Traceback" in error) == (0, False), (command, error)
        found += [out, error]
    return "\n".join(found)


async def test_every_command_beside_the_product_and_after_it(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        stage.models["guard"].answer_with(lambda _ask: whole("safe"))
        # What a server says of its models, and what somebody wrote, may hold a secret, too.
        stage.models["model"].models = ("emulated-llama", f"llama-{SECRETS['model']}")
        async with running(stage.env, folder=stage.folder) as product:
            ts = await stage.slack.say("U1", "C1", f"<@{BOT_USER}> {SAID}")
            await until(lambda: [seen.text for seen in stage.slack.answers("C1", ts)], [f"You said: {SAID}"])
            said = await outputs(stage)
            assert SAID in said
            assert "[hidden]" in said
            assert await stage.leaks(product, said) == {}
            assert await product.stop() == 0
        assert await stage.leaks(product, await outputs(stage)) == {}


async def test_servers_that_cannot_be_asked(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        for model in stage.models.values():
            for _ in range(4):
                model.fail_models(401, {"error": {"message": " ".join(SECRETS.values())}})
        for arguments in (("models",), ("models", "--json")):
            code, out, error = await failing(stage.env, *arguments, folder=stage.folder)
            assert (code, "Traceback" in error) == (1, False)
            assert await stage.leaks(None, out, error) == {}


async def test_a_proxy_that_is_away_and_one_that_repeats_its_password(tmp_path: Path) -> None:
    async with ModelEmulator() as rude:
        rude.fail_models(407, {"error": {"message": f"Proxy says no to operator:{PROXY}"}})
        place = rude.url.removeprefix("http://").removesuffix("/v1")
        for proxy in ("127.0.0.1:9", place):
            address = f"http://operator:{PROXY}@{proxy}"
            env = environment(
                tmp_path / "data",
                HTTP_PROXY=address,
                HTTPS_PROXY=address,
                LLAMA_BASE_URL="http://llama.invalid/v1",
                LLAMA_MODEL="m",
                TAMPU_WEB="127.0.0.1:0",
            )
            code, out, error = await failing(env, "models")
            assert (code, "Traceback" in error) == (1, False)
            assert Detector({"proxy": PROXY}).found(out + error) == set()
            async with running(env) as product:
                assert await product.stop() == 0
            assert Detector({"proxy": PROXY}).found("\n".join(product.lines + product.errors)) == set()


PLACES = (
    "LLAMA_BASE_URL",
    "LLAMA_CONTEXT",
    "LLAMA_TEMPERATURE",
    "LLAMA_PROFILE",
    "LLAMA_FALLBACK",
    "LLAMA_MODELS",
    "LLAMA_FIRST_DEADLINE",
    "MODERATION_ON",
    "MODERATION_WAY",
    "MODERATION_BASE_URL",
    "SLACK_API_URL",
    "DISCORD_API_URL",
    "SLACK_APP_TOKEN",
    "SLACK_BOT_TOKEN",
    "TAMPU_WEB",
    "TAMPU_FOLLOW_UP",
    "TAMPU_TOKENS_PER_DAY",
    "TAMPU_COMPACTION",
    "TAMPU_RULES",
    "TAMPU_BUDGETS",
    "TAMPU_CONFIG",
)


@pytest.mark.parametrize("place", PLACES)
async def test_a_secret_in_the_wrong_setting(tmp_path: Path, place: str) -> None:
    for secret in (KEY, SLACK, APP):
        settings = {"LLAMA_BASE_URL": "http://127.0.0.1:9/v1", "LLAMA_MODEL": "m", place: secret}
        code, out, error = await failing(environment(tmp_path / "data", **settings))
        assert code == 1
        assert one_sentence(error)
        assert WRONG.found(out + error) == set()


NESTED: tuple[Mapping[str, str], ...] = (
    {"LLAMA_FALLBACK": f'[{{"api_key": "{KEY}"'},
    {"LLAMA_FALLBACK": json.dumps([{"model": "m", "api_kee": KEY}])},
    {"LLAMA_FALLBACK": json.dumps([{"model": "m", KEY: "x"}])},
    {"LLAMA_FALLBACK": json.dumps([{"model": "m", "api_key_env": "gsk_canary"}]), "LLAMA_API_KEY": KEY},
    {"LLAMA_FALLBACK": json.dumps([{"model": "m", "api_key_env": KEY}])},
    {"LLAMA_FALLBACK": json.dumps([{"model": "m", "base_url": KEY}])},
    {"LLAMA_FALLBACK": json.dumps([{"model": "m", "base_url": SECRET, "profile": "none-such"}])},
    {"LLAMA_MODELS": json.dumps({KEY: {"window": KEY}})},
    {"TAMPU_RULES": json.dumps([{"name": KEY, "who": [KEY], "may": KEY}])},
    {"TAMPU_BUDGETS": json.dumps([{"name": "all", "for": KEY}])},
    {"LLAMA_API_KEY": f"{KEY}Ω"},
    {"LLAMA_BASE_URL": SECRET.replace("https", "htps")},
    {"LLAMA_BASE_URL": SECRET.replace("example/", "example:99999/")},
    {"SLACK_API_URL": SECRET.replace("https://", ""), "ACME_TOKEN": DISCORD},
    {"TAMPU_DATA_DIR": f"/proc/{KEY}/data"},
)


@pytest.mark.parametrize("settings", NESTED)
async def test_a_secret_in_a_setting_that_cannot_be(tmp_path: Path, settings: Mapping[str, str]) -> None:
    base = {"LLAMA_BASE_URL": "http://127.0.0.1:9/v1", "LLAMA_MODEL": "m"}
    env = environment(tmp_path / "data", **{**base, **settings})
    code, out, error = await failing(env, folder=tmp_path)
    assert code == 1
    assert one_sentence(error)
    assert WRONG.found(out + error) == set()


LINES = (
    f"[slack]\nbot_token = {SLACK}",
    f"[slack]\n{SLACK}",
    f"{SLACK}",
    f"[{SLACK}]",
    f"[slack]\n{SLACK} = 1",
    f'[slack]\nbot_tokn = "{SLACK}"',
    f'[slack]\nbot_token = "{SLACK}',
    f'[slack]\nbot_token = "{SLACK}"\nbot_token = "{SLACK}"',
    f'[slack]\nbot_token = ["{SLACK}"]',
    f'[llama]\napi_key = "{KEY}" {KEY}',
    f'[llama]\nfallback = "{KEY}"',
    f'[[llama.fallback]]\nmodel = "m"\napi_kee = "{KEY}"',
    f'[[llama.fallback]]\nmodel = 5\napi_key = "{KEY}"',
    f'[models]\n"m" = "{KEY}"',
    f'[models."m"]\nwindow = "{KEY}"',
    f'[discord]\ntoken = "{DISCORD}"\n[discord]\ntoken = "{DISCORD}"',
    f'[[rule]]\nname = "x"\nwho = "{KEY}"',
    f'[tampu]\nfollow_up = "{KEY}"',
    f'[llama]\nbase_url = "{SECRET}"\nprofile = "none-such"',
    f'api_key = "{KEY}"',
)


@pytest.mark.parametrize("lines", LINES)
async def test_a_line_of_the_file_that_cannot_be(tmp_path: Path, lines: str) -> None:
    file = tmp_path / "tampu.toml"
    file.touch(mode=0o600)
    file.write_text(lines)
    code, out, error = await failing(environment(tmp_path / "data"))
    assert code == 1
    assert one_sentence(error)
    assert WRONG.found(out + error) == set()


@pytest.mark.parametrize(
    "lines",
    [
        f'[slack]\nbot_token = "{SLACK}"',
        f'[llama]\nbase_url = "{SECRET}"',
        f'[[llama.fallback]]\nmodel = "m"\nbase_url = "{SECRET}"',
    ],
    ids=["token", "address", "fallback"],
)
async def test_a_file_that_others_may_read(tmp_path: Path, lines: str) -> None:
    (tmp_path / "tampu.toml").write_text(lines)
    (tmp_path / "tampu.toml").chmod(0o640)
    code, out, error = await failing(environment(tmp_path / "data"))
    assert code == 1
    assert "chmod 600" in one_sentence(error)
    assert WRONG.found(out + error) == set()


async def test_a_name_near_to_a_settings(tmp_path: Path) -> None:
    """It counts for nothing: what it holds is not looked at, and not shown."""
    async with ModelEmulator() as model:
        model.answer_with(lambda _ask: failed(500))
        near = {
            "SLACK_BOT_TOKN": SLACK,
            "SLACK_TOKEN": SLACK,
            "LLAMA_APIKEY": KEY,
            "DISCORD_BOT_TOKEN": DISCORD,
        }
        env = environment(
            tmp_path / "data", LLAMA_BASE_URL=model.url, LLAMA_MODEL="m", TAMPU_WEB="127.0.0.1:0", **near
        )
        async with running(env) as product:
            assert await product.stop() == 0
    assert WRONG.found("\n".join(product.lines + product.errors)) == set()


def test_the_detector_finds_what_these_tests_hide() -> None:
    for secret in (KEY, SLACK, APP, DISCORD, SECRET):
        assert WRONG.found(f"LLAMA_PROFILE must not be {secret}.") != set()
    assert WRONG.found(PASSWORD) == set()
