"""Word and PowerPoint files, honest and hostile."""

import zipfile
from functools import partial

from tests.files import make_office, make_office_hostile
from tests.files.corpus_case import Case, Wanted, hostile, refused, taken
from tests.files.make_office_hostile import rest_of, unpacked
from tests.files.make_old_office import compound
from tests.files.make_tables import xlsx

_DAMAGED = refused("is damaged or incomplete")
_LOCKED = refused("is protected by a password: please send a copy without one.")
_DECLARED = refused("holds XML declarations that no office program writes")
_HARMFUL = refused("as only harmful files do")
_MACROS = "holds macros; they were not run"
_MEGABYTE = 1_000_000


def _word(*words: str, told: str = "") -> Wanted:
    return Wanted("Word", (told,), words, ("root:", "canary"))


def _slides(*words: str, told: str = "", pages: int | None = None) -> Wanted:
    return Wanted("PowerPoint", (told,), words, ("canary",), pages)


def _with_macros(content: bytes, folder: str) -> bytes:
    return make_office.package({**unpacked(content), f"{folder}/vbaProject.bin": b"canary" * 99})


_HONEST = (
    taken(
        "Word: headings, lists, a table, a picture, a comment",
        "Annual report.docx",
        make_office.report_docx,
        _word("Annual report", "Chapter 3", "126,000", "First point", "Is it?", told="the picture in it"),
    ),
    taken(
        "Word: notes, header and footer",
        "claim.docx",
        make_office.noted_docx,
        _word("See the annex.", "Proved in 1931.", "Really?", "Confidential draft"),
    ),
    taken(
        "Word: changes not accepted yet",
        "price.docx",
        make_office.tracked_docx,
        _word("twelve", told="tracked changes"),
    ),
    taken("Word: an equation", "formula.docx", make_office.equation_docx, _word("D=")),
    taken(
        "Word: 300 chapters",
        "thesis.docx",
        partial(make_office.report_docx, 300, 4),
        _word("Chapter 60"),
        small=partial(make_office.report_docx, 60, 4),
    ),
    taken(
        "PowerPoint: points, notes, a table, a chart, a hidden slide",
        "talk.pptx",
        make_office.talk_pptx,
        _slides(
            "Why llamas", "They are calm", "Smile here.", "A llama in the hills", "In a group", "7.5", pages=4
        ),
    ),
    taken(
        "PowerPoint of 150 slides",
        "course.pptx",
        partial(make_office.long_pptx, 150),
        _slides("What slide 40 says"),
        small=partial(make_office.long_pptx, 40),
    ),
)

_MACRO_BEARING = (
    hostile("Word with macros", "enable.docm", make_office.macro_docx, _word("Enable me", told=_MACROS)),
    hostile(
        "PowerPoint with macros",
        "enable.pptm",
        lambda: _with_macros(make_office.simple_pptx("Click"), "ppt"),
        _slides("Click", told=_MACROS),
    ),
    hostile(
        "Excel with macros",
        "enable.xlsm",
        lambda: _with_macros(xlsx({"Costs": [["tea"], [2]]}), "xl"),
        Wanted("Excel", (_MACROS,), ("tea",), ("canary",)),
    ),
)

_HOSTILE = (
    *_MACRO_BEARING,
    hostile(
        "Word bomb: 1 GB of blanks",
        "bomb.docx",
        partial(make_office_hostile.bomb_docx, 1000 * _MEGABYTE),
        _DAMAGED,
        small=partial(make_office_hostile.bomb_docx, 40 * _MEGABYTE),
    ),
    hostile(
        "Word bomb: half a million paragraphs",
        "crowd.docx",
        partial(make_office_hostile.crowded_docx, 500_000),
        _HARMFUL,
        small=partial(make_office_hostile.crowded_docx, 165_000),
    ),
    hostile(
        "Word of 20,001 members",
        "parts.docx",
        partial(make_office_hostile.many_members, 20_000),
        refused("holds more than my limit of 10,000 parts"),
    ),
    hostile(
        "Word that asks for a file of the machine (XXE)",
        "xxe.docx",
        partial(make_office_hostile.reading_files_docx, "/etc/passwd"),
        _DECLARED,
    ),
    hostile(
        "Word whose entities explode (billion laughs)",
        "lol.docx",
        make_office_hostile.laughing_docx,
        _DECLARED,
    ),
    hostile(
        "Word of tables 20,000 deep",
        "deep.docx",
        partial(make_office_hostile.deep_docx, 20_000),
        refused("deep.docx"),
    ),
    hostile(
        "Word with names that climb (zip slip)", "slip.docx", make_office_hostile.climbing_docx, _word("Slip")
    ),
    hostile(
        "Word that refers to addresses outside",
        "spy.docx",
        partial(make_office_hostile.outside_docx, "http://169.254.169.254/latest"),
        _word("Come in"),
    ),
    hostile(
        "Word packed by LZMA",
        "odd.docx",
        partial(make_office_hostile.odd_method_docx, zipfile.ZIP_LZMA),
        refused("odd.docx"),
    ),
    hostile("Word whose members are locked", "locked.docx", make_office_hostile.locked_members_docx, _LOCKED),
    hostile("Word whose sizes lie", "lie.docx", make_office_hostile.lying_size_docx, refused("lie.docx")),
    hostile("Word that broke off", "half.docx", lambda: rest_of(make_office.report_docx(), 0.6), _DAMAGED),
    hostile(
        "Office behind a password",
        "pay.docx",
        lambda: compound({"EncryptedPackage": bytes(64)}),
        _LOCKED,
    ),
    hostile(
        "Word of 1997",
        "letter.doc",
        lambda: compound({"WordDocument": bytes(64)}),
        refused("is in the old format of Word, which I can't read: please save it as .docx."),
    ),
    hostile(
        "PowerPoint of 1997",
        "talk.ppt",
        lambda: compound({"PowerPoint Document": bytes(64)}),
        refused("is in the old format of PowerPoint"),
    ),
    hostile(
        "PowerPoint with a damaged slide",
        "hole.pptx",
        make_office_hostile.damaged_slide_pptx,
        _slides("What slide 3 says", told="damaged, and not read: slide 2"),
    ),
    hostile(
        "PowerPoint that shows one slide 100,000 times",
        "loop.pptx",
        partial(make_office_hostile.repeating_pptx, 100_000),
        _slides("Slide 1", told="loop.pptx: only the first"),
    ),
    hostile(
        "PowerPoint with a picture that is a bomb",
        "show.pptx",
        partial(make_office_hostile.pictured_bomb_pptx, 300 * _MEGABYTE),
        _slides("Slide 1"),
        small=partial(make_office_hostile.pictured_bomb_pptx, 40 * _MEGABYTE),
    ),
)

CASES: tuple[Case, ...] = (*_HONEST, *_HOSTILE)
