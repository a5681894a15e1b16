"""One turn, from claimed questions to a delivered answer."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog

from core import phrases
from core.conversation.answering import Answering
from core.conversation.offering import offer_of
from core.conversation.pacing import Pacer
from core.conversation.reply import Reply
from core.conversation.running import Cut, Running, Stoppable
from core.conversation.staleness import Staleness
from core.errors import Overtaken, StoreError
from core.events import Asked
from core.markdown.whole import too_long_for_one
from core.ports import Clock, Platform
from core.storage import Answer, Post, Store, Turn, TurnState
from core.transcript import Role

STRIKES = 3
# A turn that cannot even be given up is let go then, without a word.
LAST_STRIKE = 10
WORKING_EVERY_S = 4.0
SIGN_DEADLINE_S = 10.0
# More than this is looked through beside the loop.
MANY_CHARACTERS = 8_000
STALE = "stale"
TOO_MANY_FAILURES = "too many failures"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class TurnRunner:
    """Carries turns through; knows nothing of lanes.

    ``when_ended`` is told the last question of one that was delivered, ``when_lost`` that something may not
    have reached people.
    """

    store: Store
    platforms: Mapping[str, Platform]
    answering: Answering
    pacer: Pacer
    running: Running
    clock: Clock
    staleness: Staleness = field(default_factory=Staleness)
    when_ended: Callable[[Asked], None] | None = None
    when_lost: Callable[[], None] | None = None

    async def run(self, turn: Turn) -> None:
        """Answer, commit, deliver, close.

        Cancelled anywhere, the turn stays as its rows say and goes on from them at the next start.
        Raises ``Overtaken`` when its question changed, ``LeaseLost`` when another holder has the
        lane, ``StoreError`` when the store fails.
        """
        if turn.strikes > LAST_STRIKE:
            # Not even that it is given up could be said.
            log.error("turn.abandoned", turn=turn.id)
            await self.store.end(turn, self.clock.now(), error=TOO_MANY_FAILURES)
            return
        is_command = self.answering.commands.recognise(turn.questions[0].text) is not None
        # Entered before anything is waited for: an edit that is stored from here on finds it.
        with self.running.entered(turn, is_command=is_command) as stoppable:
            posts = await self.store.posts(turn)
            platform = self.platforms[turn.address.platform]
            reply = Reply(
                turn, posts, platform=platform, store=self.store, pacer=self.pacer, clock=self.clock
            )
            stoppable.show(reply)
            is_stale = self.staleness.is_stale(turn) and not _is_taken_back(turn, posts)
            reply.when_gone = lambda: stoppable.end(Cut.GONE)
            await self._present(turn, posts, reply, stoppable, is_stale=is_stale)
            if stoppable.cut is Cut.OVERTAKEN:
                raise Overtaken(f"turn {turn.id}")
        await self.store.end(turn, self.clock.now())
        if self.when_ended is not None:
            self.when_ended(turn.questions[-1])
        if self.when_lost is not None and (reply.has_lost or is_stale):
            self.when_lost()
        log.info("turn.ended", turn=turn.id, platform=turn.address.platform, attempt=turn.attempt)

    async def _present(
        self, turn: Turn, posts: tuple[Post, ...], reply: Reply, stoppable: Stoppable, *, is_stale: bool
    ) -> None:
        """Make the answer while the reply shows it, until it is delivered or overtaken."""
        platform = self.platforms[turn.address.platform]
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(reply.present(), name="reply")
            working = tasks.create_task(self._show_working(platform, turn, reply), name="working")
            try:
                texts = await self._texts(turn, posts, reply, stoppable, is_stale=is_stale)
                stoppable.over()
                reply.deliver(texts)
            except Overtaken:
                stoppable.overtake()
            finally:
                working.cancel()

    async def _texts(
        self, turn: Turn, posts: tuple[Post, ...], reply: Reply, stoppable: Stoppable, *, is_stale: bool
    ) -> tuple[str, ...]:
        """What people are to see in the end, committed now or by an earlier attempt."""
        if turn.strikes >= STRIKES and not _is_taken_back(turn, posts):
            return await self._say_instead(turn, reply, phrases.GAVE_UP, TOO_MANY_FAILURES)
        if is_stale and not (reply.is_visible and turn.state is TurnState.DELIVERING):
            return await self._too_late(turn, reply)
        if turn.state is TurnState.RUNNING:
            return await self._answer(turn, reply, stoppable)
        if turn.ending is TurnState.DONE:
            reply.offer = offer_of(turn, await self.store.question_parts(turn))
        # Nothing is waited for behind it: files would go out before the texts.
        reply.enclose(posts)
        return tuple(post.final for post in posts if post.final is not None and not post.is_file)

    async def _answer(self, turn: Turn, reply: Reply, stoppable: Stoppable) -> tuple[str, ...]:
        answer = await self._compose(turn, reply, stoppable)
        # What is whole cannot be stopped any more, though it is not stored yet.
        stoppable.over()
        if answer.role is Role.ASSISTANT and answer.ending is TurnState.DONE:
            # Before it is closed: its last edit has the buttons.
            reply.offer = offer_of(turn, await self.store.question_parts(turn))
        texts = reply.close()
        answer = await self._with_files(turn, answer, texts)
        if await self.store.commit_answer(turn, answer, texts, self.clock.now()):
            reply.enclose(await self.store.posts(turn))
        return texts

    async def _with_files(self, turn: Turn, answer: Answer, texts: tuple[str, ...]) -> Answer:
        """Give a whole answer of several messages what none of them can hold as files, too."""
        if answer.role is not Role.ASSISTANT or answer.ending is not TurnState.DONE or len(texts) == 1:
            return answer
        capabilities = self.platforms[turn.address.platform].capabilities
        if len(answer.text) > MANY_CHARACTERS:
            found = await asyncio.to_thread(too_long_for_one, answer.text, capabilities)
        else:
            found = too_long_for_one(answer.text, capabilities)
        return replace(answer, files=(*answer.files, *found))

    async def _too_late(self, turn: Turn, reply: Reply) -> tuple[str, ...]:
        """Say once in the thread that the question came too late; never an old answer."""
        # What stands there already says it too, and takes the thread's line.
        may_tell = self.staleness.may_tell(turn) or reply.is_visible
        log.warning("turn.too_late", turn=turn.id, told=may_tell)
        return await self._say_instead(turn, reply, phrases.AWAY if may_tell else "", STALE)

    async def _say_instead(self, turn: Turn, reply: Reply, sentence: str, error: str) -> tuple[str, ...]:
        """Commit an honest word in the place of an answer, be it committed already; empty for none."""
        reply.remark(sentence)
        texts = reply.close() if sentence else ()
        answer = Answer(Role.NOTICE, sentence, TurnState.FAILED, error=error)
        await self.store.commit_answer(turn, answer, texts, self.clock.now())
        return texts

    async def _compose(self, turn: Turn, reply: Reply, stoppable: Stoppable) -> Answer:
        """Run the answering as a task of its own, so that a cut ends it and nothing else."""
        work = asyncio.create_task(self._guarded(turn, reply), name="answering")
        stoppable.bind(work)
        try:
            answer = await work
        except asyncio.CancelledError:
            if stoppable.cut is None or _being_cancelled():
                raise
            answer = _cut_short(turn, reply, stoppable.cut)
        finally:
            if not work.done():
                work.cancel()
                with suppress(asyncio.CancelledError):
                    await work
        return answer

    async def _guarded(self, turn: Turn, reply: Reply) -> Answer:
        try:
            return await self.answering.answer(turn, self.platforms[turn.address.platform], reply)
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


def _is_taken_back(turn: Turn, posts: tuple[Post, ...]) -> bool:
    """Whether only the messages of a deleted question's answer are left to be removed."""
    return turn.state is TurnState.DELIVERING and not any(post.final is not None for post in posts)


def _cut_short(turn: Turn, reply: Reply, cut: Cut) -> Answer:
    """What is said by then stays, marked. Raises ``Overtaken`` when it is said anew."""
    if cut is Cut.OVERTAKEN:
        raise Overtaken(f"turn {turn.id}")
    has_words = bool(reply.answer.strip())
    if cut is Cut.GONE:
        role = Role.ASSISTANT if has_words else Role.NOTICE
        return Answer(role, reply.answer, TurnState.STOPPED, error=cut)
    if has_words:
        mark = phrases.INTERRUPTED if cut is Cut.INTERRUPTED else phrases.STOPPED
        reply.remark(f"\n\n{mark}")
        return Answer(Role.ASSISTANT, reply.answer, TurnState.STOPPED)
    reply.remark(phrases.STOPPED_BEFORE_WORDS)
    return Answer(Role.NOTICE, phrases.STOPPED_BEFORE_WORDS, TurnState.STOPPED)


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
