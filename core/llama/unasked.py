"""Failures that did not come from the server: it was not asked at all.

They are errors like the server's own for everybody above, except that asking again at once is pointless.
"""

from core.errors import ModelBroke, ModelBusy, ModelUnreachable


class Unasked:
    """Marks such an error."""


class WaitedTooLong(Unasked, ModelBusy):
    """The request could not go out within the time that it may wait in line."""


class StillUnreachable(Unasked, ModelUnreachable):
    """The server could not be reached several times in a row, and is left alone for a while."""


class StillBroken(Unasked, ModelBroke):
    """The server failed several times in a row, and is left alone for a while."""
