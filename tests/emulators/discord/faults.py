"""Faults by plan: a request that matches meets what a test wants it to meet."""

import re
from dataclasses import dataclass, field


@dataclass
class Fault:
    """What happens to the next ``times`` requests whose ``"METHOD /path"`` matches ``pattern``.

    ``status`` 0 leaves the answer as it is (for a pure ``delay``); ``after_effect`` runs the handler
    first; ``reset`` cuts the connection instead of answering; ``code`` and ``headers`` go with it.
    """

    pattern: str
    times: int = 1
    status: int = 502
    after_effect: bool = False
    delay: float = 0.0
    reset: bool = False
    code: int = 0
    retry_after: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    met: int = 0


@dataclass
class Faults:
    """The plan, the earliest first."""

    plan: list[Fault] = field(default_factory=list)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, used up by one."""
        for fault in self.plan:
            if fault.met < fault.times and re.search(fault.pattern, f"{method} {path}"):
                fault.met += 1
                return fault
        return None
