"""What was used, and conversations read back."""

from collections.abc import Mapping, Sequence

from core.address import Address
from core.library import ConversationSummary, ShownFile, ShownMessage
from core.memory.database import Database, Row, Value
from core.memory.rows import event_from, parts_from
from core.outgoing import FILES_FROM, OutFile
from core.storage import PersonTurns
from core.transcript import FilePart, ImagePart, Part, Role, TextPart

TITLE_LENGTH = 80


class LibraryTable:
    """Implements ``core.storage.LibraryStore`` and ``core.storage.LedgerStore``."""

    _database: Database

    async def turns_of(self, address: Address, author_id: str, since: float, upto: str = "") -> PersonTurns:
        """Count a person's answered turns since a time, in the address's account."""
        row = await self._database.row(
            "turns_of_person",
            {
                "platform": address.platform,
                "account": address.account,
                "author_id": author_id,
                "since": since,
                "upto": upto,
            },
        )
        return PersonTurns(int(str(row[0])), float(str(row[1]))) if row else PersonTurns(0, 0.0)

    async def turns_in(self, address: Address, since: float, upto: str = "") -> PersonTurns:
        """Count the answered turns of everybody in the address's channel since a time."""
        prefix = address.key.rpartition(":")[0]
        found: dict[str, Value] = {
            "platform": address.platform,
            "account": address.account,
            "channel": address.channel,
            # The keys of a channel's threads begin with it and a colon; the next character ends them.
            "first": f"{prefix}:",
            "behind": f"{prefix};",
            "since": since,
            "upto": upto,
        }
        row = await self._database.row("turns_in_channel", found)
        return PersonTurns(int(str(row[0])), float(str(row[1]))) if row else PersonTurns(0, 0.0)

    async def conversations(self, platform: str, account: str) -> tuple[ConversationSummary, ...]:
        """List an account's conversations, the newest first."""
        rows = await self._database.rows("conversations", {"platform": platform, "account": account})
        return tuple(
            ConversationSummary(Address.from_key(str(key)), _title(str(payload)), float(str(updated)))
            for key, updated, payload in rows
            if payload is not None
        )

    async def messages(self, address: Address) -> tuple[ShownMessage, ...]:
        """Read a conversation as people saw it, questions still waiting included."""
        finals: dict[str, list[str]] = {}
        whose: dict[str, Value] = {"thread_key": address.key}
        for turn, final in await self._database.rows("shown_finals", {**whose, "files_from": FILES_FROM}):
            finals.setdefault(str(turn), []).append(str(final))
        stored = [_shown(row, finals) for row in await self._database.rows("shown_messages", whose)]
        waiting = await self._database.rows("waiting_events", {"thread_key": address.key})
        seen = {message.id for message in stored if message.role is Role.USER}
        asked = [event_from(str(row[2])) for row in waiting]
        stored.extend(
            ShownMessage(
                id=event.message_id,
                role=Role.USER,
                author=event.author.name,
                text=event.text,
                files=tuple(attachment.name for attachment in event.attachments),
                sent_at=event.sent_at,
            )
            for event in asked
            if event.message_id not in seen
        )
        return tuple(stored)

    async def upload(self, attachment_id: str) -> bytes | None:
        """Return the bytes that came with an event."""
        row = await self._database.row("select_upload", {"id": attachment_id})
        return row[0] if row and isinstance(row[0], bytes) else None

    async def files(self, address: Address) -> tuple[ShownFile, ...]:
        """List the files that are kept of a conversation's answers, oldest first."""
        rows = await self._database.rows("shown_files", {"thread_key": address.key})
        return tuple(
            ShownFile(str(turn), str(key), str(name), str(mime), str(alt), int(str(size)))
            for turn, key, name, mime, alt, size in rows
        )

    async def file(self, address: Address, key: str) -> OutFile | None:
        """Return one of these files."""
        row = await self._database.row("shown_file", {"thread_key": address.key, "key": key})
        if row is None or not isinstance(row[3], bytes):
            return None
        return OutFile(str(row[0]), str(row[1]), row[3], str(row[2]))


def _title(payload: str) -> str:
    event = event_from(payload)
    text = " ".join(event.text.split()) or ", ".join(file.name for file in event.attachments) or "Untitled"
    return text if len(text) <= TITLE_LENGTH else text[: TITLE_LENGTH - 1].rstrip() + "…"


def _shown(row: Row, finals: Mapping[str, Sequence[str]]) -> ShownMessage:
    number, role, author, parts_text, sent_at, turn_id, stopped, platform_id = row
    parts = parts_from(str(parts_text))
    asked = Role(str(role)) is Role.USER
    return ShownMessage(
        id=str(platform_id) if asked else f"m{number!s}",
        role=Role(str(role)),
        author=str(author),
        text="\n".join(part.text for part in parts if isinstance(part, TextPart)),
        files=tuple(name for part in parts if (name := _file_name(part))),
        sent_at=float(str(sent_at)),
        turn="" if asked else str(turn_id),
        stopped=bool(stopped) and not asked,
        shown="" if asked else "\n\n".join(finals.get(str(turn_id), ())),
    )


def _file_name(part: Part) -> str:
    return part.name if isinstance(part, ImagePart | FilePart) else ""
