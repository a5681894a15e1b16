"""The store in memory: the outbox."""

from dataclasses import dataclass, replace

from core.storage import DeadLetter, Post, PostState, Turn
from core.transcript import Role, TextPart
from tests.fakes.turns import MemoryTurns

STALE = "stale"


@dataclass
class MemoryPosts(MemoryTurns):
    """Implements core.storage.PostStore."""

    async def posts(self, turn: Turn) -> tuple[Post, ...]:
        return tuple(row.post for row in self.posts_of(self.turn_rows[turn.id]))

    async def intend(self, turn: Turn, seq: int) -> Post:
        self.require_fence(turn)
        return self.post_row(turn, seq).post

    async def posted(
        self, turn: Turn, seq: int, platform_id: str, shown: str, *, keeps_file: bool = False
    ) -> None:
        self.require_fence(turn)
        if (row := self.outbox.get((turn.id, seq))) is not None:
            kept = row.post.platform_id or platform_id
            row.post = replace(row.post, state=PostState.SENT, platform_id=kept, shown=shown)
            row.post = replace(row.post, file=row.post.file if keeps_file else None)
            row.error, row.lost_at = "", None
        self.tie(turn.address, platform_id)

    async def shown(self, turn: Turn, seq: int, text: str) -> None:
        self.require_fence(turn)
        if (row := self.outbox.get((turn.id, seq))) is not None:
            row.post = replace(row.post, state=PostState.SENT, shown=text)
            row.error, row.lost_at = "", None

    async def lost(self, turn: Turn, seq: int, state: PostState, code: str, now: float) -> None:
        self.require_fence(turn)
        if (row := self.outbox.get((turn.id, seq))) is not None:
            row.post = replace(row.post, state=state, file=None)
            row.error, row.lost_at = code, now

    async def dead_letters(self, limit: int) -> tuple[DeadLetter, ...]:
        found = [*self._lost_posts(), *self._unanswered()]
        found.sort(key=lambda letter: letter.at, reverse=True)
        return tuple(found[:limit])

    def _lost_posts(self) -> list[DeadLetter]:
        return [
            DeadLetter(turn_id, self.turn_rows[turn_id].address, row.post.final, row.error, row.lost_at)
            for (turn_id, _), row in self.outbox.items()
            if row.lost_at is not None and row.post.final is not None
        ]

    def _unanswered(self) -> list[DeadLetter]:
        found = []
        for row in self.rows:
            turn = self.turn_rows[row.turn_id]
            if row.role is Role.USER and row.parts and turn.error == STALE and turn.ended_at is not None:
                words = row.parts[0]
                assert isinstance(words, TextPart)
                found.append(DeadLetter(turn.id, turn.address, words.text, STALE, turn.ended_at))
        return found
