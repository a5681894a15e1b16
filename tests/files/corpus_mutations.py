"""Many broken copies of a file, read by its reader in this one process.

Nothing but a document, a picture or a ``FileError`` may come of one. What a process of its own would be ended
for (its memory, its time) ends this one too, and is seen by whoever started it.
"""

import importlib
import json
import logging
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping

from core.errors import FileError
from core.files import images
from core.files.document import Document
from core.files.limits import DEFAULT_LIMITS, DEFAULT_WORKER_LIMITS
from core.files.picture import Picture
from core.files.sniff import Family, sniff
from core.files.worker import READERS
from tests.files import make_office, make_pdf, make_tables, make_texts
from tests.files.make_archives import tar_of, zip_of
from tests.files.make_office import package
from tests.files.make_office_hostile import unpacked
from tests.pictures import TURNED_HEIC, encoded, gif_of_frames, gradient, tiff_of_pages

_MEMBERS = {f"{number}.txt": f"the text of {number}\n".encode() * 50 for number in range(5)}
_ROWS: make_tables.Cells = [["name", "price"], *([f"ñandú {number}", number + 0.5] for number in range(40))]
_WORDS = (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00")


def _drawn(encoding: str) -> Callable[[], bytes]:
    return lambda: encoded(gradient(120, 90), encoding)


HONEST: Mapping[str, Callable[[], bytes]] = {
    **{kind: _drawn(kind) for kind in ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "BMP", "ICO")},
    "frames": lambda: gif_of_frames(20),
    "pages": lambda: tiff_of_pages(20),
    "HEIC": lambda: TURNED_HEIC,
    "PDF": lambda: make_pdf.bookmarked(("One", "The first text"), ("Two", "The second text")),
    "scan": lambda: make_pdf.scanned("Dear Sir", size=(200, 260)),
    "Word": make_office.report_docx,
    "PowerPoint": make_office.talk_pptx,
    "Excel": lambda: make_tables.xlsx({"Costs": _ROWS}),
    "ZIP": lambda: zip_of(_MEMBERS),
    "TAR": lambda: tar_of(_MEMBERS),
    "CSV": lambda: make_tables.csv_bytes(_ROWS),
    "HTML": make_texts.PAGE.encode,
    "JSON": lambda: b'{"llamas": [1, 2, {"names": ["a", "b"], "wool": 2.5e9}]}',
    "notebook": make_texts.notebook,
}
"""An honest file of each kind."""
NAMES = {"CSV": "it.csv", "HTML": "it.html", "JSON": "it.json", "notebook": "it.ipynb"}


def broken(content: bytes, dice: random.Random) -> bytes:
    """The file broken; an archive in one of its members, as often as not."""
    if content.startswith(b"PK") and dice.random() < 0.5:
        parts = unpacked(content)
        part = dice.choice([name for name, held in parts.items() if held])
        return package({**parts, part: _changed(parts[part], dice)})
    return _changed(content, dice)


def _changed(content: bytes, dice: random.Random) -> bytes:
    """Bytes are changed, taken out, repeated or cut off."""
    wrong = bytearray(content)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(wrong))
        match dice.randrange(12):
            case 0:
                del wrong[max(at, 12) :]
            case 1 | 2:
                del wrong[max(at, 1) : at + dice.randint(1, 40)]
            case 3 | 4:
                wrong[at:at] = wrong[at : at + 200] * dice.randint(1, 20)
            case 5 | 6 | 7:
                wrong[at : at + 4] = dice.choice(_WORDS)
            case _:
                wrong[at] = dice.randrange(256)
    return bytes(wrong)


def outcome(content: bytes, name: str) -> str:
    """``"read"`` or ``"refused"``. Whatever else the reader raises leaves."""
    kind = sniff(content)
    path = images.__name__ if kind.family is Family.PICTURE else READERS.get(kind.label)
    if path is None:
        return "refused"
    try:
        found = importlib.import_module(path).read(content, name, DEFAULT_LIMITS)
    except FileError as error:
        return "refused" if error.told else "refused in silence"
    assert isinstance(found, Document | Picture), type(found)
    return "read"


def main(seed: str, most: str, seconds: str, *kinds: str) -> None:
    """Of each kind read up to ``most`` broken files within so many ``seconds``; say what became of them."""
    memory = DEFAULT_WORKER_LIMITS.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.disable()
    images.warm_up()
    found = {kind: _all_outcomes(kind, seed, int(most), float(seconds)) for kind in kinds}
    sys.stdout.write(json.dumps(found))


def _all_outcomes(kind: str, seed: str, most: int, seconds: float) -> dict[str, float]:
    honest, dice = HONEST[kind](), random.Random(f"{kind} {seed}")
    found: Counter[str] = Counter()
    slowest, end = 0.0, time.monotonic() + seconds
    while found.total() < most and time.monotonic() < end:
        content, before = broken(honest, dice), time.monotonic()
        try:
            found[outcome(content, NAMES.get(kind, "it"))] += 1
        except MemoryError:
            # A worker tells of this: it is the end of its memory, and no fault of the reader.
            found["too large"] += 1
        except Exception:
            sys.stderr.write(f"{kind}, number {found.total()} of seed {seed}\n")
            raise
        slowest = max(slowest, time.monotonic() - before)
    return {**found, "slowest": slowest}


if __name__ == "__main__":
    main(*sys.argv[1:])
