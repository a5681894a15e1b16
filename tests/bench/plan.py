"""How long the bench is, and what it gathers."""

from dataclasses import dataclass, field

from tests.bench.client_cpu import Cpu, CpuPlan
from tests.bench.many_streams import Many, ManyPlan
from tests.bench.rounds import Results
from tests.bench.stops import Stops


@dataclass(frozen=True, slots=True)
class Plan:
    """How many rounds of each kind; lengths of answers in characters; the number of the first question.

    In a round of ``stops`` one answer is stopped in each way.
    """

    singles: int = 10
    stops: int = 5
    crowds: int = 3
    starts: int = 3
    usual: int = 900
    long: int = 6000
    seed: int = 1000
    cpu: CpuPlan = CpuPlan()  # noqa: RUF009 - a frozen value
    many: ManyPlan = ManyPlan()  # noqa: RUF009 - a frozen value


QUICK = Plan(
    singles=3, stops=2, crowds=1, starts=1, long=3000, cpu=CpuPlan(rounds=3), many=ManyPlan(answers=2)
)


@dataclass(frozen=True, slots=True)
class Footprint:
    """A product at rest: resident memory before and after its work, and the CPU that it takes for nothing."""

    idle_mib: float
    after_mib: float
    idle_cpu_percent: float


@dataclass
class Starts:
    """Seconds from the process's start to its "Ready"; ``missing`` says why there is no local model."""

    emulated_s: dict[str, list[float]] = field(default_factory=dict)
    local_s: list[float] = field(default_factory=list)
    local_mib: list[float] = field(default_factory=list)
    missing: str = ""


@dataclass
class Measured:
    """Everything that was measured, by platform. ``late_s`` is how late this process's own loop was."""

    starts: Starts = field(default_factory=Starts)
    single: dict[str, Results] = field(default_factory=dict)
    crowd: dict[str, Results] = field(default_factory=dict)
    long: dict[str, Results] = field(default_factory=dict)
    stops: dict[str, Stops] = field(default_factory=dict)
    footprint: dict[str, Footprint] = field(default_factory=dict)
    late_s: list[float] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)
    cpu: Cpu = field(default_factory=Cpu)
    many: Many = field(default_factory=Many)

    @property
    def faults(self) -> list[str]:
        """Every answer that was wrong, missing, given twice, read wrong or not to be stopped."""
        kinds = (self.single, self.crowd, self.long)
        found = [fault for kind in kinds for results in kind.values() for fault in results.faults]
        found += [fault for stops in self.stops.values() for fault in stops.faults]
        return [*found, *self.left_over, *self.cpu.faults, *self.many.faults]
