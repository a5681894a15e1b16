"""PDF files, honest and hostile."""

from functools import partial

from tests.files import make_pdf, make_pdf_hostile
from tests.files.corpus_case import Case, Wanted, hostile, refused, taken
from tests.files.make_archives import zip_of

_DAMAGED = refused("is damaged or incomplete")


def _pdf(*words: str, told: str = "", pages: int | None = None, pictures: int | None = None) -> Wanted:
    return Wanted("PDF", (told,), words, ("canary",), pages, pictures=pictures)


def _letters(count: int) -> bytes:
    return make_pdf.text_pdf(*(f"Letter {number}\n{make_pdf.PROSE[:90]}" for number in range(1, count + 1)))


def _columns(lines: int) -> bytes:
    left, right = (
        "\n".join(f"{side} line {number}" for number in range(1, lines + 1)) for side in ("left", "right")
    )
    return make_pdf.two_columns(left, right)


def _zip_behind() -> bytes:
    return make_pdf.text_pdf("The honest page") + zip_of({"canary.txt": b"canary"})


_HONEST = (
    taken("PDF of three pages", "letter.pdf", partial(_letters, 3), _pdf("Letter 1", "Letter 3", pages=3)),
    taken("PDF of 500 pages", "book.pdf", partial(_letters, 500), _pdf("Letter 500", pages=500)),
    taken(
        "PDF in Japanese and Russian",
        "手紙.pdf",
        lambda: make_pdf.text_pdf("会議は午後三時", "Привет"),
        _pdf("会議は午後三時", "Привет"),
    ),
    taken(
        "PDF in two columns, written across",
        "paper.pdf",
        partial(_columns, 12),
        _pdf("left line 11\nleft line 12", "right line 1\nright line 2"),
    ),
    taken("PDF form, filled in", "form.pdf", lambda: make_pdf.form(Town="Ulm", Age="42"), _pdf("Ulm", "42")),
    taken(
        "PDF with a reader's note",
        "note.pdf",
        lambda: make_pdf.commented("The text", "Really?"),
        _pdf("Really?"),
    ),
    taken("PDF lying on its side", "side.pdf", lambda: make_pdf.rotated("Turn me", 90), _pdf("Turn me")),
    taken(
        "PDF scanned: two pictures of pages",
        "scan.pdf",
        lambda: make_pdf.scanned("Dear Sir", "Yours"),
        _pdf(told="pictures without text to read, shown as pictures: pages 1-2", pictures=2),
    ),
    taken(
        "PDF of text with a scan between",
        "mixed.pdf",
        lambda: make_pdf.scan_between("Before it", "a scan", "After it"),
        _pdf("Before it", "After it", told="shown as pictures: page 2", pictures=1),
    ),
    taken(
        "PDF encrypted, without a password", "open.pdf", lambda: make_pdf_hostile.locked("Free"), _pdf("Free")
    ),
)

_HOSTILE = (
    hostile(
        "PDF behind a password",
        "bank.pdf",
        lambda: make_pdf_hostile.locked("canary", "hunter2"),
        refused("bank.pdf is protected by a password: please send a copy without one."),
    ),
    hostile(
        "PDF with wrong cross references",
        "mended.pdf",
        lambda: make_pdf_hostile.broken_table("Still here"),
        _pdf("Still here"),
    ),
    hostile("PDF that broke off", "half.pdf", lambda: make_pdf_hostile.cut_off("A page"), _pdf("A page")),
    hostile("PDF of which the first 200 bytes came", "stub.pdf", lambda: _letters(3)[:200], _DAMAGED),
    hostile(
        "PDF of 100,000 pages",
        "long.pdf",
        partial(make_pdf_hostile.many_pages, 100_000),
        _pdf("A page like all", told="only the first 2,000 of 100,000 pages"),
    ),
    hostile(
        "PDF that claims 100,000 pages",
        "boast.pdf",
        partial(make_pdf_hostile.lying_count, 100_000),
        _pdf("The only page."),
    ),
    hostile(
        "PDF whose pages contain themselves", "ring.pdf", make_pdf_hostile.looping_tree, refused("ring.pdf")
    ),
    hostile("PDF without pages", "none.pdf", make_pdf_hostile.no_pages, refused("none.pdf")),
    hostile("PDF nested 100,000 deep", "deep.pdf", partial(make_pdf_hostile.nested, 100_000), _pdf("Deep")),
    hostile(
        "PDF that draws ten to the 12th forms",
        "fan.pdf",
        partial(make_pdf_hostile.nested_forms, 12),
        refused("fan.pdf"),
    ),
    hostile("PDF with a form that draws itself", "self.pdf", make_pdf_hostile.looping_form, _pdf()),
    hostile(
        "PDF bomb: 3 GB packed twice",
        "bomb.pdf",
        partial(make_pdf_hostile.bomb, 3_000_000_000),
        refused("bomb.pdf"),
        small=partial(make_pdf_hostile.bomb, 1_200_000_000),
    ),
    hostile(
        "PDF of two million letters in one place",
        "ink.pdf",
        partial(make_pdf_hostile.text_bomb, 2_000_000),
        _pdf(),
        small=partial(make_pdf_hostile.text_bomb, 500_000),
    ),
    hostile("PDF with a page of 5 x 5 m", "wall.pdf", make_pdf_hostile.huge_page, _pdf()),
    hostile(
        "PDF with a scan of 60,000 x 60,000 pixels",
        "map.pdf",
        partial(make_pdf_hostile.giant_picture, 60_000),
        _pdf(),
        small=partial(make_pdf_hostile.giant_picture, 20_000),
    ),
    hostile("PDF with a JBIG2 of 60,000 x 60,000", "fax.pdf", make_pdf_hostile.jbig2_monster, _pdf()),
    hostile("PDF with a JPEG 2000 of 60,000 x 60,000", "jpx.pdf", make_pdf_hostile.jpx_monster, _pdf()),
    hostile(
        "PDF with a script",
        "alert.pdf",
        lambda: make_pdf.with_script("Read me"),
        _pdf("Read me", told="holds scripts; they were not run"),
    ),
    hostile(
        "PDF with a program packed into it",
        "gift.pdf",
        lambda: make_pdf.with_attachment("Open it", "in\u202efdp.exe", b"MZcanary"),
        _pdf("Open it", told="files are packed into it that I did not open: in fdp.exe"),
    ),
    hostile("PDF and a ZIP behind it", "both.pdf", _zip_behind, _pdf("The honest page")),
)

CASES: tuple[Case, ...] = (*_HONEST, *_HOSTILE)
