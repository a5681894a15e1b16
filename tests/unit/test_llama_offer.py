"""The names in a list of models, in every shape that servers use."""

import pytest

from core.llama.offer import names_in, shown_name


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({"object": "list", "data": [{"id": "a"}, {"id": "b"}]}, ("a", "b")),
        ({"models": [{"name": "a:8b", "model": "a:8b"}]}, ("a:8b",)),
        ([{"id": "a"}, {"id": "b"}], ("a", "b")),
        (["a", "b", "a"], ("a", "b")),
        ({"data": [{"id": ""}, {"id": 3}, None, {}, [], {"id": "b"}]}, ("b",)),
        ({"data": [{"id": "a"}, {"id": "a"}]}, ("a",)),
        ({"data": []}, ()),
        ({"data": None}, ()),
        ("models", ()),
        (None, ()),
        (7, ()),
    ],
)
def test_names(body: object, names: tuple[str, ...]) -> None:
    assert names_in(body) == names


@pytest.mark.parametrize(
    ("model", "shown"),
    [
        ("/models/llama/Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "Meta-Llama-3.1-8B-Instruct-Q4_K_M"),
        ("C:\\models\\tiny.GGUF", "tiny"),
        ("meta-llama/llama-4-scout", "meta-llama/llama-4-scout"),
        ("llama3.1:8b", "llama3.1:8b"),
        (".gguf", ".gguf"),
    ],
)
def test_a_models_file_is_shown_without_its_folder(model: str, shown: str) -> None:
    assert shown_name(model) == shown
