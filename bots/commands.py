"""The one registry of commands; every surface draws from it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bots.image_analysis import IMAGE
from core import phrases
from core.address import Address
from core.commands import COMMAND_SIGN, CommandSpec
from core.conversation.running import Running
from core.errors import ModelError
from core.message import Author
from core.ports import Model
from core.storage import TurnStore

STOP = "stop"
SPECS = (
    CommandSpec("ask", "Ask a question", argument="your question", asks=True),
    IMAGE,
    CommandSpec("new", "Begin afresh: forget what was said in this conversation"),
    CommandSpec(STOP, "Stop the answer that is being written"),
    CommandSpec("model", "Say which model answers"),
    CommandSpec("help", "Say what I can do"),
)
TYPED = tuple(spec for spec in SPECS if not spec.asks)
# Where every message is a question already, files go along with it.
ALONE = frozenset({"web", "terminal"})
# Slack takes a slash for a command of its own.
SIGNS = {"slack": "/llama "}


@dataclass(frozen=True, slots=True)
class CommandTable:
    """Implements ``core.ports.Commands`` for those of :data:`SPECS` that are answered at once."""

    model: Model
    store: TurnStore
    running: Running

    def recognise(self, text: str) -> tuple[str, str] | None:
        """Split ``/name argument``. "/help me with this" is a question; "/stop that" is still a stop."""
        if not text.startswith(COMMAND_SIGN):
            return None
        name, _, argument = text[len(COMMAND_SIGN) :].strip().partition(" ")
        name, argument = name.lower(), argument.strip()
        if name not in self._actions or (argument and name != STOP):
            return None
        return name, argument

    async def run(self, name: str, address: Address, author: Author, argument: str) -> str:
        """Do it; an unknown name is answered with help."""
        return await self._actions.get(name, self._help)(address, author, argument)

    @property
    def _actions(self) -> Mapping[str, Callable[[Address, Author, str], Awaitable[str]]]:
        return {"help": self._help, "new": self._new, STOP: self._stop, "model": self._model}

    async def _help(self, address: Address, _author: Author, _argument: str) -> str:
        lines = [
            (
                "I am Tampu, an assistant on a Llama model. Write to me in private, mention me in a channel, "
                "or reply to me; in a thread where I was asked I follow along. "
                "Send a picture or a text file along with your question and I will read it."
            ),
            "",
        ]
        sign = SIGNS.get(address.platform, COMMAND_SIGN)
        for spec in TYPED if address.platform in ALONE else SPECS:
            argument = f" {spec.argument}" if spec.argument else ""
            lines.append(f"- `{sign}{spec.name}{argument}`: {spec.description}")
        return "\n".join(lines)

    async def _new(self, address: Address, _author: Author, _argument: str) -> str:
        if not address.thread:
            return "Outside of a thread, every message to me begins a new conversation already."
        await self.store.reset(address)
        return phrases.FRESH

    async def _stop(self, address: Address, author: Author, _argument: str) -> str:
        stopped = self.running.stop(address, author.id)
        return phrases.STOPPING if stopped else phrases.NOTHING_TO_STOP

    async def _model(self, _address: Address, _author: Author, _argument: str) -> str:
        try:
            info = await self.model.info()
        except ModelError as error:
            return error.told
        sees = {True: "reads text and pictures", False: "reads text only", None: "reads text"}[info.vision]
        note = f" {info.note}" if info.note else ""
        return f"I run on **{info.name}**, which {sees}.{note}"
