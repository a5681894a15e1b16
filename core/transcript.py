"""What the model reads and writes: messages made of parts. Identity belongs to storage."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from core.outgoing import OutFile


class Role(StrEnum):
    """Who speaks. ``NOTICE`` is the assistant's own word to people; the model never reads it."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text that a person or the model wrote."""

    text: str
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True)
class ImagePart:
    """A picture, by the hash under which the store keeps its bytes; sizes are pixels."""

    sha256: str
    mime: str
    width: int
    height: int
    name: str
    kind: Literal["image"] = "image"


@dataclass(frozen=True, slots=True)
class FilePart:
    """A text file's content, or an honest word about why there is none (``note``).

    ``document`` is the number under which the thread keeps it as a document; 0 for none.
    """

    name: str
    text: str
    note: str = ""
    kind: Literal["file"] = "file"
    document: int = 0


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool. ``arguments`` is a JSON object as text, as the model wrote it."""

    id: str
    name: str
    arguments: str
    kind: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool said to the call ``id``; ``files`` go out with the answer, the model reads the text."""

    id: str
    name: str
    text: str
    failed: bool = False
    kind: Literal["tool_result"] = "tool_result"
    files: tuple[OutFile, ...] = ()


Part = TextPart | ImagePart | FilePart | ToolCall | ToolResult


@dataclass(frozen=True, slots=True)
class Message:
    """One row of a conversation. ``author`` names the person for a user row, else is empty."""

    role: Role
    parts: tuple[Part, ...]
    author: str = ""

    @property
    def text(self) -> str:
        """The text parts joined, as people would read them."""
        return "\n".join(part.text for part in self.parts if isinstance(part, TextPart))


def newest_of_people(rows: Sequence[Message], count: int) -> tuple[int, ...]:
    """Where the last ``count`` rows of people stand, as far as there are so many, oldest first."""
    said = tuple(at for at, row in enumerate(rows) if row.role is Role.USER)
    return said[max(len(said) - count, 0) :]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as the model is told of it. ``schema`` is a JSON Schema object as JSON text.

    ``idempotent`` says that a call whose end is unknown may be made again.
    """

    name: str
    description: str
    schema: str
    idempotent: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """A picture's bytes, ready for the model."""

    mime: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One call of the model.

    ``images`` holds the bytes for each :class:`ImagePart` by its hash. ``max_tokens`` caps the
    answer. ``schema`` is a JSON Schema object as JSON text that the answer has to follow, empty
    for free text.
    """

    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    images: tuple[tuple[str, Image], ...] = ()
    max_tokens: int = 1024
    temperature: float = 0.6
    schema: str = ""


class Finish(StrEnum):
    """Why the model ended its answer."""

    STOP = "stop"
    LENGTH = "length"
    TOOL_CALLS = "tool_calls"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More visible text."""

    text: str


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """The model is thinking: a sign of life, never shown."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call, as the server counted them."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Finished:
    """The last event of every whole answer. ``calls`` are the tools that it asks for.

    ``model`` names the model that answered, where several may.
    """

    reason: Finish
    calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = None
    model: str = ""


ModelEvent = TextDelta | ReasoningDelta | Finished


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """The model that answers.

    ``window`` is in tokens. ``vision`` is ``None`` when nobody has said yet. ``hosted`` is true
    where tokens are paid for with a key. ``note`` is a sentence for people about what it is. It takes
    ``most_pictures`` at once.
    """

    name: str
    window: int
    max_output: int
    tools: bool
    vision: bool | None
    hosted: bool
    note: str = ""
    most_pictures: int = 8
