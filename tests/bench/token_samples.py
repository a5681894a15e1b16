"""Texts of many kinds and languages with their true counts of tokens, written or drawn by lot for this."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).with_name("token_samples.txt")
_HEAD: Final = re.compile(r"^=== (.+) \| (\d+) \| (\d+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Sample:
    """A text, and how many tokens the vocabularies of Llama 3 and Llama 4 make of it."""

    name: str
    text: str
    llama3: int
    llama4: int

    @property
    def most(self) -> int:
        """The larger of the two counts."""
        return max(self.llama3, self.llama4)


def samples() -> tuple[Sample, ...]:
    """Every sample of the file."""
    return tuple(_read(FILE.read_text(encoding="utf-8")))


def _read(written: str) -> Iterator[Sample]:
    heads = list(_HEAD.finditer(written))
    ends = [*(head.start() for head in heads[1:]), len(written)]
    for head, end in zip(heads, ends, strict=True):
        text = written[head.end() : end].removesuffix("\n")
        yield Sample(head[1], text, int(head[2]), int(head[3]))
