"""Notices to the operator: into a channel of theirs, or else into the log; behind everybody's back."""

import asyncio
import base64
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import structlog

from core.address import Address
from core.capabilities import Action
from core.conversation.backoff import Backoff
from core.conversation.pacing import Pacer, Urgency
from core.delivery import Draft, Gone, Lookup, Outcome, Rejected, Retry, Sent, Unknown
from core.errors import PlatformError, StoreError
from core.markdown.segments import segments
from core.ports import Clock, Platform
from core.spending import ToldStore

WAITING_MOST = 50
# A notice that could not be posted for so long is old news; it stands in the log.
TRY_FOR_S = 3_600.0
REQUEST_DEADLINE_S = 40.0
# A platform that cannot be asked for so long will not tell whether a notice arrived.
DOUBT_S = 180.0
# The store is not asked again and again for what fails a hundred times in a minute.
HUSH_S = 60.0
# The platform's clock may be behind ours.
CLOCKS_APART_S = 300.0
NOT_FROM_A_TURN = "notice"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class OperatorNotice:
    """One thing to tell. ``text`` is Markdown without a word that people said.

    ``subject`` and ``matter`` say what it is about: of two that wait, the newer one is told. With
    ``quiet_s`` it is told once in so many seconds, also over restarts.
    """

    subject: str
    matter: str
    text: str
    quiet_s: float = 0.0


def _nothing(_at: float) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class NoticeChannel:
    """Where notices are posted. ``advice`` says what to do when the platform does not let us.

    ``id_of`` makes the least id that a message may have there which is sent at a time (unix seconds);
    empty where the platform needs none to look for ours.
    """

    address: Address
    advice: str = ""
    id_of: Callable[[float], str] = _nothing

    def holds(self, address: Address) -> bool:
        """Whether something was said in this channel."""
        return (address.platform, address.channel) == (self.address.platform, self.address.channel)


@dataclass(slots=True)
class _Posting:
    """A notice on its way. Times are the clock's; ``doubted_at`` is monotonic."""

    notice: OperatorNotice
    draft: Draft
    told_at: float
    doubted_at: float | None = None


