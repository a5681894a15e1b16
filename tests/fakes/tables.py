"""The rows of the store in memory."""

from dataclasses import dataclass, field

from core.address import Address
from core.audit import AuditEntry
from core.commands import COMMAND_SIGN
from core.documents import KeptPage
from core.errors import LeaseLost, Overtaken
from core.events import Addressing, Asked
from core.files.document import Document
from core.memory.document_writing import written
from core.memory.rows import post_key
from core.outgoing import FILES_FROM, FILES_OF_EDITION, OutFile
from core.settings import Chosen, Setting
from core.spending import Purpose, Spent
from core.storage import Post, PostState, ToolState, Turn, TurnState
from core.thread_memory import Pin, Summary
from core.transcript import Image, ImagePart, Part, Role

OPEN = (TurnState.RUNNING, TurnState.DELIVERING)
REDO = "redo"
WITHDRAW = "withdraw"
Occurrence = tuple[str, str, str]


@dataclass
class ThreadRow:
    """A thread; the model reads the rows behind ``reset_after``."""

    address: Address
    updated_at: float
    reset_after: int = 0


@dataclass
class EventRow:
    """An event; ``state`` is new, claimed or done."""

    event: Asked
    received_at: float
    state: str = "new"
    turn_id: str = ""
    revised_at: float = 0.0
    is_withdrawn: bool = False
    is_joined: bool = False

    def has_files_of(self, other: Asked) -> bool:
        return [file.id for file in self.event.attachments] == [file.id for file in other.attachments]


@dataclass
class TurnRow:
    """A turn; ``wish`` is what it has to do before it goes on."""

    id: str
    address: Address
    author_id: str
    begun_at: float
    state: TurnState = TurnState.RUNNING
    ending: TurnState = TurnState.DONE
    attempts: int = 1
    model: str = ""
    error: str = ""
    ended_at: float | None = None
    wish: str = ""
    edition: int = 0
    strikes: int = 0

    @property
    def counts(self) -> bool:
        """Whether it is at work, used the model, or was stopped."""
        used = self.state is TurnState.RUNNING or bool(self.model) or self.ending is TurnState.STOPPED
        return used and self.ending is not TurnState.REFUSED


@dataclass
class MessageRow:
    """A question, with the event that it came as, or an answer; one without parts was taken back."""

    number: int
    address: Address
    turn_id: str
    role: Role
    parts: tuple[Part, ...]
    sent_at: float
    platform_id: str
    source: EventRow | None = None
    version: int = 0

    @property
    def author(self) -> str:
        return self.source.event.author.name if self.source else ""

    @property
    def pictures(self) -> set[str]:
        return {part.sha256 for part in self.parts if isinstance(part, ImagePart)}


@dataclass
class PostRow:
    """A message of an answer, and since when and why it is lost."""

    post: Post
    error: str = ""
    lost_at: float | None = None


@dataclass
class ToolRow:
    """A tool call."""

    name: str
    arguments: str
    started_at: float
    edition: int
    state: ToolState = ToolState.STARTED
    result: str = ""


@dataclass
class UploadRow:
    """Bytes, and the event that they came with."""

    occurrence: Occurrence
    content: bytes


@dataclass
class Counted:
    """An answer that was redone since."""

    platform: str
    account: str
    author_id: str
    begun_at: float
    turn: str


@dataclass
class ChargeRow:
    """What one call used, or may use at the most while it is reserved."""

    subjects: tuple[str, ...]
    purpose: Purpose
    turn: str | None
    spent: Spent
    at: float
    is_reserved: bool = False
    is_pruned: bool = False  # only the sums know of it


@dataclass
class BootRow:
    """A start of the process."""

    started_at: float
    alive_at: float
    ended_at: float | None = None


@dataclass
class PinRow:
    """A pinned fact, and who pinned it."""

    pin: Pin
    author_id: str


@dataclass
class AuditRow:
    """What somebody did; one without a name was forgotten."""

    at: float
    actor: str
    name: str
    action: str
    place: str
    detail: dict[str, str]


@dataclass
class BroughtRow:
    """Under which name a question brought a document, and when."""

    name: str
    at: float


@dataclass
class DocumentRow:
    """A document of a thread, and the questions that brought it."""

    number: int
    thread: str
    sha256: str
    document: Document
    parts: tuple[KeptPage, ...]
    used_at: float = 0.0
    sources: dict[Occurrence, BroughtRow] = field(default_factory=dict)

    @property
    def characters(self) -> int:
        return sum(len(page.label) + len(page.text) for page in self.parts) + self.of_rows

    @property
    def of_rows(self) -> int:
        """Characters of the rows of its tables, as they are written down."""
        return sum(len(rows.text) for rows in written(self.document, "").rows)


