import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.llama.detect import by_address, by_models, detected, facts_listed
from core.llama.known import Facts
from core.llama.profiles import PROFILES, named

LISTINGS = Path(__file__).parent / "listings"
# These say nothing of themselves in their listing; the address tells.
SILENT = {"openai", "meta", "llama-api", "ollama-cloud"}


def listing(name: str) -> object:
    body: object = json.loads((LISTINGS / f"{name}.json").read_text())
    return body


@pytest.mark.parametrize("name", [profile.name for profile in PROFILES if profile.name not in SILENT])
def test_a_server_is_known_by_the_models_that_it_lists(name: str) -> None:
    assert by_models(listing(name)) is named(name)
    assert detected("https://gateway.example.org/v1", listing(name)) is named(name)


@pytest.mark.parametrize("name", ["openai", "meta", "llama-api"])
def test_a_listing_that_anybody_could_have_written(name: str) -> None:
    assert by_models(listing(name)) is None
    assert detected("https://gateway.example.org/v1", listing(name)) is named("openai")


@pytest.mark.parametrize("header", ["x-litellm-version", "X-LiteLLM-Call-Id"])
def test_litellm_is_known_by_its_headers_even_if_it_passes_a_listing_on(header: str) -> None:
    assert by_models(listing("vllm"), {"content-type": "application/json", header: "1"}) is named("litellm")


def test_ollamas_own_listing() -> None:
    tags = {"models": [{"name": "llama3.3:70b", "modified_at": "2026-01-01T00:00:00Z", "digest": "a6"}]}
    assert by_models(tags) is named("ollama")
    assert facts_listed(tags) == {"llama3.3:70b": Facts()}


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://openrouter.ai/api/v1", "openrouter"),
        ("https://API.DeepInfra.com/v1/openai", "deepinfra"),
        ("https://api.together.xyz/v1", "together"),
        ("https://api.together.ai/v1", "together"),
        ("https://api.groq.com/openai/v1", "groq"),
        ("https://api.meta.ai/v1", "meta"),
        ("https://api.meta.ai./v1", "meta"),
        ("https://api.llama.com/v1", "llama-api"),
        ("https://ollama.com/v1", "ollama-cloud"),
        ("http://localhost:11434/v1", "ollama"),
        ("http://ollama:11434/v1", "ollama"),
        ("http://[::1]:8080/v1", "llama-cpp"),
        ("http://192.168.1.7:8000/v1", "vllm"),
        ("http://host.docker.internal:4000/v1", "litellm"),
    ],
)
def test_a_server_is_known_by_its_address(address: str, name: str) -> None:
    assert by_address(address) is named(name)
    assert detected(address) is named(name)


@pytest.mark.parametrize(
    "address",
    [
        "https://openrouter.ai.example.org/v1",
        "https://notopenrouter.ai/v1",
        "https://example.org:8080/v1",
        "http://8.8.8.8:11434/v1",
        "http://localhost:1234/v1",
        "http://localhost/v1",
        "",
        "http://[::bad",
        "nonsense",
    ],
)
def test_an_address_that_tells_nothing(address: str) -> None:
    assert by_address(address) is None
    assert detected(address) is named("openai")


def test_a_known_host_wins_over_what_it_lists() -> None:
    assert detected("https://openrouter.ai/api/v1", listing("vllm")) is named("openrouter")


def test_what_is_listed_wins_over_a_usual_port() -> None:
    assert detected("http://localhost:8000/v1", listing("llama-cpp")) is named("llama-cpp")


def test_a_port_is_no_hint_once_the_listing_speaks_against_it() -> None:
    assert detected("http://localhost:8080/v1", listing("openai")) is named("openai")
    assert detected("http://localhost:8080/v1", {"error": "busy"}) is named("llama-cpp")
    own = {"data": [{"id": "ada/tuned:latest", "owned_by": "ada"}]}
    assert detected("http://localhost:11434/v1", own) is named("ollama")


@pytest.mark.parametrize(
    ("name", "model", "facts"),
    [
        ("vllm", "meta-llama/Llama-3.1-8B-Instruct", Facts(window=65_536)),
        ("vllm", "support-lora", Facts()),
        ("llama-cpp", "llama-4-scout-q4.gguf", Facts(window=16_384, vision=True)),
        ("llama-cpp", "scout", Facts(window=16_384, vision=True)),
        (
            "openrouter",
            "meta-llama/llama-4-maverick",
            Facts(window=524_288, max_output=16_384, tools=True, vision=True),
        ),
        (
            "openrouter",
            "meta-llama/llama-3.1-8b-instruct",
            Facts(window=16_384, tools=False, vision=False),
        ),
        (
            "deepinfra",
            "meta-llama/Llama-4-Scout-17B-16E-Instruct",
            Facts(window=327_680, max_output=16_384, vision=True),
        ),
        ("deepinfra", "meta-llama/Llama-3.3-70B-Instruct-Turbo", Facts()),
        ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo", Facts(window=131_072)),
        ("groq", "llama-3.1-8b-instant", Facts(window=131_072, max_output=8192)),
        ("litellm", "scout", Facts(window=327_680, max_output=16_384)),
        ("ollama", "llama3.3:70b", Facts()),
        ("meta", "muse-spark-1.3", Facts()),
    ],
)
def test_what_a_server_says_of_a_model(name: str, model: str, facts: Facts) -> None:
    assert facts_listed(listing(name))[model] == facts


@pytest.mark.parametrize(
    "nonsense",
    [
        -1,
        0,
        1,
        255,
        16_777_217,
        10**30,
        "131072",
        "many",
        True,
        1.5,
        float("nan"),
        float("inf"),
        [],
        {},
        None,
    ],
)
@pytest.mark.parametrize("field", ["max_model_len", "context_length", "context_window"])
def test_nonsense_is_not_believed(field: str, nonsense: object) -> None:
    assert facts_listed({"data": [{"id": "m", field: nonsense}]}) == {"m": Facts()}
    assert facts_listed({"data": [{"id": "m", field: nonsense, "meta": {"n_ctx": 4096}}]}) == {
        "m": Facts(window=4096)
    }


def test_what_a_model_was_trained_with_is_an_upper_bound_only() -> None:
    def window(**meta: int) -> int | None:
        return facts_listed({"data": [{"id": "m", "owned_by": "llamacpp", "meta": meta}]})["m"].window

    assert window(n_ctx_train=131_072) is None
    assert window(n_ctx_train=2048) == 2048
    assert window(n_ctx_train=131_072, n_ctx=4096) == 4096


def test_the_first_of_two_entries_with_one_name_counts() -> None:
    body = {"data": [{"id": "m", "max_model_len": 4096}, {"id": "m", "max_model_len": 8192}, {"id": ""}, 7]}
    assert facts_listed(body) == {"m": Facts(window=4096)}


SHALLOW = ["data", "models", "id", "name", "owned_by", "created", "aliases", "public_apps", "context_window"]
DEEP = ["meta", "n_ctx", "metadata", "tags", "architecture", "modality", "input_modalities", "context_length"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from([*SHALLOW, *DEEP, "top_provider", "supported_parameters"]), inner, max_size=5
        )
    ),
    max_leaves=20,
)


@given(JSON, st.dictionaries(st.text(max_size=12), st.text(max_size=5), max_size=2))
def test_no_answer_of_a_server_does_harm(body: object, headers: dict[str, str]) -> None:
    assert detected("http://localhost:8080/v1", body, headers) in PROFILES
    for facts in facts_listed(body).values():
        assert facts.window is None or 256 <= facts.window <= 16_777_216
        assert facts.max_output is None or facts.max_output >= 16