class Notices:
    """Takes notices from anybody at any time, and brings them to the operator one after the other.

    ``platforms`` may be filled later. Without a channel, or where its platform is not there, they are
    written to the log. The channel may hold conversations, too.
    """

    def __init__(
        self,
        store: ToldStore,
        platforms: Mapping[str, Platform],
        pacer: Pacer,
        clock: Clock,
        channel: NoticeChannel | None = None,
    ) -> None:
        self.channel = channel
        self._store = store
        self._platforms = platforms
        self._pacer = pacer
        self._clock = clock
        self._waiting: OrderedDict[tuple[str, str], tuple[OperatorNotice, float]] = OrderedDict()
        self._hushed: dict[tuple[str, str], float] = {}
        self._at_hand: OperatorNotice | None = None
        self._refused = False
        self._changed = asyncio.Event()

    def tell(self, notice: OperatorNotice) -> None:
        """Have it told. Returns at once and never fails; when too many wait, the oldest is dropped."""
        about = (notice.subject, notice.matter)
        if self._clock.monotonic() < self._hushed.get(about, float("-inf")):
            return
        self._waiting.pop(about, None)
        self._waiting[about] = (notice, self._clock.monotonic())
        if len(self._waiting) > WAITING_MOST:
            _, (oldest, _) = self._waiting.popitem(last=False)
            log.warning("notice.dropped", matter=oldest.matter, says=oldest.text)
        self._changed.set()

    async def run(self) -> None:
        """Tell them, until cancelled; what is left then is written to the log."""
        try:
            while True:
                while not self._waiting:
                    self._changed.clear()
                    await self._changed.wait()
                _, (self._at_hand, told_at) = self._waiting.popitem(last=False)
                await self._tell(self._at_hand, told_at)
                self._at_hand = None
        finally:
            left = [notice for notice, _ in self._waiting.values()]
            for notice in filter(None, (self._at_hand, *left)):
                log.warning("notice.not_posted", matter=notice.matter, why="stopped", says=notice.text)

    async def _tell(self, notice: OperatorNotice, told_at: float) -> None:
        try:
            why = await self._post(notice, told_at) if await self._is_due(notice) else ""
        except Exception:
            # The border: a bug in a notice's delivery ends no conversation.
            log.exception("notice.bug")
            why = "bug"
        if why:
            log.warning("notice.not_posted", matter=notice.matter, why=why, says=notice.text)

    async def _is_due(self, notice: OperatorNotice) -> bool:
        """Whether it was not told within its time."""
        if not notice.quiet_s:
            return True
        now = self._clock.now()
        about = (notice.subject, notice.matter)
        hush = HUSH_S
        try:
            is_due = await self._store.once(*about, now + notice.quiet_s, now)
        except StoreError as error:
            # Nobody remembers it but this process.
            log.warning("notice.not_remembered", matter=notice.matter, error=str(error))
            is_due, hush = True, notice.quiet_s
        ticks = self._clock.monotonic()
        self._hushed = {key: until for key, until in self._hushed.items() if until > ticks}
        self._hushed[about] = ticks + hush
        return is_due

    async def _post(self, notice: OperatorNotice, told_at: float) -> str:
        """Post it; why it could not be, or nothing."""
        if self.channel is None:
            log.warning("notice", matter=notice.matter, says=notice.text)
            return ""
        platform = self._platforms.get(self.channel.address.platform)
        if platform is None:
            return f"{self.channel.address.platform} is not set up"
        able = platform.capabilities
        text = segments(notice.text, able.max_message, able.measure)[0]
        draft = Draft(self.channel.address, _new_key(), NOT_FROM_A_TURN, text, None, first=True)
        posting = _Posting(notice, draft, told_at)
        try:
            return await self._deliver(posting, platform, self.channel)
        finally:
            self._pacer.forget(draft.key)

    async def _deliver(self, posting: _Posting, platform: Platform, channel: NoticeChannel) -> str:
        tries = Backoff(self._clock)
        while True:
            outcome = await self._attempt(posting, platform, channel)
            wait, why = 0.0, ""
            match outcome:
                case Sent():
                    self._refused = False
                    log.info("notice.posted", matter=posting.notice.matter)
                    return ""
                case Rejected(code=code) | Gone(code=code):
                    self._complain(channel, code)
                    return code
                case Retry(seconds=seconds):
                    wait, why = seconds, "retry"
                case Unknown(code=code):
                    posting.doubted_at = self._clock.monotonic()
                    why = code
            if self._clock.monotonic() + wait - posting.told_at > TRY_FOR_S:
                return f"gave up: {why}"
            await tries.rest(wait)

    async def _attempt(self, posting: _Posting, platform: Platform, channel: NoticeChannel) -> Outcome:
        if posting.doubted_at is not None:
            outcome = await self._found(posting, posting.doubted_at, platform, channel)
            if outcome is not None:
                return outcome
            posting.doubted_at = None
        draft = posting.draft
        ticket = self._pacer.ask(
            Action.POST, draft.address, draft.key, platform.capabilities, Urgency.PROGRESS
        )
        try:
            async with asyncio.timeout(TRY_FOR_S):
                await ticket.wait()
            async with asyncio.timeout(REQUEST_DEADLINE_S):
                outcome = await platform.post(draft)
        except TimeoutError:
            return Unknown("deadline")
        if isinstance(outcome, Retry):
            self._pacer.hold(ticket, outcome.seconds)
        return outcome

    async def _found(
        self, posting: _Posting, doubted_at: float, platform: Platform, channel: NoticeChannel
    ) -> Outcome | None:
        """What the platform knows of a post whose answer was lost; ``None`` to post it again."""
        begun = self._clock.now() - (self._clock.monotonic() - posting.told_at)
        after = channel.id_of(begun - CLOCKS_APART_S)
        try:
            async with asyncio.timeout(REQUEST_DEADLINE_S):
                found = await platform.find(
                    Lookup(channel.address, posting.draft.key, after, claimed=frozenset())
                )
        except (PlatformError, TimeoutError) as error:
            if self._clock.monotonic() - doubted_at > DOUBT_S:
                return None
            wait = error.retry_after if isinstance(error, PlatformError) else None
            return Retry(wait or 1.0)
        return None if found is None else Sent(found)

    def _complain(self, channel: NoticeChannel, code: str) -> None:
        """Say once, until it works again, that the platform lets us post nothing there."""
        if not self._refused:
            where = channel.address
            log.error(
                "notices.channel_refused",
                platform=where.platform,
                channel=where.channel,
                code=code,
                advice=channel.advice,
            )
        self._refused = True


def _new_key() -> str:
    """A key as ``core.delivery.Draft`` wants it."""
    return base64.b32encode(secrets.token_bytes(16)).decode("ascii").lower()[:25]
