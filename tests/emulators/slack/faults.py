"""Faults by plan: what the next calls of a method meet."""

from dataclasses import dataclass


@dataclass(slots=True)
class Fault:
    """What happens to the next ``times`` calls.

    ``error`` is an ``ok: false`` code; ``status`` an HTTP status (429 brings ``retry_after``);
    ``reset`` cuts the connection; ``delay`` waits first, ``late`` before the answer goes out. With
    ``after_effect`` the call does its work and only the answer is lost.
    """

    method: str
    times: int
    error: str | None = None
    status: int | None = None
    retry_after: int = 1
    reset: bool = False
    delay: float = 0.0
    late: float = 0.0
    after_effect: bool = False


class FaultPlan:
    """Faults in the order in which they were planned, per method."""

    def __init__(self) -> None:
        self._planned: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._planned.append(fault)

    def clear(self) -> None:
        self._planned.clear()

    def take(self, method: str) -> Fault | None:
        """The fault that this call meets."""
        for fault in self._planned:
            if fault.method == method and fault.times > 0:
                fault.times -= 1
                return fault
        return None
