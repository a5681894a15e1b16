"""Word documents made of other files, and pages saved in one file."""

from core.files.document import Document
from core.files.limits import DEFAULT_LIMITS
from core.files.readers import plain, word
from tests.files.make_office import paragraph, raw_docx, relations, run, simple_docx

_PAGE = "<h1>Offer</h1><p>Gr\u00f6\u00dfe <b>12</b></p><ul><li>one<li>two</ul>"
_SAID = "# Offer\n\nGr\u00f6\u00dfe 12\n\n- one\n- two"


def _archive(html: str) -> bytes:
    head = 'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="cut"\r\n\r\n'
    kind = "Content-Type: text/html; charset=windows-1252\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    picture = "\r\n--cut\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0K"
    return f"{head}--cut\r\n{kind}{html}{picture}\r\n--cut--\r\n".encode("cp1252")


def _made_of(**files: bytes) -> bytes:
    """A Word document that has no text but that of these files, each in a paragraph of its own."""
    names = [name.replace("_", ".") for name in files]
    shown = "".join(f'<w:altChunk r:id="rId{number}"/>' for number in range(1, len(names) + 1))
    return raw_docx(
        paragraph(run("before")) + shown + paragraph(run("after")),
        {
            "word/_rels/document.xml.rels": relations(*(("aFChunk", f"/word/{name}") for name in names)),
            **{f"word/{name}": content for name, content in zip(names, files.values(), strict=True)},
        },
    )


def _read(content: bytes) -> Document:
    return word.read(content, "a.docx", DEFAULT_LIMITS)


def _words(content: bytes) -> str:
    return "\n".join(page.text for page in _read(content).pages)


def test_a_document_made_of_a_page_has_the_page() -> None:
    assert _words(_made_of(a_htm=_PAGE.encode())) == f"before\n\n{_SAID}\n\nafter"
    assert _words(_made_of(a_mht=_archive(_PAGE))) == f"before\n\n{_SAID}\n\nafter"
    assert _words(_made_of(a_txt=b"as it is")) == "before\n\nas it is\n\nafter"


def test_documents_put_together_to_one_are_read_in_their_order() -> None:
    inner = simple_docx("first", "second")
    assert (
        _words(_made_of(a_docx=inner, b_docx=simple_docx("third")))
        == "before\n\nfirst\n\nsecond\n\nthird\n\nafter"
    )


def test_a_document_within_a_document_within_a_document_is_named() -> None:
    found = _read(_made_of(a_docx=_made_of(b_docx=simple_docx("deep"))))
    assert [page.text for page in found.pages] == ["before\n\nbefore\n\nafter\n\nafter"]
    assert found.notes == ("a.docx: files are packed into it that I did not open: b.docx.",)


def test_what_cannot_be_read_is_named() -> None:
    found = _read(_made_of(a_rtf=b"{\\rtf1 hidden}", b_docx=simple_docx("x")[:90], c_txt=b"fine"))
    assert [page.text for page in found.pages] == ["before\n\nfine\n\nafter"]
    assert found.notes == ("a.docx: files are packed into it that I did not open: a.rtf, b.docx.",)


def test_one_file_shown_without_end_is_read_so_often_and_no_more() -> None:
    shown = '<w:altChunk r:id="rId1"/>' * 3_000
    content = raw_docx(
        shown,
        {"word/_rels/document.xml.rels": relations(("aFChunk", "a.htm")), "word/a.htm": _PAGE.encode()},
    )
    assert _words(content).count("# Offer") == 50


def test_a_page_saved_in_one_file_is_a_page() -> None:
    found = plain.read(_archive(_PAGE), "offer.mhtml", DEFAULT_LIMITS)
    assert (found.kind, [page.text for page in found.pages]) == ("HTML", [_SAID])


def test_what_is_only_called_a_saved_page_is_a_text() -> None:
    assert plain.read(b"MIME is a standard", "a.mht", DEFAULT_LIMITS).kind == "text"
    assert plain.read(b"MIME-Version: 1.0\n\nwords", "a.mht", DEFAULT_LIMITS).kind == "text"
