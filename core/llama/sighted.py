"""A model that reads text, with another that looks at pictures for it."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from core.errors import ModelError
from core.llama.vision import Looker, VisionRule
from core.ports import Model
from core.transcript import Finished, ImagePart, ModelEvent, ModelInfo, ModelRequest


class Sighted:
    """A ``Model``: requests with pictures go to the second where the first cannot see.

    ``Finished.model`` then names the one that looked.
    """

    def __init__(self, main: Model, vision: Model) -> None:
        self._main = main
        self._vision = vision

    async def info(self) -> ModelInfo:
        """The first model, which sees as far as the second does. Raises ``ModelError``."""
        main = await self._main.info()
        if main.vision is True:
            return main
        vision = await self._vision_info()
        if vision is None:
            return replace(main, vision=None)
        if vision.vision is False:
            return main
        return replace(main, vision=vision.vision, most_pictures=vision.most_pictures)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer; see :class:`~core.ports.Model`. Raises ``ModelError``."""
        looker, name = self._main, ""
        pictures = sum(isinstance(part, ImagePart) for said in request.messages for part in said.parts)
        if pictures:
            main = await self._main.info()
            vision = await self._vision_info()
            rule = VisionRule(main.vision, None if vision is None else vision.vision)
            if rule.looker(pictures) is Looker.VISION:
                info = await self._vision.info()
                looker, name = self._vision, info.name
                request = replace(request, max_tokens=min(request.max_tokens, info.max_output))
        async with aclosing(looker.stream(request)) as events:
            async for event in events:
                yield replace(event, model=name) if name and isinstance(event, Finished) else event

    async def _vision_info(self) -> ModelInfo | None:
        try:
            return await self._vision.info()
        except ModelError:
            # It may be back when it is asked; the request says so then.
            return None
