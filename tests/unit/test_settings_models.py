"""The settings of models as one plan: main, vision, fallbacks, moderation, and whose key goes where."""

import json
from pathlib import Path

import pytest

from bots.model_plan import ModelPlan, PlannedModel, plan_of
from bots.settings import META_BASE_URL, read_settings, secrets
from core.errors import StartupError
from core.llama.endpoint import Deadlines, Endpoint
from core.llama.known import Facts
from core.llama.moderation import Way
from tests.unit.settings_stage import settings_of

SERVER = "http://localhost:11434/v1"
ROUTER = "https://openrouter.ai/api/v1"
KEY = "sk-main-key"

pytestmark = pytest.mark.usefixtures("folder")


def planned(text: str) -> ModelPlan:
    return plan_of(settings_of(text))


def known(plan: ModelPlan, model: PlannedModel) -> Facts:
    """What the model's client will go by, before it has asked the server."""
    entry = plan.catalog.entry(model.endpoint.model or "", model.endpoint.base_url)
    return model.facts.over(entry.stated)


def test_nothing_set_is_the_local_model() -> None:
    assert plan_of(read_settings()).main is None
    assert plan_of(read_settings()).models == ()


def test_a_key_alone_is_metas_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_API_KEY", KEY)
    plan = plan_of(read_settings())
    assert plan.main is not None
    assert plan.main.endpoint == Endpoint(META_BASE_URL, KEY)


def test_everything_that_is_set_is_in_the_plan() -> None:
    plan = planned(
        f"""
        [llama]
        base_url = "{SERVER}"
        model = "llama3.1:8b"
        profile = "ollama"
        context = 16384
        temperature = 0.2
        max_answer_tokens = 700
        calls_at_once = 2
        requests_per_minute = 30
        tokens_per_minute = 9000
        first_deadline = 300
        idle_deadline = 60
        total_deadline = 900
        [tampu]
        compaction = false
        """
    )
    assert plan.main is not None
    assert (plan.main.endpoint.model, plan.main.profile) == ("llama3.1:8b", "ollama")
    assert (plan.main.facts.window, plan.main.facts.max_output) == (16_384, 700)
    assert (plan.limits.calls_at_once, plan.limits.requests_per_minute) == (2, 30)
    assert plan.limits.tokens_per_minute == 9000
    assert plan.deadlines == Deadlines(first=300.0, idle=60.0, total=900.0)
    assert (plan.temperature, plan.max_answer_tokens, plan.compaction) == (0.2, 700, False)


def test_a_window_that_nobody_said_stays_unsaid_on_a_server_of_ones_own() -> None:
    plan = planned(f'[llama]\nbase_url = "{SERVER}"\nmodel = "llama3.1:8b"\n')
    assert plan.main is not None
    assert known(plan, plan.main).window is None
    assert (known(plan, plan.main).tools, known(plan, plan.main).vision) == (True, False)


def test_a_host_that_is_known_says_its_window() -> None:
    plan = planned(
        '[llama]\nbase_url = "https://api.cloudflare.com/client/v4/accounts/1/ai/v1"\n'
        'model = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"\n'
    )
    assert plan.main is not None
    assert known(plan, plan.main).window == 24_000


def test_the_operators_row_goes_before_the_table() -> None:
    plan = planned(
        f"""
        [llama]
        base_url = "{SERVER}"
        model = "llama3.1:8b"
        [models."LLAMA3.1*"]
        window = 5000
        tools = false
        price_in = 0
        price_out = 0
        """
    )
    assert plan.main is not None
    assert (known(plan, plan.main).window, known(plan, plan.main).tools) == (5000, False)
    entry = plan.catalog.entry("llama3.1:8b")
    assert entry.price is not None
    assert entry.price.of(1_000_000, 1_000_000) == 0


def test_the_window_of_the_server_goes_before_the_operators_row() -> None:
    plan = planned(
        f'[llama]\nbase_url = "{SERVER}"\nmodel = "m"\ncontext = 3000\n[models."m"]\nwindow = 5000\n'
    )
    assert plan.main is not None
    assert plan.main.facts.window == 3000


