"""Documents for the tests of the stores."""

from typing import Protocol

from core.documents import DocumentStore
from core.events import Asked
from core.files.document import Document, Page
from core.forgetting import ForgetStore, RetentionStore
from core.message import Attachment
from core.storage import Store, Turn
from tests.contract.stores import NOW, begun
from tests.questions import asked

FILE = Attachment("f1", "report.pdf", "application/pdf", 3, "x")


class KeepsDocuments(Store, DocumentStore, ForgetStore, RetentionStore, Protocol):
    """A store that keeps documents, and lets go of them."""


def pages_of(*texts: str) -> Document:
    return Document("PDF", tuple(Page(f"page {at}", text) for at, text in enumerate(texts, start=1)))


def report() -> Document:
    return pages_of("Refunds take 14 days.", "Nothing of that.", "Lamas and alpacas.")


async def keep(
    store: KeepsDocuments, turn: Turn, event: Asked, document: Document | None = None, sha256: str = "h1"
) -> int | None:
    return await store.keep_document(turn, event, "report.pdf", sha256, document or report(), NOW)


async def brought(
    store: KeepsDocuments,
    document: Document,
    event: Asked | None = None,
    *,
    sha256: str = "h1",
    name: str = "report.pdf",
) -> tuple[Turn, int]:
    """A question with a document, which is kept; and the turn that answers it."""
    event = event or asked("read it", attachments=(FILE,))
    turn = await begun(store, event)
    number = await store.keep_document(turn, event, name, sha256, document, NOW)
    assert number is not None
    return turn, number
