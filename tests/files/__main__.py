"""``python -m tests.files``: make every file of the corpus, have it read, print what was understood."""

import argparse
import sys

from tests.files.corpus import CASES
from tests.files.corpus_run import run
from tests.files.corpus_table import console, show

WRONG = 1


def main() -> int:
    """0 when every file was understood or refused as it must be, within the limits; else 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.files", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the smaller files that the tests take")
    parser.add_argument("--only", default="", metavar="WORDS", help="the files whose title has these words")
    options = parser.parse_args()
    cases = [case for case in CASES if options.only.casefold() in case.about.casefold()]
    if not cases:
        parser.error(f"no file's title has {options.only!r}")
    done = run(cases, is_quick=options.quick)
    show(done, console())
    return WRONG if done.faults() or any(one.wrong for one in done.results) else 0


if __name__ == "__main__":
    sys.exit(main())
