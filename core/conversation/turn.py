"""One turn, from claimed questions to a delivered answer."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import structlog

from core import phrases
from core.conversation.answering import Answering
from core.conversation.pacing import Pacer
from core.conversation.reply import Reply
from core.conversation.running import Running, Stoppable
from core.errors import StoreError
from core.ports import Clock, Platform
from core.storage import Answer, Store, Turn, TurnState
from core.transcript import Role

ATTEMPTS = 5
WORKING_EVERY_S = 4.0
SIGN_DEADLINE_S = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TurnRunner:
    """Carries turns through; knows nothing of lanes."""

    store: Store
    platforms: Mapping[str, Platform]
    answering: Answering
    pacer: Pacer
    running: Running
    clock: Clock

    async def run(self, turn: Turn) -> None:
        """Answer, commit, deliver, close.

        Cancelled anywhere, the turn stays as its rows say and goes on from them at the next start.
        Raises ``LeaseLost`` when another holder has the lane, ``StoreError`` when the store fails.
        """
        platform = self.platforms[turn.address.platform]
        posts = await self.store.posts(turn)
        reply = Reply(turn, posts, platform=platform, store=self.store, pacer=self.pacer, clock=self.clock)
        is_command = self.answering.commands.recognise(turn.questions[0].text) is not None
        with self.running.entered(turn, is_command=is_command) as stoppable:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(reply.present(), name="reply")
                working = tasks.create_task(self._show_working(platform, turn, reply), name="working")
                try:
                    if turn.state is TurnState.RUNNING:
                        texts = await self._answer(turn, platform, reply, stoppable)
                    else:
                        texts = tuple(post.final for post in posts if post.final is not None)
                finally:
                    working.cancel()
                reply.deliver(texts)
        await self.store.end(turn, self.clock.now())
        log.info("turn.ended", turn=turn.id, platform=turn.address.platform, attempt=turn.attempt)

    async def _answer(
        self, turn: Turn, platform: Platform, reply: Reply, stoppable: Stoppable
    ) -> tuple[str, ...]:
        answer = await self._compose(turn, platform, reply, stoppable)
        texts = reply.close()
        await self.store.commit_answer(turn, answer, texts, self.clock.now())
        return texts

    async def _compose(self, turn: Turn, platform: Platform, reply: Reply, stoppable: Stoppable) -> Answer:
        """Run the answering as a task of its own, so that a stop ends it and nothing else."""
        if turn.attempt > ATTEMPTS:
            reply.remark(phrases.GAVE_UP)
            return Answer(Role.NOTICE, phrases.GAVE_UP, TurnState.FAILED, error="too many attempts")
        work = asyncio.create_task(self._guarded(turn, platform, reply), name="answering")
        stoppable.bind(work)
        try:
            answer = await work
        except asyncio.CancelledError:
            if not stoppable.stopped or _being_cancelled():
                raise
            answer = self._stopped(reply)
        finally:
            if not work.done():
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work
        return answer

    @staticmethod
    def _stopped(reply: Reply) -> Answer:
        if reply.answer.strip():
            reply.remark(f"\n\n{phrases.STOPPED}")
            return Answer(Role.ASSISTANT, reply.answer, TurnState.STOPPED)
        reply.remark(phrases.STOPPED_BEFORE_WORDS)
        return Answer(Role.NOTICE, phrases.STOPPED_BEFORE_WORDS, TurnState.STOPPED)

    async def _guarded(self, turn: Turn, platform: Platform, reply: Reply) -> Answer:
        try:
            return await self.answering.answer(turn, platform, reply)
        except StoreError:
            raise
        except Exception:
            # The border: a bug ends this turn with an honest word, and nobody else's.
            log.exception("turn.bug", turn=turn.id)
            reply.remark(f"\n\n{phrases.BUG}" if reply.answer.strip() else phrases.BUG)
            return Answer(Role.NOTICE, phrases.BUG, TurnState.FAILED, error="bug")

    async def _show_working(self, platform: Platform, turn: Turn, reply: Reply) -> None:
        while not reply.is_visible:
            try:
                async with asyncio.timeout(SIGN_DEADLINE_S):
                    await platform.show_working(turn.address)
            except TimeoutError:
                log.debug("turn.no_sign", turn=turn.id)
            await self.clock.sleep(WORKING_EVERY_S)


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
