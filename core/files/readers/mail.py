"""E-mail as programs save it (RFC 5322 with MIME): who wrote to whom, and what."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from core.errors import FileError
from core.files import notes
from core.files.document import Document
from core.files.limits import FileLimits
from core.files.readers import faults, html, plain_pages
from core.files.readers.encodings import decoded
from core.files.text import clean, one_newline

_HEADERS = ("From", "To", "Cc", "Date", "Subject")
_BODIES = ("plain", "html")
_DEEPEST = 3
_MAX_HEADER = 1_000
_MAX_LISTED = 10


def read(content: bytes, name: str, limits: FileLimits) -> Document | None:
    """The main headers and the text; forwarded messages below it, other attachments by name only.

    ``None`` where it is no e-mail. Raises ``FileError``.
    """
    with faults.as_file_errors(name):
        message = message_from_bytes(content.lstrip(), policy=policy.default)
        if not any(header in message for header in _HEADERS):
            return None
        reading = _Reading(name, limits)
        text = clean("\n\n".join(reading.of_message(message, 0))).strip()
    made = plain_pages.as_document("e-mail", text, name, limits)
    return Document("e-mail", made.pages, notes=(*made.notes, *reading.told()))


@dataclass(slots=True)
class _Reading:
    """A message, and the names of what is attached to it."""

    name: str
    limits: FileLimits
    attached: list[str] = field(default_factory=list)

    def of_message(self, message: EmailMessage, depth: int) -> Iterator[str]:
        yield "\n".join(f"{header}: {value}" for header in _HEADERS if (value := _value(message, header)))
        body = message.get_body(_BODIES)
        if body is not None:
            yield self._words(body)
        elif not message.is_multipart():
            self._note(message)
        for part in message.iter_attachments() if message.is_multipart() else ():
            inner = _forwarded(part)
            if inner is not None and depth < _DEEPEST:
                yield "Forwarded message:"
                yield from self.of_message(inner, depth + 1)
            else:
                self._note(part)

    def _note(self, part: Message) -> None:
        self.attached.append(notes.shown_name(part.get_filename() or part.get_content_type()))

    def told(self) -> Iterator[str]:
        if self.attached:
            listed = ", ".join(self.attached[:_MAX_LISTED])
            more = len(self.attached) - _MAX_LISTED
            rest = f" and {more:,} more" if more > 0 else ""
            yield f"{self.name}: files are attached to it that I did not open: {listed}{rest}."

    def _words(self, part: Message) -> str:
        payload = part.get_payload(decode=True)
        text = text_of(payload, part.get_content_charset(), self.name) if isinstance(payload, bytes) else ""
        if part.get_content_subtype() != "html" or not text.strip():
            return text
        try:
            page = html.read(text.encode("utf-8-sig", "replace"), self.name, self.limits)
        except FileError:  # a page of pictures only
            return ""
        return "\n\n".join(one.text for one in page.pages)


def _forwarded(part: Message) -> EmailMessage | None:
    """The message that was attached; some programs write it in base64, against RFC 2046 5.2.1."""
    if part.get_content_type() != "message/rfc822":
        return None
    inner = part.get_payload(0)
    if not isinstance(inner, EmailMessage):
        return None
    if inner.keys() or part.get("Content-Transfer-Encoding", "").lower() != "base64":
        return inner
    encoded = EmailMessage()
    encoded["Content-Transfer-Encoding"] = "base64"
    encoded.set_payload(inner.get_payload())
    content = encoded.get_payload(decode=True)
    return message_from_bytes(content, policy=policy.default) if isinstance(content, bytes) else inner


def text_of(content: bytes, charset: str | None, name: str) -> str:
    """The text; many programs write another charset than they say."""
    try:
        return one_newline(content.decode(charset or "utf-8"))
    except (LookupError, ValueError):
        return decoded(content, name) if content.strip() else ""


def _value(message: EmailMessage, header: str) -> str:
    try:
        value = str(message.get(header, ""))
    except (ValueError, LookupError, TypeError, AttributeError):  # the library's, on headers of no grammar
        return ""
    return " ".join(value.split())[:_MAX_HEADER]
