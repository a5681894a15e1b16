"""``python -m tests.bench.tokens [FILE ...]``: how far the guess of tokens is from the true counts.

With the packages tiktoken and llama-models the samples' recorded counts are checked and files may be
measured; without them the recorded counts are all there is, and the report says so.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from core.llama.tokenizers import installed_counter
from core.tokens import SAFETY, Vocabulary, estimate
from tests.bench.token_samples import Sample, samples

WRONG = 1
SHOWN = 5
PIECE = 4_000
SPEED_CHARACTERS = 100_000


def main() -> int:
    """0 when no guess, times the safety factor, was too few and every recorded count is true."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.tokens", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="measure these texts, too")
    files: list[Path] = parser.parse_args().files
    measured = list(samples())
    counters = [installed_counter(name) for name in ("llama-3.3", "llama-4")]
    third, fourth = counters
    if third is None or fourth is None:
        say("The tokenizers are not installed (tiktoken, llama-models): these are the recorded counts.")
        if files:
            say("Files cannot be measured without them.")
            return WRONG
        stale: list[str] = []
    else:
        stale = [
            one.name for one in measured if (third(one.text), fourth(one.text)) != (one.llama3, one.llama4)
        ]
        measured += pieces(files, third, fourth)
    report(measured)
    for name in stale:
        say(f"WRONG: the recorded counts of {name!r} are not what the tokenizers say")
    few = too_few(measured)
    return WRONG if few or stale else 0


def pieces(files: Sequence[Path], third: Callable[[str], int], fourth: Callable[[str], int]) -> list[Sample]:
    """Each file in pieces of 4,000 characters with their true counts."""
    found = []
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        for start in range(0, len(text), PIECE):
            piece = text[start : start + PIECE]
            found.append(Sample(f"{file.name}:{start}", piece, third(piece), fourth(piece)))
    return found


def too_few(measured: Sequence[Sample]) -> bool:
    """Say which guesses were too few in spite of the safety factor; whether there are any."""
    found = False
    for one in measured:
        for title, vocabulary, of in _ROWS:
            guess = estimate(one.text, vocabulary)
            if guess * SAFETY < of(one):
                say(f"TOO FEW: {one.name}: {title}: {guess} * {SAFETY} for {of(one)}")
                found = True
    return found


def report(measured: Sequence[Sample]) -> None:
    """Print the errors by vocabulary, the worst texts, and the speed."""
    say(f"{len(measured)} texts; guess divided by true count, before the safety factor of {SAFETY}")
    say(f"{'':<28}{'least':>8}{'p5':>8}{'median':>8}{'p95':>8}{'most':>8}")
    for title, vocabulary, of in _ROWS:
        ratios = sorted(estimate(one.text, vocabulary) / max(of(one), 1) for one in measured)
        figures = [ratios[int(share * (len(ratios) - 1))] for share in (0, 0.05, 0.5, 0.95, 1)]
        say(f"{title:<28}" + "".join(f"{figure:>8.2f}" for figure in figures))
    ordered = sorted(measured, key=lambda one: estimate(one.text) / max(one.most, 1))
    say("least: " + ", ".join(_ratio(one) for one in ordered[:SHOWN]))
    say("most:  " + ", ".join(_ratio(one) for one in ordered[-SHOWN:]))
    everything = "\n".join(one.text for one in measured)
    text = (everything * (1 + SPEED_CHARACTERS // max(len(everything), 1)))[:SPEED_CHARACTERS]
    times = []
    for _ in range(SHOWN):
        start = time.perf_counter()
        estimate(text)
        times.append(time.perf_counter() - start)
    say(f"{len(text):,} characters in {min(times) * 1000:.1f} ms")


def say(line: str) -> None:
    """Print a line of the report."""
    sys.stdout.write(f"{line}\n")


def _ratio(one: Sample) -> str:
    return f"{one.name} {estimate(one.text) / max(one.most, 1):.2f}"


_ROWS: tuple[tuple[str, Vocabulary, Callable[[Sample], int]], ...] = (
    ("Llama 3", Vocabulary.LLAMA_3, lambda one: one.llama3),
    ("Llama 4", Vocabulary.LLAMA_4, lambda one: one.llama4),
    ("Llama 3's guess for either", Vocabulary.LLAMA_3, lambda one: one.most),
)

if __name__ == "__main__":
    sys.exit(main())
