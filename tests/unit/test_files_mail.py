"""E-mails: what a person would see of them, whatever way the words took."""

import base64
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import FileError
from core.files.document import Document
from core.files.limits import DEFAULT_LIMITS
from core.files.readers.plain import read
from tests.files.make_texts import mail

HEAD = """From: Ana Müller <ana@example.org>
To: ben@example.org
Date: Mon, 23 Nov 2026 10:00:00 +0100
Subject: Angebot für März"""
WORDS = "Liebe Grüße,\nbitte 1.200 € zahlen."


def letter(content: bytes) -> Document:
    return read(content, "offer.eml", DEFAULT_LIMITS)


def words(content: bytes) -> str:
    found = letter(content)
    assert found.kind == "e-mail"
    return "\n".join(page.text for page in found.pages)


@pytest.mark.parametrize("transfer", ["base64", "quoted-printable", "8bit"])
def test_an_e_mail_is_read_and_its_attachments_are_named(transfer: str) -> None:
    found = letter(mail(transfer=transfer))
    assert [page.text for page in found.pages] == [f"{HEAD}\n\n{WORDS}"]
    assert found.notes == ("offer.eml: files are attached to it that I did not open: prices.csv.",)


def test_a_page_is_read_where_there_is_no_plain_text() -> None:
    message = EmailMessage()
    message["Subject"] = "News"
    page = "<html><head><meta charset=iso-8859-1></head><h1>Größe</h1><p>a <b>b</b></p></html>"
    message.set_content(page, subtype="html", cte="base64")
    assert words(message.as_bytes()) == "Subject: News\n\n# Größe\n\na b"


def test_a_forwarded_message_stands_below() -> None:
    message = EmailMessage()
    message["Subject"] = "Fwd"
    message.set_content("See below.")
    inner = EmailMessage()
    inner["Subject"] = "The offer"
    inner.set_content("Twelve euros.")
    message.add_attachment(inner)
    text = words(message.as_bytes())
    assert text.index("See below.") < text.index("Subject: The offer") < text.index("Twelve euros.")


def test_a_forwarded_message_that_is_encoded_stands_below_too() -> None:
    inner = "From: ben@example.org\nSubject: The offer\n\nTwelve euros = 12 € only.\n".encode()
    text = words(
        b"Subject: Fwd\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=cut\n\n"
        b"--cut\nContent-Type: text/plain\n\nSee below.\n--cut\nContent-Type: message/rfc822\n"
        b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(inner) + b"--cut--\n"
    )
    assert text == (
        "Subject: Fwd\n\nSee below.\n\nForwarded message:\n\n"
        "From: ben@example.org\nSubject: The offer\n\nTwelve euros = 12 € only."
    )


def test_one_that_is_an_attachment_only_names_it() -> None:
    message = EmailMessage()
    message["Subject"] = "Scan"
    message.set_content(b"%PDF-1.7", maintype="application", subtype="pdf", filename="scan.pdf")
    found = letter(message.as_bytes())
    assert found.pages[0].text == "Subject: Scan"
    assert found.notes == ("offer.eml: files are attached to it that I did not open: scan.pdf.",)


@pytest.mark.parametrize(
    "content",
    [
        "From: a@example.org\r\nSubject: x\r\n\r\nGrüße aus München, ohne Umwege.".encode("latin-1"),
        "From: a@example.org\nContent-Type: text/plain; charset=utf-8\n\nGrüße aus München.".encode("cp1252"),
        "From: a@example.org\nContent-Type: text/plain; charset=x-unheard\n\nGrüße aus München.".encode(),
    ],
)
def test_a_charset_that_is_missing_or_wrong_costs_no_letters(content: bytes) -> None:
    assert "Grüße aus München" in words(content)


def test_what_is_no_e_mail_is_a_text() -> None:
    assert letter(b"just words\nand more").kind == "text"
    assert letter(b"note: one\n\ntwo").kind == "text"


@given(st.binary(max_size=300), st.sampled_from([b"", b"From: ", b"Subject: =?utf-8?b?", b"Content-Type: "]))
def test_whatever_comes_is_read_or_refused(content: bytes, start: bytes) -> None:
    try:
        found = letter(b"From: a@example.org\n" + start + content)
    except FileError:
        return
    assert found.kind in {"e-mail", "text"}
