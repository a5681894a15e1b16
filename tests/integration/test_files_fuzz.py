"""Any bytes and broken files of each kind: recognised, read or refused, in time, and the next one is read."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileError
from core.files.document import Document
from core.files.limits import DEFAULT_LIMITS, FileLimits, WorkerLimits
from core.files.picture import Picture
from core.files.sniff import _SIGNATURES, Kind, sniff
from core.files.workshop import Workshop
from tests.files.corpus_mutations import HONEST, NAMES, broken

ROOT = Path(__file__).parents[2]
SECONDS = 5.0
ROUNDS = 3
MOST = 120
SECONDS_A_KIND = 1.5
MUCH_MORE_MB = 64
CONTAINERS = (
    b"RIFF\x00\x00\x00\x00WAVEfmt ",
    b"\x00\x00\x00\x18ftypmp42",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"MZ",
    b"BM",
)
MARKUP = (b"<!DOCTYPE svg [<!ENTITY", b"<?xml ", b"<!--", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"BZh91AY&SY")
BEGINNINGS = (b"", *(signature for signature, _ in _SIGNATURES), *CONTAINERS, *MARKUP)
# Its library itself crashes on some: see the corpus. A process of its own is what that is for.
CRASHING = {"HEIC"}
GROUPS = {
    "pictures": ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "BMP", "ICO", "frames", "pages"),
    "documents": ("PDF", "scan", "Word", "PowerPoint", "Excel"),
    "texts": ("ZIP", "TAR", "CSV", "HTML", "JSON", "notebook"),
}


@settings(max_examples=400, deadline=1_000)
@given(beginning=st.sampled_from(BEGINNINGS), rest=st.binary(max_size=600))
def test_any_bytes_are_some_kind(beginning: bytes, rest: bytes) -> None:
    kind = sniff(beginning + rest)
    assert isinstance(kind, Kind)
    assert kind.label.isprintable()


@pytest.mark.parametrize("kind", HONEST)
def test_a_broken_file_is_some_kind(kind: str) -> None:
    dice, honest = random.Random(kind), HONEST[kind]()
    before = time.monotonic()
    for _ in range(100):
        assert sniff(broken(honest, dice)).label.isprintable()
    assert sniff(b"") == sniff(honest[:0])
    assert time.monotonic() - before < 10


@pytest.mark.parametrize("group", GROUPS)
def test_a_reader_ends_with_what_it_read_or_a_refusal(group: str) -> None:
    """In one process for all of them: what it raises, or dies of, is seen here."""
    assert {kind for kinds in GROUPS.values() for kind in kinds} | CRASHING == set(HONEST)
    given_to_it = ("1", str(MOST), str(SECONDS_A_KIND), *GROUPS[group])
    ran = subprocess.run(
        [sys.executable, "-m", "tests.files.corpus_mutations", *given_to_it],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    for kind, found in json.loads(ran.stdout).items():
        slowest = found.pop("slowest")
        assert set(found) <= {"read", "refused", "too large"}
        assert found["read"]
        assert found.get("refused") or kind == "CSV", "a table can be read whatever is in it"
        assert sum(found.values()) >= MOST // 4, kind
        assert slowest < DEFAULT_LIMITS.read_seconds + 2, kind


@pytest.mark.parametrize("kind", HONEST)
async def test_broken_files_are_read_or_refused_in_time(kind: str) -> None:
    dice, name, honest = random.Random(kind), NAMES.get(kind, "it"), HONEST[kind]()
    refusals: list[str] = []
    own = psutil.Process()
    async with Workshop(WorkerLimits(seconds=SECONDS)) as workshop:
        assert isinstance(await workshop.read(honest, name, DEFAULT_LIMITS), Document | Picture)
        held = own.memory_info().rss
        for _ in range(ROUNDS):
            content, before = broken(honest, dice), time.monotonic()
            try:
                await workshop.read(content, name, DEFAULT_LIMITS)
            except FileError as error:
                refusals.append(error.told)
            assert time.monotonic() - before < SECONDS + 5
        assert isinstance(await workshop.read(b"a text", "it", DEFAULT_LIMITS), Document)
    assert all("it" in told for told in refusals)
    assert own.memory_info().rss - held < MUCH_MORE_MB << 20


TIGHT = FileLimits(
    max_pixels=5_000,
    max_pages=1,
    max_document_characters=40,
    max_drawn=0,
    max_members=3,
    max_unpacked_bytes=20_000,
    max_read_members=1,
    max_rows=3,
    max_cells=6,
    preview_rows=1,
)


@pytest.mark.parametrize("kind", HONEST)
async def test_tight_limits_hold_for_each_kind(kind: str) -> None:
    """A good file that is over every limit is read in part, or refused with a reason."""
    found: Document | Picture | str
    try:
        found = await Workshop().read(HONEST[kind](), NAMES.get(kind, "it"), TIGHT)
    except FileError as error:
        found = error.told
    if isinstance(found, str):
        assert found.startswith("it")
    elif isinstance(found, Picture):
        assert found.width * found.height <= TIGHT.max_pixels
    else:
        assert_within(found, TIGHT)


def assert_within(found: Document, limits: FileLimits) -> None:
    assert not found.drawings
    assert all(len(table.rows) <= limits.max_rows for table in found.tables)
    assert sum(len(table.rows) * len(table.columns) for table in found.tables) <= limits.max_cells
    assert len(found.pages) <= limits.max_pages
