"""``tampu models`` before emulated servers: what they offer, who is set, and what cannot be asked."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.emulators.model import ModelEmulator
from tests.product import environment, failing

SERVED = ("llama3.1:8b", "llama4:scout", "my-finetune", "gemma3:4b")
KEY = "sk-key-of-the-main-server"
HOSTILE = "\x1b]0;owned\x07[red]x[/red]\u202egnp :smile: [link=http://x]y[/link]"


def row_of(out: str, name: str) -> list[str]:
    """The cells of a model's row, empty ones left out."""
    (line,) = [line for line in out.splitlines() if line.startswith(f"{name} ")]
    return re.split(r" {2,}", line.strip())


async def listed(tmp_path: Path, *arguments: str, **settings: str) -> str:
    env = environment(tmp_path / "data", **settings)
    code, out, error = await failing(env, "models", *arguments, folder=tmp_path)
    assert (code, error) == (0, "")
    return out


async def as_json(tmp_path: Path, **settings: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(await listed(tmp_path, "--json", **settings))
    return found


async def test_what_a_server_offers_and_who_answers(tmp_path: Path) -> None:
    async with ModelEmulator(SERVED) as model:
        settings = {"LLAMA_MODEL": "my-finetune", "LLAMA_CHOICES": "llama3.1:8b"}
        out = await listed(tmp_path, LLAMA_BASE_URL=model.url, **settings)
    assert f"Models at {model.url.removesuffix('/v1')}" in out
    assert row_of(out, "my-finetune") == [
        "my-finetune",
        "answers",
        "~8,192",
        "not known",
        "yes",
        "nothing; assumed",
    ]
    assert row_of(out, "llama4:scout")[1:] == ["~8,192", "yes", "yes", "Llama 4 Scout"]
    assert row_of(out, "llama3.1:8b")[1:] == ["may be chosen", "~8,192", "no", "yes", "Llama 3.1 8B Instruct"]
    assert row_of(out, "gemma3:4b")[-1] == "its name"
    assert "LLAMA_CONTEXT" in out
    assert out.index("my-finetune") < out.index("llama3.1:8b") < out.index("gemma3:4b")


async def test_the_operators_rows_windows_and_prices_are_shown(tmp_path: Path) -> None:
    (tmp_path / "tampu.toml").write_text(
        '[llama]\nmodel = "llama3.1:8b"\ncontext = 16384\n'
        '[models."my-*"]\nwindow = 32768\nvision = true\nprice_in = 0.5\nprice_out = 1.25\nnote = "Ours."\n'
    )
    async with ModelEmulator(SERVED) as model:
        out = await listed(tmp_path, LLAMA_BASE_URL=model.url)
    assert row_of(out, "llama3.1:8b")[1:3] == ["answers", "16,384"]
    assert row_of(out, "my-finetune")[1:] == ["32,768", "yes", "yes", "0.50", "1.25", 'your models."my-*"']
    assert "They drift" in out.replace("\n", " ")


async def test_what_the_server_says_goes_before_the_table(tmp_path: Path) -> None:
    entries = [
        {"id": "llama3.1:8b", "object": "model", "owned_by": "vllm", "max_model_len": 20480},
        {"id": "mine", "object": "model", "owned_by": "vllm", "max_model_len": 4096},
    ]
    async with ModelEmulator() as model:
        model.fail_models(200, {"object": "list", "data": entries})
        out = await listed(tmp_path, LLAMA_BASE_URL=model.url, LLAMA_MODEL="mine")
    assert ", vLLM" in out
    assert row_of(out, "llama3.1:8b")[1:] == ["20,480", "no", "yes", "Llama 3.1 8B Instruct"]
    assert row_of(out, "mine")[1:] == ["answers", "4,096", "not known", "yes", "the server"]
    assert "~" not in out


async def test_vision_model_and_fallbacks_are_marked_where_they_are(tmp_path: Path) -> None:
    async with (
        ModelEmulator(SERVED, key=KEY) as main,
        ModelEmulator(("other-llama",), key="second-key") as other,
    ):
        (tmp_path / "tampu.toml").write_text(
            f'[llama]\nmodel = "my-finetune"\nvision_model = "llama4:scout"\n'
            f'[[llama.fallback]]\nmodel = "llama3.1:8b"\n'
            f'[[llama.fallback]]\nmodel = "other-llama"\nbase_url = "{other.url}"\napi_key_env = "SECOND"\n'
        )
        settings = {"LLAMA_BASE_URL": main.url, "LLAMA_API_KEY": KEY, "SECOND": "second-key"}
        first, second = await as_json(tmp_path, **settings)
    uses = {line["id"]: line["uses"] for line in first["models"]}
    assert uses == {
        "my-finetune": ["answers"],
        "llama4:scout": ["pictures"],
        "llama3.1:8b": ["fallback 1"],
        "gemma3:4b": [],
    }
    (fallback,) = second["models"]
    assert (fallback["id"], fallback["uses"]) == ("other-llama", ["fallback 2"])
    assert first["missing"] == second["missing"] == []
    assert main.model_lists_asked == other.model_lists_asked == 1


async def test_the_only_model_is_the_one_that_answers(tmp_path: Path) -> None:
    async with ModelEmulator(("only-llama",)) as model:
        (server,) = await as_json(tmp_path, LLAMA_BASE_URL=model.url)
    assert server["models"][0]["uses"] == ["answers"]


async def test_models_that_are_set_but_not_there_are_said(tmp_path: Path) -> None:
    async with ModelEmulator(SERVED) as model:
        settings = {"LLAMA_BASE_URL": model.url, "LLAMA_MODEL": "gone", "LLAMA_VISION_MODEL": "blind"}
        out = await listed(tmp_path, **settings)
        (server,) = await as_json(tmp_path, **settings)
    assert "gone is set but not in this list." in out
    assert server["missing"] == ["gone", "blind"]


async def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    async with ModelEmulator() as gone:
        pass
    env = environment(tmp_path / "data", LLAMA_BASE_URL=gone.url, LLAMA_MODEL="x")
    code, out, error = await failing(env, "models", folder=tmp_path)
    assert (code, out) == (1, "")
    (line,) = error.splitlines()
    assert line.startswith("tampu: http://127.0.0.1:")
    assert "cannot be reached" in line
    code, out, error = await failing(env, "models", "--json", folder=tmp_path)
    (server,) = json.loads(out)
    assert (code, server["reachable"], server["models"]) == (1, False, [])
    assert "cannot be reached" in server["failure"]


async def test_a_fallback_that_is_not_there_is_said_beside_the_rest(tmp_path: Path) -> None:
    async with ModelEmulator() as gone:
        pass
    async with ModelEmulator(SERVED) as model:
        fallback = json.dumps([{"model": "x", "base_url": gone.url}])
        settings = {"LLAMA_BASE_URL": model.url, "LLAMA_MODEL": "my-finetune", "LLAMA_FALLBACK": fallback}
        out = await listed(tmp_path, **settings)
    assert f"{gone.url.removesuffix('/v1')} cannot be reached" in out
    assert row_of(out, "my-finetune")[1] == "answers"


async def test_a_wrong_key_is_said_and_not_shown(tmp_path: Path) -> None:
    async with ModelEmulator(SERVED, key="sk-the-right-key") as model:
        env = environment(tmp_path / "data", LLAMA_BASE_URL=model.url, LLAMA_API_KEY=KEY)
        code, out, error = await failing(env, "models", folder=tmp_path)
    assert code == 1
    assert "refuses the key" in error
    assert KEY not in out + error


async def test_names_that_a_terminal_would_obey(tmp_path: Path) -> None:
    async with ModelEmulator((HOSTILE, KEY)) as model:
        settings = {"LLAMA_BASE_URL": model.url, "LLAMA_MODEL": HOSTILE, "LLAMA_API_KEY": KEY}
        out = await listed(tmp_path, **settings)
        found = await listed(tmp_path, "--json", **settings)
    for text in (out, found):
        assert not set("\x1b\x07\u202e") & set(text)
        assert KEY not in text
    assert "[red]x[/red]" in out
    assert ":smile:" in out


async def test_a_long_list_is_cut_and_whole_when_asked(tmp_path: Path) -> None:
    names = (*(f"model-{number:03}" for number in range(300)), "z/llama-4-scout", "zz-set")
    async with ModelEmulator(names) as model:
        settings = {"LLAMA_BASE_URL": model.url, "LLAMA_MODEL": "zz-set"}
        out = await listed(tmp_path, **settings)
        everything = await listed(tmp_path, "--all", **settings)
        (server,) = await as_json(tmp_path, **settings)
    assert "... and 262 more: tampu models --all." in out
    assert out.index("zz-set") < out.index("z/llama-4-scout") < out.index("model-000")
    assert "model-299" not in out
    assert "model-299" in everything
    assert "more:" not in everything
    assert len(server["models"]) == 302


async def test_a_server_without_models(tmp_path: Path) -> None:
    async with ModelEmulator(()) as model:
        out = await listed(tmp_path, LLAMA_BASE_URL=model.url, LLAMA_MODEL="x")
    assert "lists no models." in out
    assert "x is set but not in this list." in out


async def test_without_a_server_the_small_local_model_answers(tmp_path: Path) -> None:
    out = await listed(tmp_path)
    assert "smollm2-135m" in out
    assert "LLAMA_BASE_URL" in out
    (server,) = await as_json(tmp_path)
    assert server["server"] == "this machine"


async def test_the_closed_service_is_refused_with_its_reason(tmp_path: Path) -> None:
    env = environment(tmp_path / "data", LLAMA_BASE_URL="https://api.llama.com/v1", LLAMA_API_KEY=KEY)
    code, _, error = await failing(env, "models", folder=tmp_path)
    assert code == 1
    assert "retired on 2026-07-06" in error


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[lama]\n", "there is no section [lama]; did you mean [llama]?"),
        ("[llama\n", "is not TOML at line 1, column 7"),
        ('[llama]\napi_key = "sk-in-the-file"\n', "run chmod 600 tampu.toml"),
    ],
)
async def test_a_file_that_is_wrong_ends_with_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "tampu.toml").write_text(text)
    (tmp_path / "tampu.toml").chmod(0o644)
    code, out, error = await failing(environment(tmp_path / "data"), "models", folder=tmp_path)
    assert (code, out) == (1, "")
    (line,) = error.splitlines()
    assert words in line
    assert "sk-in-the-file" not in line


async def test_the_start_says_which_set_model_is_not_there(tmp_path: Path) -> None:
    """A warning of ``tampu run``, seen through ``tampu chat``, whose start is the same."""
    async with ModelEmulator(SERVED) as model:
        settings = {"LLAMA_BASE_URL": model.url, "LLAMA_MODEL": "gemma3:4b", "LLAMA_VISION_MODEL": "blind"}
        env = environment(tmp_path / "data", **settings)
        _, out, error = await failing(env, "chat", folder=tmp_path)
    assert "does not list blind. Set LLAMA_VISION_MODEL to one of: llama3.1:8b" in out + error


async def test_the_start_says_that_the_vision_model_does_not_see(tmp_path: Path) -> None:
    async with ModelEmulator(SERVED) as model:
        settings = {
            "LLAMA_BASE_URL": model.url,
            "LLAMA_MODEL": "my-finetune",
            "LLAMA_VISION_MODEL": SERVED[0],
        }
        env = environment(tmp_path / "data", **settings)
        _, out, error = await failing(env, "chat", folder=tmp_path)
    assert "LLAMA_VISION_MODEL is llama3.1:8b, which reads text only" in out + error
