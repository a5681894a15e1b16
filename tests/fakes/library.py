"""The store in memory, read back: what was used and what was said."""

from dataclasses import dataclass

from core.address import Address
from core.events import Asked
from core.library import ConversationSummary, ShownFile, ShownMessage
from core.outgoing import OutFile
from core.storage import PersonTurns, PostState, TurnState
from core.transcript import FilePart, ImagePart, Role, TextPart
from tests.fakes.tables import MessageRow, Tables, TurnRow

TITLE_LENGTH = 80
MOST_LISTED = 500


@dataclass
class MemoryLibrary(Tables):
    """Implements core.storage.LibraryStore and core.storage.LedgerStore."""

    async def turns_of(self, address: Address, author_id: str, since: float, upto: str = "") -> PersonTurns:
        counted = [
            row.begun_at
            for row in self.turn_rows.values()
            if (row.address.platform, row.address.account) == (address.platform, address.account)
            and row.author_id == author_id
            and row.counts
            and self._is_upto(row, upto)
        ]
        counted += [
            row.begun_at
            for row in self.counted
            if (row.platform, row.account, row.author_id) == (address.platform, address.account, author_id)
        ]
        within = [at for at in counted if at > since]
        return PersonTurns(len(within), min(within, default=0.0))

    async def turns_in(self, address: Address, since: float, upto: str = "") -> PersonTurns:
        place = (address.platform, address.account, address.channel)
        here = [row for row in self.turn_rows.values() if place in self._places_of(row)]
        turns = {row.id for row in here}
        counted = [row.begun_at for row in here if row.counts and self._is_upto(row, upto)]
        counted += [row.begun_at for row in self.counted if row.turn in turns]
        within = [at for at in counted if at > since]
        return PersonTurns(len(within), min(within, default=0.0))

    def _places_of(self, turn: TurnRow) -> set[tuple[str, str, str]]:
        """The channel of a turn, and the one around it."""
        parents = {row.event.parent for row in self.events.values() if row.turn_id == turn.id}
        account = (turn.address.platform, turn.address.account)
        return {(*account, channel) for channel in {turn.address.channel, *parents} if channel}

    def _is_upto(self, row: TurnRow, upto: str) -> bool:
        """Whether a turn is over, or began no later than another."""
        if row.state is not TurnState.RUNNING or not upto:
            return True
        return (row.begun_at, row.id) <= (self.turn_rows[upto].begun_at, upto)

    async def conversations(self, platform: str, account: str) -> tuple[ConversationSummary, ...]:
        found = [
            row
            for row in self.threads.values()
            if (row.address.platform, row.address.account) == (platform, account)
            and any(event.event.author.id for event in self.events_of(row.address))
        ]
        found.sort(key=lambda row: row.updated_at, reverse=True)
        return tuple(
            ConversationSummary(row.address, _title(self._first(row.address)), row.updated_at)
            for row in found[:MOST_LISTED]
        )

    async def messages(self, address: Address) -> tuple[ShownMessage, ...]:
        stored = [self._shown(row) for row in self.rows if row.address == address and row.parts]
        seen = {message.id for message in stored if message.role is Role.USER}
        waiting = [row.event for row in self.waiting_in(address)]
        return (*stored, *(_asked(event) for event in waiting if event.message_id not in seen))

    async def upload(self, attachment_id: str) -> bytes | None:
        row = self.uploads.get(attachment_id)
        return row.content if row else None

    async def files(self, address: Address) -> tuple[ShownFile, ...]:
        return tuple(
            ShownFile(turn.id, post.key, file.name, file.mime, file.alt, len(file.content))
            for turn in sorted(self.turn_rows.values(), key=lambda row: (row.begun_at, row.id))
            if turn.address == address
            for post in (row.post for row in self.posts_of(turn))
            if post.state is PostState.SENT and (file := post.file) is not None
        )

    async def file(self, address: Address, key: str) -> OutFile | None:
        found = (
            row.post.file
            for (turn_id, _), row in self.outbox.items()
            if row.post.key == key and self.turn_rows[turn_id].address == address
            if row.post.state is PostState.SENT
        )
        return next(found, None)

    def _first(self, address: Address) -> Asked:
        """The first question that still stands, or that stood."""
        return min(self.events_of(address), key=lambda row: row.is_withdrawn).event

    def _shown(self, row: MessageRow) -> ShownMessage:
        is_question = row.role is Role.USER
        return ShownMessage(
            id=row.platform_id if is_question else f"m{row.number}",
            role=row.role,
            author=row.author,
            text="\n".join(part.text for part in row.parts if isinstance(part, TextPart)),
            files=tuple(part.name for part in row.parts if isinstance(part, ImagePart | FilePart)),
            sent_at=row.sent_at,
            turn="" if is_question else row.turn_id,
            stopped=not is_question and self.turn_rows[row.turn_id].ending is TurnState.STOPPED,
            shown="" if is_question else self._finals(row.turn_id),
        )

    def _finals(self, turn_id: str) -> str:
        posts = sorted((row.post for row in self.posts_of(self.turn_rows[turn_id])), key=lambda one: one.seq)
        return "\n\n".join(one.final for one in posts if one.final is not None and not one.is_file)


def _title(event: Asked) -> str:
    text = " ".join(event.text.split()) or ", ".join(file.name for file in event.attachments) or "Untitled"
    return text if len(text) <= TITLE_LENGTH else text[: TITLE_LENGTH - 1].rstrip() + "…"


def _asked(event: Asked) -> ShownMessage:
    return ShownMessage(
        id=event.message_id,
        role=Role.USER,
        author=event.author.name,
        text=event.text,
        files=tuple(attachment.name for attachment in event.attachments),
        sent_at=event.sent_at,
    )
