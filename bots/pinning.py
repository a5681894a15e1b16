"""``/pin``, ``/pins`` and ``/unpin``: facts that a conversation keeps, however long it gets."""

from dataclasses import dataclass

from bots.choice_words import plain
from core import phrases
from core.address import Address
from core.conversation.checking import Checking
from core.message import Author
from core.ports import Clock
from core.thread_memory import PIN_LENGTH_MOST, PINS_MOST, Pin, RecallStore


@dataclass(frozen=True, slots=True)
class PinCommands:
    """Answers them; ``sign`` stands before a command's name on a platform. The replies are Markdown."""

    store: RecallStore
    clock: Clock
    checking: Checking

    async def pin(self, address: Address, author: Author, text: str, sign: str) -> str:
        """Pin a fact. Raises ``StoreError``."""
        if not address.thread:
            return phrases.PINS_NEED_A_CONVERSATION
        if not text:
            return f"What shall I keep in mind? Write it behind the command: `{sign}pin We ship on Fridays.`"
        if len(text) > PIN_LENGTH_MOST:
            return phrases.pin_too_long(len(text), PIN_LENGTH_MOST)
        if (refusal := await self.checking.refusal(text)) is not None:
            return refusal
        pin = await self.store.pin(address, text, author, self.clock.now())
        if pin is None:
            return phrases.too_many_pins(PINS_MOST, sign)
        return f"I keep this in mind here, as number {pin.number}. `{sign}unpin {pin.number}` takes it away."

    async def pins(self, address: Address, sign: str) -> str:
        """List them. Raises ``StoreError``."""
        if not address.thread:
            return phrases.PINS_NEED_A_CONVERSATION
        pins = await self.store.pins(address)
        if not pins:
            return f"Nothing is pinned here. `{sign}pin` and a fact make me keep it in mind."
        return "\n".join(["What I keep in mind here:", "", *map(_line, pins)])

    async def unpin(self, address: Address, author: Author, argument: str, sign: str) -> str:
        """Take one away. Raises ``StoreError``."""
        if not address.thread:
            return phrases.PINS_NEED_A_CONVERSATION
        number = argument.strip().lstrip("#")
        if not (number.isascii() and number.isdecimal() and len(number) <= len(str(PINS_MOST)) + 2):
            return f"Which one? `{sign}pins` shows their numbers, and `{sign}unpin 2` takes the second away."
        pin = await self.store.unpin(address, int(number), author, self.clock.now())
        if pin is None:
            return f"There is no pin {int(number)} here. `{sign}pins` shows what there is."
        return f"I no longer keep this in mind: {_flat(pin.text)}"


def _line(pin: Pin) -> str:
    return f"- **{pin.number}**: {_flat(pin.text)} ({plain(pin.by) or 'somebody'})"


def _flat(text: str) -> str:
    return " ".join(text.split())
