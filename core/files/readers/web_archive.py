"""A web page saved with its pictures in one file (RFC 2557), as browsers do: MHTML."""

from email import message_from_bytes, policy

from core.files.document import Document
from core.files.limits import FileLimits
from core.files.readers import faults, html
from core.files.readers.mail import text_of


def read(content: bytes, name: str, limits: FileLimits) -> Document | None:
    """The page, as any other. ``None`` where there is none. Raises ``FileError``."""
    with faults.as_file_errors(name):
        message = message_from_bytes(content.lstrip(), policy=policy.default)
        page = message.get_body(("html",)) if "MIME-Version" in message else None
        payload = page.get_payload(decode=True) if page is not None else None
        if page is None or not isinstance(payload, bytes):
            return None
        text = text_of(payload, page.get_content_charset(), name)
    return html.read(text.encode("utf-8-sig", "replace"), name, limits)
