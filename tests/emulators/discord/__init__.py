"""Discord's REST API, gateway and CDN on real sockets, with its rules, limits and faults.

``DiscordEmulator`` is the whole of it; its docstring says how it is used and judged.
"""

from tests.emulators.discord.emulator import DiscordEmulator
from tests.emulators.discord.faults import Fault
from tests.emulators.discord.interactions import Invocation
from tests.emulators.discord.limits import Limit
from tests.emulators.discord.values import Channel, Entry, Flag, Message, MessageKind, Person, Refusal

__all__ = [
    "Channel",
    "DiscordEmulator",
    "Entry",
    "Fault",
    "Flag",
    "Invocation",
    "Limit",
    "Message",
    "MessageKind",
    "Person",
    "Refusal",
]
