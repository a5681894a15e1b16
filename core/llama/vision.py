"""Who looks at a picture."""

from dataclasses import dataclass
from enum import StrEnum


class Looker(StrEnum):
    """Which model answers a request."""

    MAIN = "main"
    VISION = "vision"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class VisionRule:
    """The rule for pictures. Each flag: whether that model sees, ``None`` while nobody has said.

    ``vision`` is ``False`` too where no vision model is configured. A main model of which nobody has said
    is asked only where there is no vision model: it may refuse, and then the person hears so.
    """

    main: bool | None
    vision: bool | None = False

    def looker(self, pictures: int) -> Looker:
        """Who answers a request with so many pictures, those of earlier messages counted in."""
        if not pictures or self.main is True:
            return Looker.MAIN
        if self.vision is not False:
            return Looker.VISION
        return Looker.NOBODY if self.main is False else Looker.MAIN
