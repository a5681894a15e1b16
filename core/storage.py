"""The store as the conversation sees it: every method is one transaction."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from core.address import Address
from core.audit import AuditEntry
from core.events import Asked, Closed, Revised, Withdrawn
from core.message import Author, Upload
from core.outgoing import FILES_FROM, OutFile
from core.ports import Library
from core.settings import Chain, Choices, Scope, Setting
from core.thread_memory import RecallStore
from core.transcript import Image, Message, Part, Role, ToolCall


class TurnState(StrEnum):
    """A turn's life: running, then delivering a committed answer, then one of the ends."""

    RUNNING = "running"
    DELIVERING = "delivering"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    REFUSED = "refused"


class PostState(StrEnum):
    """What is known of one message of an answer."""

    INTENT = "intent"  # committed before the request; it may or may not have gone out
    SENT = "sent"
    REJECTED = "rejected"
    GONE = "gone"


class ToolState(StrEnum):
    """What is known of a tool call."""

    STARTED = "started"
    OK = "ok"
    FAILED = "failed"
    UNCERTAIN = "uncertain"  # the process ended while it ran


class Change(StrEnum):
    """What an edit or a deletion of a message changes."""

    UNKNOWN = "unknown"  # nothing of that message is stored
    NOTHING = "nothing"  # it is noted; what is said already stays
    ANEW = "anew"  # its turn goes on anew from its rows


@dataclass(frozen=True, slots=True)
class Effect:
    """What changed, in which thread (``None`` when the message is unknown), and which turn goes on anew."""

    change: Change
    address: Address | None = None
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Boot:
    """A start of the process.

    ``last_seen`` is when an earlier one was last alive (unix seconds, never later than this
    start), ``None`` at the first start ever. ``crashes`` counts the starts of the last minutes
    that never ended in order.
    """

    id: int
    last_seen: float | None
    crashes: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer in the making, held under a lease.

    ``fence`` grows with every holder of the thread's lane; a write with an old one is refused.
    ``attempt`` counts from 1; ``strikes`` are the failures that speak against this turn itself.
    ``state`` is RUNNING or DELIVERING. ``ending`` is the state that a delivering turn will end in.
    ``joined`` are messages of the same author that came while it ran. ``anchor`` is the id of the
    message that the answer hangs on, the same through all attempts. ``revised_at`` is when one of
    the questions was last edited, in unix seconds, 0 for never.
    """

    id: str
    address: Address
    fence: int
    attempt: int
    state: TurnState
    questions: tuple[Asked, ...]
    anchor: str
    ending: TurnState = TurnState.DONE
    joined: tuple[Asked, ...] = ()
    strikes: int = 0
    revised_at: float = 0.0


@dataclass(frozen=True, slots=True)
class JournalledCall:
    """A tool call as an earlier attempt at the same turn left it.

    ``outdated`` is one of questions that were worded otherwise. Arguments are empty where the
    question was deleted for which it was made.
    """

    call: ToolCall
    state: ToolState
    result: str
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """Words that never reached people. ``reason`` is the platform's code or our own word."""

    turn: str
    address: Address
    text: str
    reason: str
    at: float


