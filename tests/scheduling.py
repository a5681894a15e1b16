"""Which tests run when, and on one worker: those that share what is dear, and those of the local model.

The groups of pytest-xdist do not hold with pytest 9.2: it marks them on an attribute that nobody reads.
"""

from functools import cache
from pathlib import Path
from zlib import crc32

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

ROOT = Path(__file__).parent.parent
MODEL = "mark.model"
SHARED = 'scope="module"'
MODELS = "model"
# Of these a single test takes long: begun last, it would be waited for alone.
LONG = ("tests/faults/test_stateful.py", "tests/faults/test_machine_load.py")


class BySharing(LoadScopeScheduling):  # type: ignore[misc]  # it comes without types
    """Single tests side by side, but files that share a browser or a running product as a whole.

    They are begun in the order in which they were collected.
    """

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        return _scope_of(nodeid)


def mixed(items: list[pytest.Item]) -> None:
    """Bring tests into an order, always the same, in which those that wait stand among those that compute.

    What a test leaves behind shows itself to others than its neighbours, too.
    """
    items.sort(key=lambda item: _turn_of(item.nodeid))


def _turn_of(nodeid: str) -> tuple[bool, int]:
    """What takes long comes first, and groups in the first half: nobody is to wait for them at the end."""
    scope = _scope_of(nodeid)
    is_long = scope == MODELS or nodeid.startswith(LONG)
    return not is_long, crc32(scope.encode()) // (1 if scope == nodeid else 2)


def _scope_of(nodeid: str) -> str:
    return group_of(nodeid.partition("::")[0]) or nodeid


@cache
def group_of(path: str) -> str:
    """The group of a file by its path; empty for one whose tests share nothing.

    The local model takes all processors.
    """
    if path.startswith("tests/browser/"):
        return path
    text = (ROOT / path).read_text()
    if MODEL in text:
        return MODELS
    return path if SHARED in text else ""
