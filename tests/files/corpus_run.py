"""The corpus is made here, read in a process of its own, and judged here."""

import io
import pickle
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from PIL import Image

from core.files.limits import DEFAULT_LIMITS, DEFAULT_WORKER_LIMITS
from tests.files.corpus_case import PICTURE, Case, Seen
from tests.files.corpus_stage import Asked
from tests.pictures import near

MOST_SECONDS = DEFAULT_WORKER_LIMITS.seconds + 2
MOST_WORKER_MB = DEFAULT_WORKER_LIMITS.memory_bytes / 2**20
MOST_GROWTH_MB = 64.0
MOST_PEAK_GROWTH_MB = 128.0
SIGNS_OF_A_CAMERA = frozenset({"Exif", "eXIf", "GPS", "canary"})
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Result:
    """A case, the size of its file in bytes, what was seen of it, and what was wrong with that."""

    case: Case
    size: int
    seen: Seen
    wrong: tuple[str, ...]


@dataclass(slots=True)
class Run:
    """All results, and how many processes were left when the workshop had closed."""

    results: list[Result]
    left: int = 0

    def growth_mb(self) -> float:
        """What the process that has files read holds more at the end than after its first file."""
        return self.results[-1].seen.ours_mb - self.results[0].seen.ours_mb

    def peak_growth_mb(self) -> float:
        """What it held more at the most."""
        return max(one.seen.our_peak_mb for one in self.results) - self.results[0].seen.ours_mb

    def faults(self) -> tuple[str, ...]:
        """What is wrong with the run as a whole."""
        named = (
            (self.left, f"{self.left} processes were left"),
            (self.growth_mb() > MOST_GROWTH_MB, f"the parent kept {self.growth_mb():.0f} MB"),
            (self.peak_growth_mb() > MOST_PEAK_GROWTH_MB, f"the parent took {self.peak_growth_mb():.0f} MB"),
        )
        return tuple(told for is_so, told in named if is_so)


class Stage:
    """The process that reads."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._to, self._from = cast("IO[bytes]", process.stdin), cast("IO[bytes]", process.stdout)

    def read(self, case: Case, *, is_quick: bool) -> Result:
        """What became of the file."""
        content = case.content(is_quick=is_quick)
        words = {*case.wanted.words, *case.wanted.absent, *SIGNS_OF_A_CAMERA}
        pickle.dump(Asked(case.name, content, frozenset(words)), self._to)
        self._to.flush()
        seen = cast("Seen", pickle.load(self._from))
        return Result(case, len(content), seen, tuple(_wrong(case, seen)))

    def close(self) -> int:
        """No more files. How many processes are left."""
        pickle.dump(None, self._to)
        self._to.flush()
        return cast("int", pickle.load(self._from))


@contextmanager
def stage() -> Iterator[Stage]:
    """A process that reads, with a workshop of its own."""
    command = [sys.executable, "-m", "tests.files.corpus_stage"]
    process = subprocess.Popen(command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        try:
            yield Stage(process)
        finally:
            process.kill()


def run(cases: Iterable[Case], *, is_quick: bool) -> Run:
    """Read the cases one after the other."""
    with stage() as reading:
        results = [reading.read(case, is_quick=is_quick) for case in cases]
        return Run(results, reading.close())


def _wrong(case: Case, seen: Seen) -> Iterator[str]:
    wanted = case.wanted
    yield from _wrong_limits(seen)
    if seen.kind != wanted.kind:
        yield f"is {seen.kind or 'refused'}, not {wanted.kind or 'refused'}: {seen.notes}"
    for told in wanted.told:
        if told not in seen.notes:
            yield f"not told: {told!r}, but {seen.notes!r}"
    yield from (f"missing: {word!r}" for word in wanted.words if word not in seen.found)
    yield from (f"not to be there: {word!r}" for word in wanted.absent if word in seen.found)
    counts = (
        ("pages", wanted.pages, seen.pages),
        ("tables", wanted.tables, seen.tables),
        ("pictures", wanted.pictures, len(seen.pictures)),
    )
    yield from (f"{count} {what}, not {want}" for what, want, count in counts if want not in (None, count))
    if not seen.notes and not seen.kind:
        yield "ignored in silence"
    yield from _wrong_name(wanted.shown, seen)
    if wanted.kind == seen.kind == PICTURE:
        yield from _wrong_picture(case, seen)


def _wrong_limits(seen: Seen) -> Iterator[str]:
    if seen.seconds > MOST_SECONDS:
        yield f"took {seen.seconds:.1f} s"
    if seen.worker_mb > MOST_WORKER_MB:
        yield f"took {seen.worker_mb:.0f} MB"
    # The spare process.
    if seen.children > 1:
        yield f"{seen.children} processes were left"


def _wrong_name(shown: str, seen: Seen) -> Iterator[str]:
    if shown not in ("", seen.name):
        yield f"is called {seen.name!r}, not {shown!r}"
    for line in (seen.name, seen.notes):
        if any(unicodedata.category(letter) in {"Cc", "Cf"} for letter in line):
            yield f"invisible characters in {line!r}"


def _wrong_picture(case: Case, seen: Seen) -> Iterator[str]:
    content = seen.pictures[0]
    yield from (f"still says {sign}" for sign in SIGNS_OF_A_CAMERA if sign in seen.found)
    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGB")
    if max(picture.size) > DEFAULT_LIMITS.max_side or len(content) > DEFAULT_LIMITS.max_image_bytes:
        yield f"too large: {picture.size}, {len(content):,} bytes"
    if case.wanted.size not in (None, picture.size):
        yield f"is {picture.size}, not {case.wanted.size}"
    if case.wanted.looks is not None:
        yield from _wrong_colours(picture, case.wanted.looks)


def _wrong_colours(picture: Image.Image, looks: Sequence[tuple[int, int, int]]) -> Iterator[str]:
    for share, colour in zip((0.2, 0.8), looks, strict=True):
        spot = (int(picture.width * share), picture.height // 2)
        if not near(picture.getpixel(spot), colour, 60):
            yield f"{picture.getpixel(spot)} at {spot}, not {colour}"