@dataclass(frozen=True, slots=True)
class Post:
    """One message of an answer: ``final`` is its committed text, ``shown`` what people see now.

    From ``FILES_FROM`` on it is a file: ``final`` says which, and ``file`` is there until it is out.
    """

    seq: int
    key: str
    state: PostState
    platform_id: str | None
    shown: str | None
    final: str | None
    file: OutFile | None = None

    @property
    def is_file(self) -> bool:
        """Whether it is a file of the answer, and no text."""
        return self.seq >= FILES_FROM


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn came to. ``role`` is ASSISTANT, or NOTICE for our own words.

    ``files`` go out behind it, and with ``brings_files`` those that its tools made. ``act`` is noted with it.
    """

    role: Role
    text: str
    ending: TurnState
    model: str = ""
    error: str = ""
    files: tuple[OutFile, ...] = ()
    brings_files: bool = False
    act: AuditEntry | None = None


@dataclass(frozen=True, slots=True)
class PersonTurns:
    """How often a person asked within a window: ``oldest`` is unix seconds, 0 for none."""

    count: int
    oldest: float


class InboxStore(Protocol):
    """Events on their way in."""

    async def accept(self, event: Asked, uploads: tuple[Upload, ...], now: float) -> bool:
        """Keep an event. False when its key was there already, or its message is deleted."""

    async def revise(self, event: Revised, *, redo: bool) -> Effect:
        """Set a stored question to its new words; an older edit than the last changes nothing.

        With ``redo`` the turn that answers, or has answered, it goes on anew, if nothing newer
        stands in the thread and its messages are all there.
        """

    async def withdraw(self, event: Withdrawn, now: float) -> Effect:
        """Redact a question. Its turn goes on without it, or takes its answer back.

        A question that comes after its deletion is not kept.
        """

    async def close(self, event: Closed) -> None:
        """Let nothing more wait in a channel."""

    async def known_since(self, address: Address) -> float | None:
        """When the first question in this thread was sent, unix seconds; ``None`` for no thread of ours."""

    async def recent(self, platform: str, since: float) -> tuple[Address, ...]:
        """List the threads with something said since a time, the newest first."""

    async def locate(self, platform: str, account: str, channel: str, message_id: str) -> Address | None:
        """Find the thread of a message."""

    async def anchor(self, address: Address, message_id: str) -> None:
        """Tie a message to a thread."""

    async def waiting(self) -> tuple[Address, ...]:
        """List the threads with unanswered events or unfinished turns.

        Those whose turn has the fewest strikes come first, among them the oldest.
        """


class TurnStore(Protocol):
    """Turns under their lease. Writes raise ``LeaseLost`` when the turn's fence is old."""

    async def begin(self, address: Address, now: float, *, strike: bool = False) -> Turn | None:
        """Take the lane: the unfinished turn, or the waiting rows of the next author.

        ``None`` when nothing waits; the lane is free again in the same transaction. ``strike``
        counts a failure against the turn that is taken up again.
        """

    async def pardon(self, turn: Turn) -> None:
        """Take the last strike back: it was not this turn that ended the process."""

    async def join(self, turn: Turn, now: float) -> tuple[Asked, ...]:
        """Let the same author's waiting messages, up to somebody else's or a command, join the turn."""

    async def keep_parts(
        self, turn: Turn, question: Asked, parts: tuple[Part, ...], images: tuple[tuple[str, Image], ...]
    ) -> None:
        """Store what a question's files came to."""

    async def question_parts(self, turn: Turn) -> tuple[Part, ...]:
        """Return what a turn's questions are made of, those that joined it among them."""

    async def transcript(self, address: Address, limit: int) -> tuple[Message, ...]:
        """Return the newest ``limit`` rows since the last reset, oldest first, notices left out."""

    async def images(self, hashes: tuple[str, ...]) -> tuple[tuple[str, Image], ...]:
        """Return the bytes of stored pictures."""

    async def joined_midway(self, address: Address) -> Asked | None:
        """Return the thread's first question if people had written there before it."""

    async def commit_answer(self, turn: Turn, answer: Answer, texts: tuple[str, ...], now: float) -> bool:
        """Set the final texts of the answer's messages and begin to deliver it; true if files follow them.

        What a delivering turn had committed before is forgotten. Raises ``Overtaken`` when its
        question was edited or deleted meanwhile.
        """

    async def end(self, turn: Turn, now: float, *, error: str = "") -> None:
        """Close a delivered turn and its events. Raises ``Overtaken`` as :meth:`commit_answer`.

        ``error`` notes why people did not get the committed answer.
        """

    async def tool_calls(self, turn: Turn) -> tuple[JournalledCall, ...]:
        """Return the calls that earlier attempts made, oldest first."""

    async def tool_started(
        self,
        turn: Turn,
        call_id: str,
        name: str,
        arguments: str,
        now: float,
        entry: AuditEntry | None = None,
    ) -> None:
        """Write down a tool call before it runs, with its entry in the audit.

        Raises ``Overtaken`` as :meth:`commit_answer`.
        """

    async def tool_ended(
        self, turn: Turn, call_id: str, result: str, *, failed: bool, files: tuple[OutFile, ...] = ()
    ) -> None:
        """Write down what a tool call came to, in the audit how it ended; keep up to ``FILES_MOST`` files."""

    async def reset(self, address: Address, by: Author, now: float) -> None:
        """Begin afresh: the model no longer sees what stands before, nor its summary and pins.

        It is in the audit if anything was said since the last time, or pinned.
        """


class PostStore(Protocol):
    """The outbox: the messages of an answer."""

    async def posts(self, turn: Turn) -> tuple[Post, ...]:
        """Return the answer's messages by ``seq``."""

    async def intend(self, turn: Turn, seq: int) -> Post:
        """Commit that a message will be posted, with its key, before the request goes out."""

    async def posted(
        self, turn: Turn, seq: int, platform_id: str, shown: str, *, keeps_file: bool = False
    ) -> None:
        """Note that a message is there, and that it belongs to the thread. A file's bytes may go then."""

    async def shown(self, turn: Turn, seq: int, text: str) -> None:
        """Note what a message shows now."""

    async def lost(self, turn: Turn, seq: int, state: PostState, code: str, now: float) -> None:
        """Note that a message was rejected or is gone; a file's bytes are let go of."""

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        """List what never reached people, the newest first."""


class LedgerStore(Protocol):
    """What was used.

    With ``upto``, the id of a turn, those still at work that began after it are left out: of turns that
    begin together each has a number of its own.
    """

    async def turns_of(self, address: Address, author_id: str, since: float, upto: str = "") -> PersonTurns:
        """Count a person's answered turns since a time, in the address's account."""

    async def turns_in(self, address: Address, since: float, upto: str = "") -> PersonTurns:
        """Count the answered turns of everybody in the address's channel since a time.

        Threads in it count, too, also those that are channels of their own.
        """


class BootStore(Protocol):
    """The starts and ends of the process."""

    async def boot(self, now: float) -> Boot:
        """Note a start."""

    async def alive(self, boot: Boot, now: float) -> None:
        """Note that the process still runs."""

    async def shut(self, boot: Boot, now: float) -> None:
        """Note an end in order."""


class SettingsStore(Protocol):
    """What people chose for a thread, a channel or an account.

    Each setting that becomes another is an entry in the audit, with what it was and what it is.
    """

    async def chain(self, address: Address) -> Chain:
        """Read all that was chosen for an address; one without a thread has none of its own."""

    async def choose(self, address: Address, scope: Scope, choices: Choices, by: Author, now: float) -> None:
        """Set what is chosen in ``choices`` for the address's thread, channel or account."""

    async def unchoose(
        self, address: Address, scope: Scope, settings: tuple[Setting, ...], by: Author, now: float
    ) -> None:
        """Take choices back, so that a wider scope's are in force."""


class Store(
    InboxStore,
    TurnStore,
    PostStore,
    LedgerStore,
    Library,
    BootStore,
    RecallStore,
    SettingsStore,
    Protocol,
):
    """All of it."""