def test_fallbacks_have_their_own_server_key_and_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_KEY", "sk-from-environment")
    Path(".env").write_text("DOTENV_KEY=sk-from-dotenv\nOTHER_KEY=sk-not-this\n")
    plan = planned(
        f"""
        [llama]
        base_url = "{SERVER}"
        api_key = "{KEY}"
        model = "llama3.1:8b"
        profile = "ollama"
        context = 4096
        [[llama.fallback]]
        model = "meta-llama/llama-4-scout"
        base_url = "{ROUTER}"
        profile = "openrouter"
        api_key_env = "OTHER_KEY"
        [[llama.fallback]]
        model = "smaller"
        [[llama.fallback]]
        model = "third"
        base_url = "http://192.168.1.9:8000/v1"
        [[llama.fallback]]
        model = "fourth"
        base_url = "https://api.together.xyz/v1"
        api_key_env = "DOTENV_KEY"
        """
    )
    router, smaller, third, fourth = plan.fallbacks
    assert (router.endpoint.api_key, router.profile) == ("sk-from-environment", "openrouter")
    assert known(plan, router).window == 131_072
    assert smaller.endpoint == Endpoint(SERVER, KEY, "smaller")
    assert (smaller.profile, smaller.facts.window) == ("ollama", 4096)
    assert (third.endpoint.api_key, third.profile, third.facts.window) == ("", "", None)
    assert fourth.endpoint.api_key == "sk-from-dotenv"
    assert plan.models == (plan.main, *plan.fallbacks)
    assert set(secrets(read_settings())) == {KEY, "sk-from-environment", "sk-from-dotenv"}


def test_the_main_key_goes_to_the_main_server_only() -> None:
    plan = planned(
        f"""
        [llama]
        base_url = "{SERVER}/"
        api_key = "{KEY}"
        [[llama.fallback]]
        model = "elsewhere"
        base_url = "http://localhost:11435/v1"
        [[llama.fallback]]
        model = "same"
        base_url = "{SERVER}"
        [moderation]
        on = "both"
        base_url = "https://elsewhere.test/v1"
        """
    )
    assert [one.endpoint.api_key for one in plan.fallbacks] == ["", KEY]
    assert plan.moderation is not None
    assert plan.moderation.endpoint.api_key == ""
    assert KEY not in repr(plan)


def test_a_key_whose_variable_is_not_set_is_said() -> None:
    with pytest.raises(StartupError, match=r"variable GROK_KEY, .* of fallback 2 \(two\) names, is not set"):
        planned(
            f'[llama]\nbase_url = "{SERVER}"\n[[llama.fallback]]\nmodel = "one"\n'
            '[[llama.fallback]]\nmodel = "two"\napi_key_env = "GROK_KEY"\n'
        )


def test_an_address_that_cannot_work_is_said_with_its_place() -> None:
    with pytest.raises(StartupError, match=r"In fallback 1 \(one\): base_url must be a full address"):
        planned(
            f'[llama]\nbase_url = "{SERVER}"\n[[llama.fallback]]\nmodel = "one"\nbase_url = "http://a:b:c"\n'
        )


def test_the_vision_model_is_on_the_main_server_or_a_fallback() -> None:
    here = planned(f'[llama]\nbase_url = "{SERVER}"\napi_key = "{KEY}"\nvision_model = "llava"\n')
    assert here.vision is not None
    assert here.vision.endpoint == Endpoint(SERVER, KEY, "llava")
    assert known(here, here.vision).vision is True
    there = planned(
        f'[llama]\nbase_url = "{SERVER}"\nmodel = "m"\nvision_model = "meta-llama/llama-4-scout"\n'
        f'[[llama.fallback]]\nmodel = "meta-llama/llama-4-scout"\nbase_url = "{ROUTER}"\n'
    )
    assert there.vision is there.fallbacks[0]
    assert len(there.models) == 2


