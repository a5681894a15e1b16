"""The live message: one answer on its way to people, in as many messages as it needs."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

import structlog

from core.capabilities import Action
from core.conversation.backoff import Backoff
from core.conversation.enclosing import Enclosures, enclosed, is_made
from core.conversation.growing import Desired, GrowingText
from core.conversation.pacing import Pacer, Ticket, Urgency
from core.delivery import Draft, Gone, Lookup, MessageRef, Offer, Outcome, Rejected, Retry, Sent, Unknown
from core.errors import PlatformError
from core.ports import Clock, Platform
from core.storage import Post, PostState, PostStore, Turn, TurnState

REQUEST_DEADLINE_S = 40.0
FILE_DEADLINE_S = 120.0
GIVE_UP_AFTER_S = 900.0
# A platform that cannot be asked for so long will not tell whether a message arrived.
DOUBT_S = 180.0
REMOVED = "*(removed)*"

log = structlog.get_logger()


class _Halted(Exception):
    """Nothing more is to be sent."""


class Reply:
    """Shows a growing text in messages of a platform, each with its intent committed first.

    :meth:`present` does all the sending, one request at a time. A message that is full is frozen
    and never touched again but to repair it; only the last one is edited. ``when_gone`` is called
    when people can no longer read what is still being written. ``offer`` is set once the answer is closed.
    """

    def __init__(
        self,
        turn: Turn,
        posts: tuple[Post, ...],
        *,
        platform: Platform,
        store: PostStore,
        pacer: Pacer,
        clock: Clock,
    ) -> None:
        self._turn = turn
        self._platform = platform
        self._store = store
        self._pacer = pacer
        self._clock = clock
        self._posts = {post.seq: _as_it_stands(post) for post in posts}
        # What an earlier attempt may have sent without hearing back.
        self._doubtful = {post.seq for post in posts if post.state is PostState.INTENT and not is_made(post)}
        self._text = GrowingText(platform.capabilities, turn.questions[0].opener)
        self._opened = self._text.full
        self._files = Enclosures(platform.capabilities)
        gone = [post.seq for post in posts if post.state is PostState.GONE and not post.is_file]
        if gone and turn.state is TurnState.RUNNING:
            self._text.end_with(min(gone))
        self.answer = ""
        self.offer: Offer | None = None
        self.when_gone: Callable[[], object] = lambda: None
        self._closed = False
        self._thread_gone = False
        # Messages whose draft was refused: not tried again before they are whole.
        self._unfit: set[int] = set()
        # Messages that people see as still growing.
        self._live: set[int] = set()
        self._sending = Backoff(clock)
        self._asking = Backoff(clock)
        self._changed = asyncio.Event()
        self._ticket: Ticket | None = None
        self._presenting: asyncio.Task[object] | None = None
        self._halted = False
        self._may_be_cut = False

    @property
    def is_visible(self) -> bool:
        """Whether people see a message of this answer."""
        return any(post.platform_id and seq >= self._opened for seq, post in self._posts.items())

    @property
    def has_lost(self) -> bool:
        """Whether a message never reached people as it should have, or was taken from them."""
        return any(post.state in {PostState.REJECTED, PostState.GONE} for post in self._posts.values())

    def grow(self, text: str) -> None:
        """Add what the model says; it is kept in ``answer``."""
        self.answer += text
        self.remark(text)

    def remark(self, text: str) -> None:
        """Add a word of our own, which people see and the model never reads."""
        self._text.add(text)
        self._changed.set()

    def mark(self) -> Callable[[], None]:
        """Remember how far the answer has come; what is returned takes back everything since, once."""
        answer, mark = self.answer, self._text.here()

        def back() -> None:
            self.answer = answer
            self._text.back_to(mark)
            self._changed.set()

        return back

    def close(self) -> tuple[str, ...]:
        """End the answer: the texts of all its messages, as they will stay."""
        return self._text.close()

    def enclose(self, posts: tuple[Post, ...]) -> None:
        """Take the files among the committed messages of the answer: they follow its texts."""
        self._files.settle(posts)

    def deliver(self, texts: tuple[str, ...]) -> None:
        """Bring every message to its committed text, then let :meth:`present` return."""
        self._text.settle(texts)
        self._closed = True
        self._changed.set()
        if self._ticket is not None:
            self._ticket.hurry()

    def halt(self) -> None:
        """Let :meth:`present` return after the request that is out, if one is."""
        self._halted = True
        if self._may_be_cut and self._presenting is not None:
            self._presenting.cancel()

    async def present(self) -> None:
        """Send what has changed until the answer is delivered.

        Raises ``StoreError`` when the outbox cannot be written. Cancelled in the middle of a
        request, the message is left as an intent, to be asked for at the next start.
        """
        self._presenting = asyncio.current_task()
        with suppress(_Halted):
            while not self._halted:
                self._changed.clear()
                seq = self._next()
                if seq is not None:
                    await self._bring(seq)
                elif not self._closed:
                    with self._resting():
                        await self._changed.wait()
                elif (surplus := self._surplus()) is not None:
                    await self._remove(surplus)
                else:
                    return

    @contextmanager
    def _resting(self) -> Iterator[None]:
        """No request is out, and nothing is half noted: a halt may cut in, or has come already."""
        if self._halted:
            raise _Halted
        self._may_be_cut = True
        try:
            yield
        finally:
            self._may_be_cut = False

    def _next(self) -> int | None:
        if self._thread_gone:
            return None
        for seq, desired in self._desired().items():
            post = self._posts.get(seq)
            if seq in self._unfit and not desired.final:
                continue
            if post is None or post.state is PostState.INTENT:
                return seq
            if post.state is PostState.SENT and self._differs(post, desired):
                return seq
        return None

    def _desired(self) -> dict[int, Desired]:
        return dict(enumerate(self._text.desired())) | self._files.desired()

    def _differs(self, post: Post, desired: Desired) -> bool:
        if post.is_file:
            return post.state is PostState.INTENT
        return post.shown != desired.text or (desired.final and post.seq in self._live)

    def _surplus(self) -> Post | None:
        """Find a message of an earlier attempt that was longer, or one that may have arrived.

        The last one first: a question that changes meanwhile finds an answer without a gap.
        """
        wanted = self._files.desired()
        for seq, post in sorted(self._posts.items(), reverse=True):
            arrived = post.state is PostState.SENT and post.platform_id is not None
            is_wanted = seq in wanted if post.is_file else seq < self._text.full
            if not is_wanted and (arrived or seq in self._doubtful):
                return post
        return None

    async def _bring(self, seq: int) -> None:
        post = self._posts.get(seq)
        if post is None:
            post = await self._store.intend(self._turn, seq)
            self._posts[seq] = post
        if post.state is PostState.INTENT:
            if seq in self._doubtful and await self._adopt(post):
                return
            await self._send(post, Action.POST)
        else:
            await self._send(post, Action.EDIT)

    async def _send(self, post: Post, action: Action) -> None:
        ticket = self._pacer.ask(
            action, self._turn.address, post.key, self._platform.capabilities, self._urgency(post.seq)
        )
        self._ticket = ticket
        try:
            with self._resting():
                await ticket.wait()
        finally:
            self._ticket = None
        desired = self._desired().get(post.seq)
        if desired is None or not self._differs(post, desired):
            return
        outcome = await self._request(post, desired, action)
        if isinstance(outcome, Retry):
            self._pacer.hold(ticket, outcome.seconds)
        await self._settle(post, desired, action, outcome)

    async def _request(self, post: Post, desired: Desired, action: Action) -> Outcome:
        file = self._files.file(post.seq)
        try:
            async with asyncio.timeout(REQUEST_DEADLINE_S if file is None else FILE_DEADLINE_S):
                if file is not None:
                    return await self._platform.post_file(enclosed(self._draft(post, desired), file))
                if action is Action.POST:
                    return await self._platform.post(self._draft(post, desired))
                ref = MessageRef(self._turn.address, post.platform_id or "", self._offered(post.seq))
                return await self._platform.edit(ref, desired.text, live=not desired.final)
        except TimeoutError:
            return Unknown("deadline") if action is Action.POST else Retry(1.0)

    async def _settle(self, post: Post, desired: Desired, action: Action, outcome: Outcome) -> None:
        match outcome:
            case Sent(id=platform_id):
                self._sending.succeed()
                await self._note(post, desired, platform_id, action)
            case Retry():
                await self._rest_a_while(post, "retry")
            case Unknown(code=code):
                self._doubtful.add(post.seq)
                log.warning("reply.unknown_outcome", turn=self._turn.id, seq=post.seq, code=code)
                await self._rest_a_while(post, code)
            case Rejected(code=code) if not desired.final:
                log.warning("reply.draft_refused", turn=self._turn.id, seq=post.seq, code=code)
                self._unfit.add(post.seq)
            case Rejected(code=code) if self._stands_in(post, desired):
                log.warning("reply.text_refused", turn=self._turn.id, seq=post.seq, code=code)
            case Rejected(code=code):
                await self._lose(post, PostState.REJECTED, code)
            case Gone(code=code, place=place):
                # A message that somebody removed is not written again; a thread that is gone ends it.
                self._thread_gone = place or action is Action.POST
                if not self._closed:
                    self._text.end_with(post.seq)
                await self._lose(post, PostState.GONE, code)
                self.when_gone()

    def _stands_in(self, post: Post, desired: Desired) -> bool:
        """Whether an honest word can take the place of what is refused."""
        own = post.is_file and self._files.stand_in(post.seq)
        return own or (not post.is_file and self._text.stand_in(post.seq, desired.text))

    async def _note(self, post: Post, desired: Desired, platform_id: str, action: Action) -> None:
        sent = replace(post, state=PostState.SENT, platform_id=platform_id, shown=desired.text)
        self._posts[post.seq] = sent
        self._doubtful.discard(post.seq)
        if desired.final or not self._platform.capabilities.stop_button:
            self._live.discard(post.seq)
        else:
            self._live.add(post.seq)
        if action is Action.POST:
            # Edits on the way are not written: of a message that still grows nobody knows what it shows.
            shown = desired.text if desired.final else ""
            keeps = self._files.keeps(post.seq)
            await self._store.posted(self._turn, post.seq, platform_id, shown, keeps_file=keeps)
        elif desired.final:
            await self._store.shown(self._turn, post.seq, desired.text)
        if desired.final:
            self._pacer.forget(post.key)

    async def _lose(self, post: Post, state: PostState, code: str) -> None:
        log.error("reply.lost", turn=self._turn.id, seq=post.seq, state=state, code=code)
        await self._strike(post, state, code)

    async def _strike(self, post: Post, state: PostState, code: str) -> None:
        self._posts[post.seq] = replace(post, state=state)
        self._doubtful.discard(post.seq)
        await self._store.lost(self._turn, post.seq, state, code, self._clock.now())

    async def _rest_a_while(self, post: Post, code: str, at_least: float = 0.0) -> None:
        self._sending.fail()
        if self._sending.failing_s > GIVE_UP_AFTER_S:
            await self._lose(post, PostState.REJECTED, f"gave up: {code}")
            return
        with self._resting():
            await self._sending.rest(at_least)

    async def _adopt(self, post: Post) -> bool:
        """Ask the platform for a message that may have arrived; true when nothing is to be posted now."""
        claimed = frozenset(other.platform_id for other in self._posts.values() if other.platform_id)
        lookup = Lookup(self._turn.address, post.key, self._turn.anchor, claimed, is_file=post.is_file)
        try:
            with self._resting():
                async with asyncio.timeout(REQUEST_DEADLINE_S):
                    found = await self._platform.find(lookup)
        except PlatformError as error:
            return await self._in_doubt(post, str(error), error.retry_after or 0.0)
        except TimeoutError:
            return await self._in_doubt(post, "no answer in time", 0.0)
        self._asking.succeed()
        self._doubtful.discard(post.seq)
        if found is None:
            return False
        log.info("reply.adopted", turn=self._turn.id, seq=post.seq)
        self._posts[post.seq] = replace(post, state=PostState.SENT, platform_id=found)
        shown, keeps = self._files.words(post.seq), self._files.keeps(post.seq)
        await self._store.posted(self._turn, post.seq, found, shown, keeps_file=keeps)
        return True

    async def _in_doubt(self, post: Post, error: str, at_least: float) -> bool:
        """Ask again later; after a long time post it once, with a mark, for silence would be worse."""
        log.warning("reply.cannot_ask", turn=self._turn.id, seq=post.seq, error=error)
        self._asking.fail()
        if self._asking.failing_s > GIVE_UP_AFTER_S:
            await self._lose(post, PostState.REJECTED, "cannot ask")
            return True
        is_wanted = post.seq in self._desired()
        if self._asking.failing_s > DOUBT_S and is_wanted and self._text.may_repeat(post.seq):
            log.error("reply.maybe_twice", turn=self._turn.id, seq=post.seq)
            self._doubtful.discard(post.seq)
            return False
        with self._resting():
            await self._asking.rest(at_least)
        return True

    async def _remove(self, post: Post) -> None:
        """Take a message away; where that is not allowed, empty it."""
        if post.platform_id is None:
            if not await self._adopt(post):
                await self._strike(post, PostState.GONE, "never arrived")
            return
        ref = MessageRef(self._turn.address, post.platform_id)
        try:
            async with asyncio.timeout(REQUEST_DEADLINE_S):
                outcome = await self._platform.delete(ref)
                if isinstance(outcome, Rejected) and not post.is_file:
                    outcome = await self._platform.edit(ref, REMOVED)
        except TimeoutError:
            outcome = Retry(1.0)
        match outcome:
            case Retry(seconds=seconds):
                await self._rest_a_while(post, "surplus", seconds)
            case Unknown(code=code):
                await self._rest_a_while(post, code)
            case Rejected(code=code):
                await self._lose(post, PostState.REJECTED, code)
            case _:
                await self._strike(post, PostState.GONE, "surplus")

    def _draft(self, post: Post, desired: Desired) -> Draft:
        opener = self._posts.get(0) if self._opened else None
        above = (opener.platform_id if opener else None) or self._turn.anchor
        return Draft(
            address=self._turn.address,
            key=post.key,
            turn=self._turn.id,
            text=desired.text,
            reply_to=above,
            first=post.seq == self._opened,
            live=not desired.final,
            offer=self._offered(post.seq),
        )

    def _offered(self, seq: int) -> Offer | None:
        return self.offer if seq == self._text.full - 1 else None

    def _urgency(self, seq: int) -> Urgency:
        if self._closed or seq < self._text.full:
            return Urgency.FINAL
        return Urgency.PROGRESS if self.is_visible else Urgency.FIRST


def _as_it_stands(post: Post) -> Post:
    """Tell what an earlier attempt left: a message whose edit was refused is there, with older words."""
    if post.state is PostState.REJECTED and post.platform_id is not None:
        return replace(post, state=PostState.SENT, shown=None)
    return post
