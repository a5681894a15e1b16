"""Who looks at a picture."""

from collections.abc import AsyncGenerator

import pytest

from core.llama.sighted import Sighted
from core.llama.vision import Looker, VisionRule
from core.transcript import Finish, Finished, ModelEvent, ModelInfo, ModelRequest


class Named:
    """A model that is only asked what it is."""

    def __init__(self, info: ModelInfo) -> None:
        self._info = info

    async def info(self) -> ModelInfo:
        return self._info

    async def stream(self, _request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        yield Finished(Finish.STOP)


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


async def test_who_looks_says_how_many_pictures_it_takes() -> None:
    blind = ModelInfo("main", 8192, 1024, tools=True, vision=False, hosted=False)
    looker = ModelInfo("eyes", 8192, 1024, tools=True, vision=True, hosted=False, most_pictures=1)
    seen = await Sighted(Named(blind), Named(looker)).info()
    assert (seen.name, seen.vision, seen.most_pictures) == ("main", True, 1)
    assert await Sighted(Named(blind), Named(blind)).info() == blind