def test_further_models_of_the_main_server_may_be_chosen() -> None:
    plan = planned(
        f'[llama]\nbase_url = "{SERVER}"\napi_key = "{KEY}"\nmodel = "m"\nprofile = "vllm"\n'
        'choices = "llama3.1:8b, ,m, llama4:scout,llama3.1:8b"\n'
    )
    assert [one.endpoint.model for one in plan.choices] == ["llama3.1:8b", "m", "llama4:scout"]
    assert {one.endpoint.api_key for one in plan.choices} == {KEY}
    assert {one.profile for one in plan.choices} == {"vllm"}
    assert [one.endpoint.model for one in plan.models] == ["m", "llama3.1:8b", "llama4:scout"]


def test_there_is_nothing_to_choose_without_a_server() -> None:
    with pytest.raises(StartupError, match="LLAMA_CHOICES is set but LLAMA_BASE_URL is not"):
        planned('[llama]\nchoices = "m"\n')


@pytest.mark.parametrize(
    ("on", "reads"), [("input", (True, False)), ("output", (False, True)), ("both", (True, True))]
)
def test_moderation_is_on_the_models_server_unless_said(on: str, reads: tuple[bool, bool]) -> None:
    plan = planned(
        f'[llama]\nbase_url = "{SERVER}"\napi_key = "{KEY}"\n'
        f'[moderation]\non = "{on}"\nmodel = "llama-guard3:8b"\nfail_open = true\n'
    )
    assert plan.moderation is not None
    assert plan.moderation.endpoint == Endpoint(SERVER, KEY, "llama-guard3:8b")
    assert (plan.moderation.reads_input, plan.moderation.reads_output) == reads
    assert plan.moderation.fail_open
    assert plan.moderation.way is Way.CHAT


def test_moderation_works_for_the_local_model() -> None:
    plan = planned('[moderation]\non = "input"\nbase_url = "http://guard:8000/v1"\n')
    assert plan.main is None
    assert plan.moderation is not None
    assert plan.moderation.endpoint.base_url == "http://guard:8000/v1"
    assert plan.moderation.way is Way.OPENAI


def test_how_moderation_is_asked_may_be_said() -> None:
    plan = planned(
        '[moderation]\non = "both"\nbase_url = "http://x/v1"\nmodel = "guard"\nway = "llama-api"\n'
    )
    assert plan.moderation is not None
    assert plan.moderation.way is Way.LLAMA_API


def test_tables_may_stand_in_a_variable_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LLAMA_BASE_URL", SERVER)
    monkeypatch.setenv("LLAMA_FALLBACK", json.dumps([{"model": "two"}]))
    monkeypatch.setenv("LLAMA_MODELS", json.dumps({"two": {"window": 77}}))
    plan = plan_of(read_settings())
    (two,) = plan.fallbacks
    assert known(plan, two).window == 77


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("LLAMA_FALLBACK", "llama3", "The setting LLAMA_FALLBACK must be JSON"),
        ("LLAMA_FALLBACK", '[{"mdel": "x"}]', "The setting LLAMA_FALLBACK (1, model) is missing"),
        ("LLAMA_FALLBACK", '[{"model": "x", "key": "y"}]', "LLAMA_FALLBACK (1, key) is not a setting"),
        ("LLAMA_FALLBACK", '{"model": "x"}', "LLAMA_FALLBACK must be a list"),
        ("LLAMA_MODELS", "[1]", "LLAMA_MODELS must hold names and values"),
        ("LLAMA_MODELS", '{"m": {"window": "big"}}', "LLAMA_MODELS (m, window) must be a whole number"),
        ("LLAMA_CONTEXT", "8k", "LLAMA_CONTEXT must be a whole number, such as 120"),
        ("LLAMA_TEMPERATURE", "warm", "LLAMA_TEMPERATURE must be a number"),
        ("MODERATION_FAIL_OPEN", "perhaps", "MODERATION_FAIL_OPEN must be true or false"),
        ("MODERATION_ON", "never", "MODERATION_ON must be 'off', 'input', 'output' or 'both'"),
    ],
)
def test_a_variable_that_is_wrong_is_said(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv("LLAMA_BASE_URL", SERVER)
    monkeypatch.setenv(name, value)
    with pytest.raises(StartupError) as caught:
        read_settings()
    assert words in str(caught.value)
