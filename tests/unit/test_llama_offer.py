"""The names in a list of models, in every shape that servers use."""

import pytest

from core.llama.offer import names_in


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
