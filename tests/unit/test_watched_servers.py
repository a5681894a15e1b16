"""Which settings the operator is pointed to when a model server refuses."""

import pytest

from bots.model_plan import plan_of
from bots.model_servers import _server
from bots.settings import Settings
from core.operator_phrases import Meanwhile, ModelServer

MAIN = "https://api.example.com"
OTHER = "https://other.example.com"


def planned(**settings: object) -> dict[str, ModelServer]:
    """The servers of a plan as the operator is told of them, by model."""
    values = {
        "llama_base_url": f"{MAIN}/v1",
        "llama_api_key": "secret-key",
        "llama_model": "main",
        **settings,
    }
    plan = plan_of(Settings.model_validate(values))
    return {model.endpoint.model or "": _server(model, plan) for model in plan.models}


def test_each_model_is_told_of_with_the_settings_that_name_it() -> None:
    found = planned(llama_vision_model="sees", llama_choices="chosen, main")
    assert found == {
        "main": ModelServer(MAIN, "main"),
        "sees": ModelServer(MAIN, "sees", model_setting="LLAMA_VISION_MODEL"),
        "chosen": ModelServer(MAIN, "chosen", model_setting="LLAMA_CHOICES"),
    }
    assert "secret-key" not in repr(found)


@pytest.mark.parametrize("address", [None, f"{MAIN}/v1", f"{OTHER}/v1"])
def test_a_fallback_is_told_of_by_its_number_and_its_own_key(address: str | None) -> None:
    fallbacks = [
        {"model": "second", "base_url": address, "api_key": "another-key"},
        {"model": "third", "base_url": address},
    ]
    found = planned(llama_fallback=fallbacks, llama_choices="chosen")
    origin = OTHER if address == f"{OTHER}/v1" else MAIN
    second, third = (f"[[llama.fallback]] number {number}" for number in (1, 2))
    # On the main server its key is taken where a fallback has none.
    key = f"api_key of {third}" if origin == OTHER else "LLAMA_API_KEY"
    behind = Meanwhile.FALLBACK
    assert found == {
        "main": ModelServer(MAIN, "main", meanwhile=behind),
        "second": ModelServer(origin, "second", f"api_key of {second}", second, behind),
        "third": ModelServer(origin, "third", key, third, behind),
        "chosen": ModelServer(MAIN, "chosen", model_setting="LLAMA_CHOICES"),
    }


def test_the_only_model_of_a_server_needs_no_name() -> None:
    assert planned(llama_model=None) == {"": ModelServer(MAIN, "")}
