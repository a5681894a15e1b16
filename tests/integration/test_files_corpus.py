"""Every file of the corpus is understood as it must be, or refused with a reason, and costs nobody else.

The bombs are smaller here than those of ``make files``, which are read in the same way.
"""

import io
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from tests.files.corpus import CASES
from tests.files.corpus_case import PICTURE, Case, Wanted, refused, text
from tests.files.corpus_run import Result, Run, Stage, run, stage
from tests.files.corpus_table import outcome, show

ROOT = Path(__file__).parents[2]
SIDE_BY_SIDE = 2
TITLES = [case.about for case in CASES]


@dataclass(frozen=True)
class Corpus:
    runs: list[Run]

    def results(self) -> Mapping[str, Result]:
        return {one.case.about: one for each in self.runs for one in each.results}


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    """Two processes, each of which has half of the files read."""
    shares = [CASES[start::SIDE_BY_SIDE] for start in range(SIDE_BY_SIDE)]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        return Corpus(list(threads.map(partial(run, is_quick=True), shares)))


@pytest.mark.parametrize("about", TITLES)
def test_it_is_understood_or_refused(corpus: Corpus, about: str) -> None:
    result = corpus.results()[about]
    assert result.wrong == ()
    assert result.seen.kind or result.seen.notes


def test_there_are_enough_of_each_sort() -> None:
    assert len(set(TITLES)) == len(TITLES)
    hostile = sum(case.is_hostile for case in CASES)
    assert hostile >= 60
    assert len(CASES) - hostile >= 60


def test_the_one_who_has_them_read_stays_small(corpus: Corpus) -> None:
    for each in corpus.runs:
        assert each.faults() == ()
        assert each.left == 0


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux alone tells")
def test_memory_is_measured(corpus: Corpus) -> None:
    results = corpus.results()
    small, large = results["Markdown"], results["CSV of 300,000 rows"]
    assert 10 < small.seen.worker_mb < 100
    assert large.seen.worker_mb > small.seen.worker_mb + 50
    assert results["no bytes"].seen.worker_mb == 0
    assert all(each.results[0].seen.ours_mb > 10 for each in corpus.runs)


def test_the_table_has_them_all(corpus: Corpus) -> None:
    target = io.StringIO()
    first = corpus.runs[0]
    show(first, Console(file=target, width=300, color_system=None))
    table = target.getvalue()
    assert all(one.case.about in table for one in first.results)
    assert all(outcome(one) in {"understood", "refused"} for one in first.results)
    assert "0 wrong." in table
    assert "\x1b" not in table


@pytest.fixture
def reading() -> Iterator[Stage]:
    with stage() as opened:
        yield opened
        assert opened.close() == 0


@pytest.mark.parametrize(
    ("content", "wanted", "wrong"),
    [
        (b"honest words", text("honest"), ""),
        (b"honest words", text("other"), "missing: 'other'"),
        (b"honest words", text(absent=("words",)), "not to be there: 'words'"),
        (b"honest words", text(shown="b.txt"), "is called 'a.txt', not 'b.txt'"),
        (b"honest words", refused("is"), "is text, not refused: "),
        (b"", refused("a bomb"), "not told: 'a bomb', but 'a.txt is empty (0 bytes).'"),
    ],
)
def test_the_judge_finds_what_is_wrong(reading: Stage, content: bytes, wanted: Wanted, wrong: str) -> None:
    case = Case("judged", "a.txt", lambda: content, wanted)
    assert wrong in " ".join(reading.read(case, is_quick=True).wrong)


def test_the_judge_looks_at_pictures(reading: Stage) -> None:
    picture = next(case for case in CASES if case.wanted.looks)
    assert picture.wanted.kind == PICTURE
    other = replace(picture.wanted, size=(1, 1), looks=((0, 255, 0), (0, 255, 0)))
    told = " ".join(reading.read(replace(picture, wanted=other), is_quick=True).wrong)
    assert "not (1, 1)" in told
    assert "not (0, 255, 0)" in told


def test_as_make_files_starts_it() -> None:
    command = [sys.executable, "-m", "tests.files", "--quick", "--only", "jpeg, grey"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "1 understood, 0 refused with a reason, 0 wrong." in ran.stdout