@dataclass
class Tables:
    """What the parts of the store share."""

    threads: dict[str, ThreadRow] = field(default_factory=dict)
    events: dict[Occurrence, EventRow] = field(default_factory=dict)
    tombstones: dict[Occurrence, float] = field(default_factory=dict)
    uploads: dict[str, UploadRow] = field(default_factory=dict)
    anchors: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    fences: dict[str, int] = field(default_factory=dict, repr=False)
    turn_rows: dict[str, TurnRow] = field(default_factory=dict)
    turns_begun: int = 0
    rows: list[MessageRow] = field(default_factory=list)
    pictures: dict[str, Image] = field(default_factory=dict)
    tools: dict[tuple[str, str], ToolRow] = field(default_factory=dict)
    outbox: dict[tuple[str, int], PostRow] = field(default_factory=dict)
    charges: dict[int, ChargeRow] = field(default_factory=dict)
    charged: int = 0
    told: dict[tuple[str, str], float] = field(default_factory=dict)
    counted: list[Counted] = field(default_factory=list)
    boots: dict[int, BootRow] = field(default_factory=dict)
    pinned: dict[str, list[PinRow]] = field(default_factory=dict)
    summaries: dict[str, Summary] = field(default_factory=dict)
    choices: dict[tuple[str, Setting], Chosen] = field(default_factory=dict)
    # Who made them, by id; that of a choice that was taken back stands there still.
    choosers: dict[tuple[str, Setting], str] = field(default_factory=dict)
    audited: list[AuditRow] = field(default_factory=list)
    kept: dict[int, DocumentRow] = field(default_factory=dict)
    documents_made: int = 0

    @property
    def next_number(self) -> int:
        """The number of the next message: one more than the largest there is."""
        return max((row.number for row in self.rows), default=0) + 1

    @property
    def known_charges(self) -> list[ChargeRow]:
        return [row for row in self.charges.values() if not row.is_pruned]

    def events_of(self, address: Address) -> list[EventRow]:
        """A thread's events in the order in which they were sent."""
        found = [row for row in self.events.values() if row.event.address == address]
        return sorted(found, key=lambda row: row.event.sent_at)

    def waiting_in(self, address: Address) -> list[EventRow]:
        return [row for row in self.events_of(address) if row.state == "new"]

    def questions_of(self, turn: TurnRow) -> list[EventRow]:
        return [row for row in self.events_of(turn.address) if row.turn_id == turn.id]

    def messages_of(self, turn: TurnRow) -> list[MessageRow]:
        return [row for row in self.rows if row.turn_id == turn.id]

    def files_of(self, turn_id: str, edition: int) -> list[PostRow]:
        """The files of an edition of an answer."""
        first = FILES_FROM + FILES_OF_EDITION * edition
        return [row for (of, seq), row in sorted(self.outbox.items()) if of == turn_id and seq >= first]

    def keep_files(self, turn_id: str, edition: int, files: tuple[OutFile, ...], most: int) -> None:
        """Keep files for an answer, as far as there is room."""
        kept = len(self.files_of(turn_id, edition))
        for number, file in enumerate(files[: max(0, most - kept)], start=kept):
            seq = FILES_FROM + FILES_OF_EDITION * edition + number
            post = Post(seq, post_key(turn_id, seq, edition), PostState.INTENT, None, None, None, file)
            self.outbox[turn_id, seq] = PostRow(post)

    def posts_of(self, turn: TurnRow) -> list[PostRow]:
        """The messages of a turn's answer by ``seq``."""
        return [row for (turn_id, _), row in sorted(self.outbox.items()) if turn_id == turn.id]

    def tie(self, address: Address, message_id: str) -> None:
        """Lead from a message to its thread; the first writer wins."""
        if address.key in self.threads:
            place = (address.platform, address.account, address.channel, message_id)
            self.anchors.setdefault(place, address.key)

    def note(self, entry: AuditEntry | None) -> None:
        """Keep what somebody did, if there is an entry of it."""
        if entry is not None:
            row = AuditRow(entry.at, entry.actor, entry.name, entry.action, entry.place, dict(entry.detail))
            self.audited.append(row)

    def reword(self, row: MessageRow, parts: tuple[Part, ...]) -> None:
        """Change a row's words; no summary keeps the old ones."""
        if row.parts == parts:
            return
        row.parts, row.version = parts, row.version + 1
        summary = self.summaries.get(row.address.key)
        if summary is not None and summary.upto >= row.number:
            del self.summaries[row.address.key]

    def require_fence(self, turn: Turn) -> TurnRow:
        if self.fences.get(turn.address.key) != turn.fence:
            raise LeaseLost(f"fence {turn.fence} of {turn.address.key} is old")
        return self.turn_rows[turn.id]

    def require_no_wish(self, turn: Turn) -> TurnRow:
        row = self.require_fence(turn)
        if row.wish:
            raise Overtaken(f"turn {turn.id} has to {row.wish}")
        return row

    def forget_documents(self, key: Occurrence) -> None:
        """Let go of a question's documents that no other has brought."""
        for number, row in list(self.kept.items()):
            row.sources.pop(key, None)
            if not row.sources:
                del self.kept[number]

    def forget_pictures(self, row: MessageRow) -> None:
        """Let go of a question's pictures that nobody else has shown."""
        others = set().union(*(other.pictures for other in self.rows if other is not row))
        for sha256 in row.pictures - others:
            self.pictures.pop(sha256, None)


def occurrence(address: Address, key: str) -> Occurrence:
    return address.platform, address.account, key


def stands_alone(row: EventRow) -> bool:
    """A command, a click, a preset, or what has an opener."""
    event = row.event
    is_command = event.addressing is Addressing.COMMAND or event.text.startswith(COMMAND_SIGN)
    return is_command or event.opener is not None or bool(event.preset)


def leading(waiting: list[EventRow]) -> list[EventRow]:
    """The first author's rows up to someone else's, or to one that stands alone."""
    taken: list[EventRow] = []
    for row in waiting:
        if taken and (stands_alone(row) or row.event.author.id != taken[0].event.author.id):
            break
        taken.append(row)
        if stands_alone(row):
            break
    return taken
