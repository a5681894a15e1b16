"""The registry of commands, the prompts, and what the log hides."""

import json
import logging
from pathlib import Path

import pytest
import structlog

from bots import logs
from bots.commands import SPECS, CommandTable
from bots.persona import SMALL, WHOLE, FilePersona
from bots.settings import Settings, read_settings, secrets
from core.conversation.running import Running
from core.conversation.voices import Voices
from core.llama.client import LlamaClient
from core.llama.endpoint import Endpoint
from core.memory.store import open_store
from core.ports import Scene
from core.rulebook import Rulebook
from core.tools.toolbox import Toolbox
from core.transcript import ModelInfo
from tests.questions import ADA, asked


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/help", ("help", "")),
        ("/HELP ", ("help", "")),
        ("/stop that at once", ("stop", "that at once")),
        ("/help me with this", None),
        ("/etc/passwd holds what?", None),
        ("/ask something", None),
        ("help", None),
        ("/", None),
        ("", None),
    ],
)
async def test_what_is_a_command(tmp_path: Path, text: str, command: tuple[str, str] | None) -> None:
    async with open_store(tmp_path) as store:
        model = LlamaClient(Endpoint("http://127.0.0.1:9/v1"))
        table = CommandTable(Voices(model, store, Toolbox(())), store, Rulebook(store), Running())
        assert table.recognise(text) == command
        sentence = await table.run("help", asked("").address, ADA, "")
        assert all(f"/{spec.name}" in sentence for spec in SPECS)
        assert "can't reach the model server" in await table.run("model", asked("").address, ADA, "")
        await model.aclose()


def scene(window: int) -> Scene:
    info = ModelInfo("llama-x", window, 400, tools=False, vision=False, hosted=False)
    return Scene(1_700_000_000.0, "#general in Home", "No tables.", info)


def test_the_prompt_says_who_when_where_and_how() -> None:
    prompt = FilePersona().prompt(scene(8192))
    for word in (
        "Tampu",
        "llama-x",
        "Tuesday, 14 November 2023",
        "22:13",
        "#general in Home",
        "No tables.",
        "language",
    ):
        assert word in prompt
    assert "{" not in prompt


def test_a_small_model_reads_a_short_prompt() -> None:
    prompt = FilePersona().prompt(scene(2048))
    assert len(prompt.split()) < 60
    assert len(WHOLE) > len(SMALL)


def test_the_log_hides_tokens_and_secrets(capfd: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        logs.set_up(("my-llama-key",))
        log = structlog.get_logger()
        log.info(
            "told", key="my-llama-key", header="Bearer abc.def|ghi", slack="xoxb-1-2-3", deep=["xapp-1-a"]
        )
        logging.getLogger("library").warning("url https://discord.test/webhooks/123/tok_en-xyz failed")
        try:
            int("my-llama-key in an exception")
        except ValueError:
            log.exception("broke")
    finally:
        structlog.configure(**before)
        root.handlers[:], root.level = handlers, level
    said = capfd.readouterr().err
    for secret in ("my-llama-key", "abc.def", "xoxb-1", "xapp-1", "tok_en"):
        assert secret not in said
    lines = [json.loads(line) for line in said.splitlines()]
    assert [line["event"] for line in lines][::2] == ["told", "broke"]
    assert "ValueError" in lines[2]["exception"]


def test_settings_come_from_the_environment_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("LLAMA_MODEL=from-file\nTAMPU_WEB=off\nLLAMA_API_KEY=key-of-meta\n")
    monkeypatch.setenv("LLAMA_MODEL", "from-environment")
    settings = read_settings()
    assert (settings.llama_model, settings.web_place) == ("from-environment", None)
    assert settings.model_server == "https://api.meta.ai/v1"
    assert secrets(settings) == ("key-of-meta",)
    assert "key-of-meta" not in repr(settings)


def test_without_anything_the_page_and_the_local_model_are_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings()
    assert settings.model_server is None
    assert settings.web_place == ("127.0.0.1", 8787)
    assert (settings.tampu_turns_per_hour, settings.tampu_tokens_per_day) == (120, 2_000_000)
