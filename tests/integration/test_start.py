"""Starts that cannot go on: one clear sentence, a non-zero exit, and nothing lost."""

import socket
from pathlib import Path

import pytest

from tests.emulators.discord import DiscordEmulator
from tests.emulators.model import ModelEmulator
from tests.emulators.slack import SlackEmulator
from tests.product import discord_settings, environment, failing, model_settings, running, slack_settings


def one_sentence(text: str) -> str:
    """The only line for the operator on standard error; log lines are JSON."""
    (line,) = [line for line in text.splitlines() if line and not line.startswith("{")]
    assert line.startswith("tampu: ")
    assert "Traceback" not in text
    return line


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"TAMPU_TURNS_PER_HOUR": "many"}, "TAMPU_TURNS_PER_HOUR"),
        ({"TAMPU_TOKENS_PER_DAY": "-1"}, "TAMPU_TOKENS_PER_DAY"),
        ({"TAMPU_WEB": "somewhere"}, "TAMPU_WEB must be host:port"),
        ({"LLAMA_BASE_URL": "localhost:11434"}, "LLAMA_BASE_URL must begin with http"),
        ({"LLAMA_BASE_URL": "https://api.llama.com/v1"}, "retired on 2026-07-06"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN is not"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN is not"),
        ({"LLAMA_BASE_URL": "http://127.0.0.1:9/v1", "LLAMA_MODEL": "m"}, "nothing to run"),
    ],
)
async def test_settings_that_cannot_be(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    code, _, error = await failing(environment(tmp_path / "data", **settings))
    assert code == 1
    assert words in one_sentence(error)


async def test_a_settings_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00LLAMA")
    code, _, error = await failing(environment(tmp_path / "data"))
    assert code == 1
    assert ".env" in one_sentence(error)


async def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with ModelEmulator() as model:
            env = environment(tmp_path / "data", **model_settings(model), TAMPU_WEB=f"127.0.0.1:{port}")
            code, _, error = await failing(env)
    assert code == 1
    assert str(port) in one_sentence(error)
    assert "TAMPU_WEB" in error


async def test_a_second_run_on_the_same_database(tmp_path: Path) -> None:
    async with ModelEmulator() as model:
        env = environment(tmp_path / "data", **model_settings(model), TAMPU_WEB="127.0.0.1:0")
        async with running(env) as product:
            code, _, error = await failing(env)
            assert code == 1
            assert f"process {product.process.pid}" in one_sentence(error)
            code, _, error = await failing(env, "chat")
            assert code == 1
            assert "already uses" in one_sentence(error)
            assert product.process.returncode is None


async def test_a_data_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    code, _, error = await failing(environment(tmp_path / "file"), folder=tmp_path)
    assert code == 1
    assert "TAMPU_DATA_DIR" in one_sentence(error)


async def test_a_wrong_slack_token(tmp_path: Path) -> None:
    async with ModelEmulator() as model, SlackEmulator() as slack:
        settings = {**slack_settings(slack), **model_settings(model), "SLACK_BOT_TOKEN": "xoxb-wrong"}
        code, out, error = await failing(environment(tmp_path / "data", **settings))
    assert code == 1
    assert "SLACK_BOT_TOKEN" in one_sentence(error)
    assert "xoxb-wrong" not in out + error


async def test_a_wrong_discord_token(tmp_path: Path) -> None:
    async with ModelEmulator() as model, DiscordEmulator() as discord:
        settings = {**discord_settings(discord), **model_settings(model), "DISCORD_TOKEN": "wrong.token"}
        code, out, error = await failing(environment(tmp_path / "data", **settings))
    assert code == 1
    assert "DISCORD_TOKEN" in one_sentence(error)
    assert "wrong.token" not in out + error


async def test_an_unreachable_model_is_a_warning_and_not_the_end(tmp_path: Path) -> None:
    async with ModelEmulator() as gone:
        pass
    env = environment(tmp_path / "data", **model_settings(gone), TAMPU_WEB="127.0.0.1:0")
    async with running(env) as product:
        assert any("LLAMA_BASE_URL" in line for line in product.lines)
        assert await product.stop() == 0


async def test_an_unknown_model_is_said_with_what_there_is(tmp_path: Path) -> None:
    async with ModelEmulator(models=("llama-a", "llama-b")) as model:
        settings = {"LLAMA_BASE_URL": model.url, "LLAMA_MODEL": "llama-z", "TAMPU_WEB": "127.0.0.1:0"}
        async with running(environment(tmp_path / "data", **settings)) as product:
            assert any("llama-a, llama-b" in line for line in product.lines)


async def test_a_choice_of_models_and_none_chosen(tmp_path: Path) -> None:
    async with ModelEmulator(models=("llama-a", "llama-b")) as model:
        settings = {"LLAMA_BASE_URL": model.url, "TAMPU_WEB": "127.0.0.1:0"}
        code, _, error = await failing(environment(tmp_path / "data", **settings))
    assert code == 1
    assert "llama-b" in one_sentence(error)
    assert "LLAMA_MODEL" in error


async def test_a_refused_key_is_a_warning(tmp_path: Path) -> None:
    async with ModelEmulator(key="right") as model:
        settings = {**model_settings(model), "LLAMA_API_KEY": "wrong-key", "TAMPU_WEB": "127.0.0.1:0"}
        async with running(environment(tmp_path / "data", **settings)) as product:
            assert any("LLAMA_API_KEY" in line for line in product.lines)
            said = "\n".join(product.lines + product.errors)
    assert "wrong-key" not in said


async def test_version_and_help(tmp_path: Path) -> None:
    code, out, _ = await failing(environment(tmp_path / "data"), "--version")
    assert (code, out) == (0, "tampu 0.1.0\n")
    code, out, _ = await failing(environment(tmp_path / "data"), "--help")
    assert code == 0
    for word in ("run", "chat", "Examples", "LLAMA_BASE_URL"):
        assert word in out


async def test_a_rule_with_a_tool_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    rules = '[{"name": "no sums", "no_tools": ["calculater"]}]'
    code, _, errors = await failing(environment(tmp_path, TAMPU_RULES=rules))
    assert code != 0
    assert one_sentence(errors) == (
        'tampu: [[rule]] "no sums" names the tool calculater, which is not there; did you mean calculate?'
    )


async def test_a_rule_with_a_model_that_is_not_there_is_a_warning(tmp_path: Path) -> None:
    rules = '[{"name": "large", "models": ["large", "*"]}, {"name": "this", "models": ["llama-a"]}]'
    async with ModelEmulator(models=("llama-a",)) as model:
        settings = {**model_settings(model), "TAMPU_RULES": rules, "TAMPU_WEB": "127.0.0.1:0"}
        async with running(environment(tmp_path / "data", **settings)) as product:
            (warning,) = [line for line in product.lines if "[[rule]]" in line]
    assert warning == 'Warning: [[rule]] "large" names the model large, which is not there. There is llama-a.'
