import pytest

from core.errors import StartupError
from core.llama.profile import GIF, JPEG, PNG, WEBP, CapField, Profile
from core.llama.profiles import (
    LLAMA_API,
    LLAMA_CPP,
    META,
    OLLAMA,
    OLLAMA_CLOUD,
    OPENAI,
    PROFILES,
    VLLM,
    fitted,
    named,
)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_each_profile_is_found_by_its_name_and_makes_sense(profile: Profile) -> None:
    assert named(profile.name) is profile
    assert {PNG, JPEG} <= profile.image_formats <= {PNG, JPEG, GIF, WEBP}
    assert 1 <= profile.most_images <= 50
    assert 1_000_000 <= profile.image_bytes <= 15_000_000
    assert profile.calls_at_once >= 1
    assert 60 <= profile.first_event_s <= 180
    assert not (profile.strict_schemas and not profile.schemas)


def test_no_name_twice() -> None:
    assert len({profile.name for profile in PROFILES}) == len(PROFILES) == 12


@pytest.mark.parametrize(
    ("written", "profile"),
    [
        ("llama.cpp", LLAMA_CPP),
        ("LLAMA_CPP", LLAMA_CPP),
        (" llamacpp\n", LLAMA_CPP),
        ("vLLM", VLLM),
        ("llama_api", LLAMA_API),
        ("Ollama Cloud", OLLAMA_CLOUD),
    ],
)
def test_a_name_as_people_write_it(written: str, profile: Profile) -> None:
    assert named(written) is profile


@pytest.mark.parametrize("written", ["", "-", "lama", "ollama2", "🦙", "x" * 10_000])
def test_an_unknown_name_lists_the_choice(written: str) -> None:
    with pytest.raises(StartupError, match="LLAMA_PROFILE") as caught:
        named(written)
    assert all(profile.name in str(caught.value) for profile in PROFILES)
    assert len(str(caught.value)) < 300


def test_what_breaks_when_it_is_sent_otherwise() -> None:
    assert META.cap_field is CapField.MAX_COMPLETION_TOKENS
    assert OLLAMA.cap_field is CapField.MAX_TOKENS
    assert [profile.name for profile in PROFILES if profile.native] == ["llama-api"]
    assert [profile.name for profile in PROFILES if profile.truncates] == ["ollama"]
    assert [profile.name for profile in PROFILES if profile.parallel_tools] == ["llama-cpp"]
    assert OLLAMA.calls_at_once <= 2
    assert META.first_event_s == OLLAMA.first_event_s == 180


@pytest.mark.parametrize("model", ["gpt-oss:120b-cloud", "glm-5.2:cloud", "GLM-5.2:CLOUD"])
def test_a_local_ollama_passes_some_models_on_to_its_cloud(model: str) -> None:
    assert fitted(OLLAMA, model) is OLLAMA_CLOUD
    assert fitted(OPENAI, model) is OPENAI


@pytest.mark.parametrize(
    ("model", "most"),
    [("llama3.2-vision:11b", 1), ("ada/llama3.2-vision", 1), ("llama4:scout", 8), ("llama3.2", 8)],
)
def test_ollama_takes_one_picture_for_llama_3_2_vision(model: str, most: int) -> None:
    assert fitted(OLLAMA, model).most_images == most
    assert fitted(VLLM, model) is VLLM
