"""Who looks at a picture."""

import pytest

from core.llama.vision import Looker, VisionRule


@pytest.mark.parametrize("main", [True, False, None])
@pytest.mark.parametrize("vision", [True, False, None])
def test_without_a_picture_the_main_model_answers(main: bool | None, vision: bool | None) -> None:
    assert VisionRule(main, vision).looker(0) is Looker.MAIN


@pytest.mark.parametrize(
    ("main", "vision", "looker"),
    [
        (True, True, Looker.MAIN),
        (True, False, Looker.MAIN),
        (False, True, Looker.VISION),
        (False, None, Looker.VISION),
        (False, False, Looker.NOBODY),
        (None, True, Looker.VISION),
        (None, None, Looker.VISION),
        (None, False, Looker.MAIN),
    ],
)
def test_a_picture_goes_to_whoever_sees(main: bool | None, vision: bool | None, looker: Looker) -> None:
    assert VisionRule(main, vision).looker(1) is looker
    assert VisionRule(main, vision).looker(9) is looker


def test_without_a_vision_model_a_text_only_model_refuses() -> None:
    assert VisionRule(main=False).looker(1) is Looker.NOBODY
