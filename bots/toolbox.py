"""The tools that the shipped assistant has."""

from core.tools.builtin.calculator import calculate
from core.tools.builtin.clock import time_in
from core.tools.toolbox import Toolbox


def shipped_tools() -> Toolbox:
    """The two safe ones: the time in a place, and a calculator."""
    return Toolbox((time_in, calculate))
