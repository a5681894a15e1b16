"""The tools that the shipped assistant has."""

from core.tools.builtin.calculator import calculate
from core.tools.builtin.charts import chart_tool
from core.tools.builtin.clock import time_in
from core.tools.toolbox import Toolbox


def shipped_tools() -> Toolbox:
    """The safe ones: the time in a place, a calculator, and charts of given numbers."""
    return Toolbox((time_in, calculate, chart_tool()))
