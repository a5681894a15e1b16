"""Who we are in a workspace, and how Slack names messages."""

import re
from dataclasses import dataclass

_TS = re.compile(r"\d{10,}\.\d{6}")


@dataclass(frozen=True, slots=True)
class Identity:
    """The workspace and our two ids in it, as ``auth.test`` tells them; empty before that.

    ``enterprise`` is the Enterprise organisation that the workspace belongs to, if any.
    """

    team: str = ""
    user: str = ""
    bot: str = ""
    enterprise: str = ""


def is_ts(text: str | None) -> bool:
    """Whether this is the id of a message (``"1700000000.000100"``), not one that we made up."""
    return text is not None and _TS.fullmatch(text) is not None
