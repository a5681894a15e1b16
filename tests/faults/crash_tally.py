"""How sequences of crashes ended, counted."""

import sys
from collections import Counter
from dataclasses import dataclass, field

GOOD = "once"


@dataclass
class Tally:
    """What came out, by number of crashes and verdict; ``lives`` counts those really led.

    ``worlds`` is how many different ones crashes can leave; it is closed when none leads out of them.
    """

    points: int = 0
    lives: int = 0
    worlds: int = 0
    is_closed: bool = False
    verdicts: Counter[tuple[int, str]] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def sequences(self) -> int:
        return self.verdicts.total()

    def count(self, outcome: str) -> int:
        return sum(many for (_, found), many in self.verdicts.items() if found == outcome)

    def outcomes(self) -> set[str]:
        return {outcome for _, outcome in self.verdicts}

    def say(self, name: str) -> None:
        """Print a line of figures."""
        by_crashes: Counter[int] = Counter()
        for (crashes, _), many in self.verdicts.items():
            by_crashes[crashes] += many
        parts = ", ".join(f"{many} with {crashes}" for crashes, many in sorted(by_crashes.items()))
        other = {found: self.count(found) for found in self.outcomes() if found != GOOD}
        worlds = f"; {self.worlds} worlds{' and no others' if self.is_closed else ''}" if self.worlds else ""
        sys.stdout.write(
            f"\n{name}: {self.points} points; sequences by crashes: {parts}; well ended "
            f"{self.count(GOOD)} of {self.sequences}; otherwise {other or 'none'}{worlds}; "
            f"{self.lives} lives led\n"
        )
