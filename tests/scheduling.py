"""Which tests run on one worker: those that share what is dear, and those of the local model, in a row.

The groups of pytest-xdist do not hold with pytest 9.2: it marks them on an attribute that nobody reads.
"""

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent.parent
MODEL = "mark.model"
SHARED = 'scope="module"'


class BySharing(LoadScopeScheduling):  # type: ignore[misc]  # it comes without types
    """Single tests side by side, but files that share a browser or a running product as a whole."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return group_of(path) or nodeid


@cache
def group_of(path: str) -> str:
    """The group of a file by its path; empty for one whose tests share nothing.

    The local model takes all processors.
    """
    if path.startswith("tests/browser/"):
        return path
    text = (ROOT / path).read_text()
    if MODEL in text:
        return "model"
    return path if SHARED in text else ""
