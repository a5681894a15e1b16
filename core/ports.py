"""The contracts at the core's borders, on one page."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Protocol

from core.address import Address
from core.capabilities import Capabilities
from core.delivery import Draft, FileDraft, Lookup, MessageRef, Outcome
from core.events import Asked, Closed, Revised, Verdict, Withdrawn
from core.library import ConversationSummary, ShownFile, ShownMessage
from core.message import Attachment, Author, PastMessage, PastPicture, Upload
from core.outgoing import OutFile
from core.transcript import ModelEvent, ModelInfo, ModelRequest, ToolCall, ToolResult, ToolSpec


class Clock(Protocol):
    """Time. Intervals are measured with ``monotonic``; only what people see uses ``now``."""

    def now(self) -> float:
        """Unix seconds."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""


class Platform(Protocol):
    """A chat platform, outward. Nothing here raises for what a platform may answer: see Outcome."""

    @property
    def name(self) -> str:
        """The ``platform`` of the addresses that it serves."""

    @property
    def capabilities(self) -> Capabilities:
        """Its limits."""

    async def post(self, draft: Draft) -> Outcome:
        """Post a message once. Never retries by itself what may have arrived."""

    async def post_file(self, draft: FileDraft) -> Outcome:
        """Post a file once, as :meth:`post`; ``capabilities.max_file`` says how large one may be.

        The id is that of its message, or any other by which :meth:`delete` takes it away.
        """

    async def edit(self, ref: MessageRef, text: str, *, live: bool = False) -> Outcome:
        """Set the whole text (Markdown) of a message of ours; ``live`` as in a draft."""

    async def delete(self, ref: MessageRef) -> Outcome:
        """Remove a message of ours."""

    async def find(self, lookup: Lookup) -> str | None:
        """The id of a message of ours that arrived under this key, or ``None``.

        ``None`` lets the message be posted again: it is said only once what was sent must be
        visible. Raises ``PlatformError`` when the platform cannot be asked now.
        """

    async def show_working(self, address: Address) -> None:
        """A sign of life while the answer is being made; best effort, returns soon."""

    async def show_idle(self, address: Address) -> None:
        """Nothing more is being made in this thread; best effort, returns soon."""

    async def past(self, question: Asked, limit: int) -> tuple[PastMessage, ...]:
        """The newest ``limit`` messages of the thread before the question, oldest first.

        Raises ``PlatformError``.
        """

    async def pictures(self, question: Asked, limit: int) -> tuple[PastPicture, ...]:
        """The newest ``limit`` pictures that people posted where a question was asked, newest first.

        Only its channel is looked through, and a bounded number of messages. Raises ``PlatformError``.
        """

    async def read(self, attachment: Attachment, max_bytes: int) -> bytes:
        """The attachment's bytes. Raises ``FileError`` with what the person may be told."""


class Model(Protocol):
    """A language model."""

    async def info(self) -> ModelInfo:
        """Which model answers. Raises ``ModelError`` when that cannot be found out."""

    def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent]:
        """Answer. The last event is ``Finished``; anything else raises ``ModelError``.

        Closing the generator, or cancelling the task that reads it, ends the call on the server.
        """


@dataclass(frozen=True, slots=True)
class Moderation:
    """What a check of texts found. ``categories`` are short names such as ``hate``, each once."""

    flagged: bool
    categories: tuple[str, ...] = ()


class Moderator(Protocol):
    """Checks what people ask and what the model answers."""

    async def check(self, *texts: str, asked: str = "") -> Moderation:
        """Check texts of any length; ``asked`` is the question, if they are the model's answer to one.

        Raises ``ModelError`` when they could not be checked: what happens then is the caller's rule.
        """


@dataclass(frozen=True, slots=True)
class Scene:
    """What the system prompt says of the situation.

    ``now`` is unix seconds. ``persona`` names the one that was chosen, empty for the usual one.
    """

    now: float
    place: str
    formatting: str
    model: ModelInfo
    persona: str = ""


class Persona(Protocol):
    """Who the assistant is."""

    def prompt(self, scene: Scene) -> str:
        """Write the system prompt."""


class Commands(Protocol):
    """What people can say to the assistant itself, typed or by the platform's menu."""

    def recognise(self, text: str) -> tuple[str, str] | None:
        """Split ``/name argument``; ``None`` when it is no command of ours that is answered at once."""

    async def run(self, name: str, address: Address, author: Author, argument: str, parent: str = "") -> str:
        """Do it; the reply is Markdown. ``parent`` as in :class:`~core.events.Asked`."""


class Toolbox(Protocol):
    """The tools that the model may call."""

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is told of them."""

    async def run(self, call: ToolCall) -> ToolResult:
        """Run one call; every failure is a result."""


class Inbox(Protocol):
    """The core, as an adapter sees it."""

    async def accept(self, event: Asked, uploads: tuple[Upload, ...] = ()) -> Verdict:
        """Take an event. Returns once it is durable: acknowledge to the platform after that.

        Raises ``StoreError`` when it could not be stored: do not acknowledge then.
        """

    async def revise(self, event: Revised) -> Verdict:
        """Take an edit of a message, stored or not; durable and raising as :meth:`accept`.

        One that was not asked before is taken as a question if it turns to the assistant now.
        """

    async def withdraw(self, event: Withdrawn) -> Verdict:
        """Take the deletion of a message, stored or not; durable and raising as :meth:`accept`."""

    async def close(self, event: Closed) -> None:
        """Take that nothing can be said in a channel any more. Raises ``StoreError``."""

    async def recent(self, platform: str) -> tuple[Address, ...]:
        """Threads with something said in the last seven days, the newest first. Raises ``StoreError``."""

    async def locate(self, platform: str, account: str, channel: str, message_id: str) -> Address | None:
        """The thread that a message (theirs or ours) belongs to, if it is known."""

    async def anchor(self, address: Address, message_id: str) -> None:
        """Remember that a message belongs to a thread."""

    async def command(
        self, name: str, address: Address, author: Author, argument: str, parent: str = ""
    ) -> str:
        """Run a command that is answered at once (help, new, stop, model); the reply is Markdown.

        An address whose ``thread`` is empty means whatever the author has going on in the channel.
        ``parent`` as in :class:`~core.events.Asked`.
        """


class Library(Protocol):
    """Stored conversations, for a surface that has no history of its own."""

    async def conversations(self, platform: str, account: str) -> tuple[ConversationSummary, ...]:
        """All conversations of an account, the newest first."""

    async def messages(self, address: Address) -> tuple[ShownMessage, ...]:
        """A conversation as people saw it, oldest first, questions still waiting included."""

    async def upload(self, attachment_id: str) -> bytes | None:
        """The bytes that came with an event as an :class:`~core.message.Upload`."""

    async def files(self, address: Address) -> tuple[ShownFile, ...]:
        """The files of a conversation's answers, where the platform keeps them here, oldest first."""

    async def file(self, address: Address, key: str) -> OutFile | None:
        """One of these files."""
