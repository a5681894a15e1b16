"""The figures of the client alone, and whether it keeps to its goals."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

from tests.bench import client_cpu, many_streams
from tests.bench.client_cpu import Cpu, CpuPlan
from tests.bench.figures import Row
from tests.bench.many_streams import Many, ManyPlan

MS = 1000


@dataclass(frozen=True, slots=True)
class Goal:
    """A median and what it should not be above, said in one line."""

    what: str
    median: float
    goal: float

    @property
    def met(self) -> bool:
        return self.median <= self.goal

    def __str__(self) -> str:
        met = "met" if self.met else "NOT MET"
        return f"{self.what}: median {self.median:.3g}, goal at most {self.goal:.3g}: {met}"


def client_rows(cpu_plan: CpuPlan, cpu: Cpu, many_plan: ManyPlan, many: Many) -> Iterator[Row]:
    """Every figure of the client, those without values too."""
    for name, pairs in cpu.pairs.items():
        section = f"Client, {cpu_plan.streams} streams, {name}: CPU for 1,000 tokens"
        yield Row(section, "our client", "ms", tuple(MS * pair.ours for pair in pairs))
        yield Row(section, f"openai {version('openai')}", "ms", tuple(MS * pair.package for pair in pairs))
        yield Row(section, "ours / openai, by round", "", _ratios(cpu, name), client_cpu.GOAL)
    section = f"Client, {many_plan.streams} streams at {many_plan.script.rate} tokens/s, one process"
    for figure, seen in (("all begun together", many.together), ("begun among the others", many.among)):
        late = tuple(MS * each.late_s for each in seen)
        yield Row(section, f"first token late, {figure}", "ms", late, MS * many_streams.GOAL_S)
    yield Row(section, "tokens/s of each", "", tuple(each.rate for each in many.among))
    if many.load is not None:
        yield Row(section, "tokens/s of all", "", (many.load.tokens,))
        yield Row(section, "CPU", "% of a core", (100 * many.load.core,))


def client_goals(cpu: Cpu, many: Many) -> list[Goal]:
    """What was to be reached, and what was."""
    found = [
        Goal(f"CPU of our client / openai, {name}", median(_ratios(cpu, name)), client_cpu.GOAL)
        for name in cpu.pairs
    ]
    for figure, seen in (("all begun together", many.together), ("begun among the others", many.among)):
        if seen:
            late = median(each.late_s for each in seen)
            found.append(Goal(f"ms of the first token, {figure}", MS * late, MS * many_streams.GOAL_S))
    return found


def _ratios(cpu: Cpu, name: str) -> tuple[float, ...]:
    return tuple(pair.ratio for pair in cpu.pairs[name])
