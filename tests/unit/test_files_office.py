"""How Office files are opened: nothing that a file says of itself is believed."""

import zipfile

import pytest

from core.errors import FileError
from core.files.limits import FileLimits
from core.files.readers import office_old
from core.files.readers.office import open_package, parse_xml
from tests.files import make_office_hostile
from tests.files.make_office import package, relations, simple_docx
from tests.files.make_old_office import compound

LIMITS = FileLimits()


def refusal(content: bytes, part: str = "word/document.xml", limits: FileLimits = LIMITS) -> str:
    with pytest.raises(FileError) as caught:
        open_package(content, "a.docx", limits).read(part)
    return caught.value.told


def test_parts_by_name_and_by_relation() -> None:
    opened = open_package(simple_docx("x"), "a.docx", LIMITS)
    assert "word/document.xml" in opened
    (main,) = opened.relations().values()
    assert (main.kind, main.target, main.is_external) == ("officeDocument", "word/document.xml", False)
    assert opened.tree(main.target).tag.endswith("}document")
    assert opened.relations("word/document.xml") == {}


def test_a_relation_never_leads_out_of_the_archive() -> None:
    content = package({"a/_rels/b.xml.rels": relations(("styles", "../../../../etc/passwd")), "a/b.xml": ""})
    (found,) = open_package(content, "a", LIMITS).relations("a/b.xml").values()
    assert found.target == "etc/passwd"


def test_members_whose_names_climb_are_not_there() -> None:
    opened = open_package(make_office_hostile.climbing_docx(), "a.docx", LIMITS)
    assert [name for name in opened.names if "evil" in name] == []


def test_what_is_unpacked_is_counted_over_all_parts() -> None:
    opened = open_package(
        package({"a": b"x" * 700, "b": b"x" * 700}), "a.docx", FileLimits(max_unpacked_bytes=1000)
    )
    assert len(opened.read("a")) == 700
    with pytest.raises(FileError, match="unpacks to more than my limit of 1 KB"):
        opened.read("b")


def test_what_packs_too_well_is_a_bomb() -> None:
    assert refusal(package({"a": bytes(20_000_000)}), "a").endswith("I did not open it.")


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_packings_that_office_programs_do_not_use_are_refused(method: int) -> None:
    assert "damaged" in refusal(make_office_hostile.odd_method_docx(method))


def test_headers_that_lie_of_a_size() -> None:
    assert "damaged" in refusal(make_office_hostile.lying_size_docx())


def test_encrypted_members_are_named() -> None:
    assert "protected by a password" in refusal(make_office_hostile.locked_members_docx())


def test_too_many_members_are_refused_before_they_are_listed() -> None:
    with pytest.raises(FileError, match="more than my limit of 10,000 parts"):
        open_package(make_office_hostile.many_members(12_000), "a.docx", LIMITS)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + bytes(40), b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_or_an_empty_one(content: bytes) -> None:
    assert "damaged" in refusal(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    "declared", ["<!DOCTYPE a>", '<!DOCTYPE a [<!ENTITY e "x">]>', '<!DOCTYPE a SYSTEM "file:///etc/hosts">']
)
def test_declared_document_types_are_refused_in_any_encoding(declared: str, encoding: str) -> None:
    content = f'<?xml version="1.0" encoding="{encoding}"?><!-- c -->{declared}<a/>'.encode(encoding)
    with pytest.raises(FileError, match="declarations"):
        parse_xml(content, "a")


def test_a_declaration_inside_of_a_text_is_text() -> None:
    assert parse_xml(b"<a><![CDATA[<!DOCTYPE a>]]></a>", "a").text == "<!DOCTYPE a>"


@pytest.mark.parametrize(
    "content", [b"", b"text", b"<a>", b"<a></b>", b"<a>" * 300 + b"</a>" * 300, b"\xff\xfe<"]
)
def test_what_is_not_well_formed_or_too_deep(content: bytes) -> None:
    with pytest.raises(FileError, match="damaged"):
        parse_xml(content, "a")


def test_elements_come_one_by_one_and_are_let_go() -> None:
    inner = "".join(f"<p><q>{number}</q></p>" for number in range(50_000))
    opened = open_package(package({"a": f"<a><b>{inner}</b></a>"}), "a", LIMITS)
    seen = 0
    for seen, element in enumerate(opened.elements("a", "p"), 1):
        assert element[0].text == str(seen - 1)
        parent = element.getparent()
        assert parent is not None
        assert parent.index(element) <= 1
    assert seen == 50_000


def test_a_package_for_a_library_holds_what_was_asked_for_and_no_declarations() -> None:
    opened = open_package(simple_docx("x"), "a", LIMITS)
    again = open_package(opened.repacked(lambda part: not part.startswith("_rels/")), "a", LIMITS)
    assert again.names == ("[Content_Types].xml", "word/document.xml")
    hostile = open_package(make_office_hostile.laughing_docx(), "a", LIMITS)
    with pytest.raises(FileError, match="declarations"):
        hostile.repacked(lambda _part: True)


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("WordDocument", "is in the old format of Word, which I can't read: please save it as .docx."),
        (
            "PowerPoint Document",
            "is in the old format of PowerPoint, which I can't read: please save it as .pptx.",
        ),
        ("Workbook", "is in the old format of Excel, which I can't read: please save it as .xlsx."),
        ("EncryptedPackage", "is protected by a password: please send a copy without one."),
    ],
)
def test_old_files_and_locked_ones_are_told_apart(entry: str, told: str) -> None:
    with pytest.raises(FileError) as caught:
        office_old.read(compound({entry: bytes(64)}), "a", LIMITS)
    assert caught.value.told.endswith(told)
