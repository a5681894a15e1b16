"""Questions for tests."""

from core.address import Address
from core.events import Addressing, Asked
from core.message import Attachment, Author

ADA = Author("U1", "Ada")
BEN = Author("U2", "Ben")


def asked(
    text: str,
    *,
    number: int = 1,
    author: Author = ADA,
    thread: str = "t1",
    platform: str = "test",
    addressing: Addressing = Addressing.MENTION,
    attachments: tuple[Attachment, ...] = (),
    joined_midway: bool = False,
    opener: str | None = None,
) -> Asked:
    return Asked(
        key=f"c1:{number}",
        address=Address(platform, "a1", "c1", thread),
        author=author,
        text=text,
        message_id=f"q{number}",
        sent_at=1_700_000_000.0 + number,
        addressing=addressing,
        attachments=attachments,
        joined_midway=joined_midway,
        opener=opener,
    )
