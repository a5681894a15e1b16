"""What goes wrong on Discord, on a test's word."""

import random
from dataclasses import replace

from tests.emulators.discord import payloads
from tests.emulators.discord.faults import Fault
from tests.emulators.discord.gateway import INVALID, RECONNECT, SessionStarts
from tests.emulators.discord.parts import Parts
from tests.emulators.discord.values import THREADS, Channel, ChannelKind, Intent, Json, Person


class Trouble(Parts):
    """Its part of :class:`~tests.emulators.discord.emulator.DiscordEmulator`."""

    def fault(self, pattern: str, **plan: object) -> Fault:
        """Plan a fault for requests whose ``"METHOD /path"`` matches; see :class:`Fault` for ``plan``."""
        fault = replace(Fault(pattern), **plan)  # type: ignore[arg-type]  # the fields of Fault, by name
        self.front.faults.plan.append(fault)
        return fault

    def lag_history(self, shortest: float, longest: float, seed: int = 0) -> None:
        """From now on each message of the bot's shows in the history so many seconds late, by lot."""
        self.world.lots = random.Random(seed)
        self.world.history_lags = (shortest, longest)

    def deny(self, channel: Channel, permission: str) -> None:
        """Take a permission from the bot, e.g. ``SEND_MESSAGES`` or ``READ_MESSAGE_HISTORY``."""
        self.world.denied.setdefault(channel.id, set()).add(permission)

    def close_direct(self, person: Person) -> None:
        """The person no longer takes messages from the bot (50007)."""
        self.world.closed_to_bot.add(person.id)

    async def delete_channel(self, channel: Channel) -> None:
        """A channel or thread goes away; the API then answers 10003."""
        data = payloads.channel(self.world, self.world.remove_channel(channel.id))
        self._tell("THREAD_DELETE" if channel.kind in THREADS else "CHANNEL_DELETE", data)

    async def archive(self, thread: Channel) -> None:
        """A thread is put away: a new session is not told of it until somebody writes there."""
        self.world.archived.add(thread.id)
        self._tell("THREAD_UPDATE", payloads.channel(self.world, thread))

    async def put_out_of(self, thread: Channel, *, may_see: bool = False) -> None:
        """The bot is taken out of a thread; a private one it cannot see any more, unless it ``may_see``."""
        removed: Json = {"id": thread.id, "guild_id": thread.guild_id, "member_count": 1}
        removed["removed_member_ids"] = [self.bot.id]
        if thread.kind == ChannelKind.PRIVATE_THREAD and not may_see:
            self.deny(thread, "VIEW_CHANNEL")
        self._tell("THREAD_MEMBERS_UPDATE", removed)

    async def remove_bot(self) -> None:
        """The bot is thrown off the server."""
        self.world.bot_is_member = False
        self._tell("GUILD_DELETE", {"id": self.world.guild_id})

    async def outage(self) -> None:
        """The server is not available for a while."""
        self.world.guild_available = False
        self._tell("GUILD_DELETE", {"id": self.world.guild_id, "unavailable": True})

    async def outage_over(self) -> None:
        """The server is there again."""
        self.world.guild_available = True
        self._tell("GUILD_CREATE", payloads.guild(self.world))

    def _tell(self, event: str, data: Json) -> None:
        self.gateway.publish(event, Intent.GUILDS, lambda _session: data)

    async def drop(self) -> None:
        """Cut every gateway socket; the sessions wait for RESUME."""
        for socket in list(self.gateway.sockets):
            socket.cut()

    async def ask_to_reconnect(self) -> None:
        """Op 7 to every socket."""
        for socket in list(self.gateway.sockets):
            await socket.op(RECONNECT)

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Op 9 to every socket; without ``resumable`` the sessions are over."""
        if not resumable:
            self.lose_sessions()
        for socket in list(self.gateway.sockets):
            await socket.op(INVALID, data=resumable)

    def lose_sessions(self) -> None:
        """Forget all sessions: a RESUME is answered with op 9, and nothing is replayed."""
        for session in self.gateway.sessions.values():
            session.ended = True

    def leave_starts(self, remaining: int, reset_after_s: float) -> None:
        """So many IDENTIFY are left until they are counted anew; one more resets the token."""
        self.gateway.starts = SessionStarts(remaining=remaining, lasts_s=reset_after_s)
