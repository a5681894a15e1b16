"""What stands still while crashes are tried: the time, and what texts come to."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from operator import attrgetter

import pytest
import structlog
from structlog.testing import LogCapture

from bots import wiring
from core import address, window
from core.address import Address
from core.conversation import growing
from tests.faults.crash_lives import StillClock

PURE = (
    (growing, "cut"),
    (growing, "segments"),
    (growing, "close_open"),
    (window, "estimate"),
    (window, "_indented"),
    (address, "quote"),
)
_KEY = attrgetter("key.fget")(Address)


@contextmanager
def no_hurry_and_no_errors(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lives are alike, and quick, for the same texts are cut and weighed again and again.

    A crash is nothing to complain of.
    """
    monkeypatch.setattr(wiring, "SystemClock", StillClock)
    for module, name in PURE:
        monkeypatch.setattr(module, name, cache(getattr(module, name)))
    monkeypatch.setattr(Address, "key", property(cache(_KEY)))
    complaints, before = LogCapture(), structlog.get_config()
    only_errors = structlog.make_filtering_bound_logger(logging.ERROR)
    structlog.configure(processors=[complaints], wrapper_class=only_errors)
    try:
        yield
    finally:
        structlog.configure(**before)
    assert complaints.entries == []
