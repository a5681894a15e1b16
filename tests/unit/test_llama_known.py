import pytest

from core.errors import StartupError
from core.llama.endpoint import Endpoint
from core.llama.known import Facts, facts_of, retired


@pytest.mark.parametrize(
    "name",
    [
        "meta-llama/llama-4-scout",
        "Llama-4-Maverick-17B-128E-Instruct-FP8",
        "llama4:scout",
        "llama3.2-vision:11b",
        "meta-llama/Llama-3.2-11B-Vision-Instruct",
        "llava-llama3",
        "muse-spark-1.3",
        "meta-models/Muse-Glimmer-30B",
        "gemma3:4b",
        "google/gemma-3-27b-it",
        "qwen2.5vl:7b",
        "Qwen/Qwen2.5-VL-72B-Instruct",
        "mistralai/pixtral-12b",
        "nvidia/llama-3.1-nemotron-nano-vl-8b-v1",
    ],
)
def test_models_that_see(name: str) -> None:
    assert facts_of(name).vision is True


@pytest.mark.parametrize(
    "name",
    [
        "llama3.1:8b",
        "meta-llama/Llama-3.1-8B-Instruct",
        "meta-llama/llama-3.3-70b-instruct:free",
        "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
        "accounts/fireworks/models/llama-v3p1-8b-instruct",
        "meta-llama-3-8b-instruct",
        "llama3:8b",
        "llama3.2",
        "smollm2-135m",
        "gemma3:1b",
    ],
)
def test_models_that_do_not(name: str) -> None:
    assert facts_of(name).vision is False


@pytest.mark.parametrize("name", ["my-finetune", "gpt-oss:20b", "deepseek-r1:8b", ""])
def test_nobody_has_said(name: str) -> None:
    assert facts_of(name) == Facts(window=8192, max_output=2048, tools=True)


def test_windows_tools_and_thinking() -> None:
    assert facts_of("meta-llama/llama-4-scout").window == 131_072
    assert facts_of("meta-llama-3-70b-instruct").window == 8192
    assert facts_of("SmolLM2-135M-Instruct").tools is False
    assert facts_of("muse-spark-1.3").thinking > 0
    assert facts_of("muse-glimmer").thinking == 0


def test_what_the_operator_says_wins() -> None:
    facts = Facts(window=4096, vision=False).over(facts_of("llama-4-scout"))
    assert (facts.window, facts.vision, facts.tools) == (4096, False, True)


@pytest.mark.parametrize(
    ("address", "gone"),
    [
        ("https://api.llama.com/v1", True),
        ("https://API.LLAMA.COM/compat/v1/", True),
        ("api.llama.com", True),
        ("https://llama-api.meta.com/compat/v1", True),
        ("https://api.meta.ai/v1", False),
        ("https://api.llama.com.example.org/v1", False),
        ("http://localhost:11434/v1", False),
        ("http://[::bad", False),
    ],
)
def test_the_retired_service(address: str, gone: bool) -> None:
    assert retired(address) is gone


def test_an_address_as_it_is_pasted() -> None:
    endpoint = Endpoint("  https://api.meta.ai/v1/chat/completions/ ", " LLM|1|abc\n", "")
    assert (endpoint.base_url, endpoint.api_key, endpoint.model) == (
        "https://api.meta.ai/v1",
        "LLM|1|abc",
        None,
    )
    assert "abc" not in repr(endpoint)


@pytest.mark.parametrize(
    "address",
    ["", "localhost:11434", "ftp://x/v1", "http://", "http://a:b:c/v1", "/v1", "http://x:99999999/"],
)
def test_an_address_that_cannot_work(address: str) -> None:
    with pytest.raises(StartupError, match="LLAMA_BASE_URL"):
        Endpoint(address)


@pytest.mark.parametrize("key", ["sk-“quoted”", "two\nlines", "tab\there"])
def test_a_key_that_cannot_work(key: str) -> None:
    with pytest.raises(StartupError, match="LLAMA_API_KEY") as caught:
        Endpoint("http://localhost/v1", key)
    assert key not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "key", "loopback", "hosted"),
    [
        ("https://openrouter.ai/api/v1", "k", False, True),
        ("https://openrouter.ai/api/v1", "", False, False),
        ("http://localhost:11434/v1", "k", True, False),
        ("http://127.0.0.1:8080/v1", "k", True, False),
        ("http://[::1]:8080/v1", "k", True, False),
        ("http://ollama:11434/v1", "k", False, False),
        ("http://192.168.1.7:8000/v1", "k", False, False),
        ("http://gpu.local:8000/v1", "k", False, False),
    ],
)
def test_whose_server_it_is(address: str, key: str, loopback: bool, hosted: bool) -> None:
    endpoint = Endpoint(address, key)
    assert (endpoint.loopback, endpoint.hosted) == (loopback, hosted)
