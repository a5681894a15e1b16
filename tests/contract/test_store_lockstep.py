"""Whatever happens to them, and in whatever order, the two stores answer alike, and sensibly."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from core import acts
from core.address import Address
from core.audit import AuditSearch
from core.events import Closed, Revised
from core.message import Attachment
from core.outgoing import FILES_FROM, FILES_OF_EDITION, OutFile
from core.settings import Choices, Scope, Setting
from core.storage import Answer, Change, PostState, Store, Turn, TurnState
from core.thread_memory import Summary, ThreadMemory
from core.transcript import FilePart, Image, ImagePart, Part, Role, TextPart
from tests.contract.lockstep import ADDRESSES, PICTURES, Lane, Talk, keep_document
from tests.contract.pair import Two, play
from tests.questions import ADA, BEN

THREADS = st.sampled_from(["t1", "t2"])
WORDS = st.sampled_from(["hi", "hi", "what is", "/help"])
# Mostly the newest: an old question that is edited is only remembered.
INDEX = st.sampled_from([-1, -1, -1, -2, -2, -3, 0, 1])
SEQ = st.integers(0, 2)
CALL = st.sampled_from(["call_1", "call_2"])
ENDINGS = st.sampled_from([TurnState.DONE, TurnState.FAILED, TurnState.STOPPED, TurnState.REFUSED])


class Lockstep(Talk):
    """Two people in two threads, a process that crashes, and a clock that jumps."""

    @invariant()
    def both_note_alike(self) -> None:
        seen = self.pair.ask(lambda store: store.entries(AuditSearch(limit=9_999)))  # type: ignore[attr-defined]  # both can
        assert seen is not None
        assert not any("word" in repr(entry.detail) for entry in seen.on_disk)

    @initialize()
    def begin_to_talk(self) -> None:
        self.known.append(self.new("hi", ADA, "t1", 0))
        assert self.accept(self.known[0])

    @rule(
        words=WORDS,
        author=st.sampled_from([ADA, ADA, BEN]),
        thread=THREADS,
        age=st.sampled_from([0.0, 0.0, 30.0]),
        opener=st.sampled_from([None, None, None, "Ada asks:"]),
    )
    def somebody_asks(self, words: str, author: Any, thread: str, age: float, opener: str | None) -> None:
        event = self.new(words, author, thread, age, opener)
        self.known.append(event)
        assert self.accept(event)

    def an_event_comes_again(self, index: int) -> None:
        assert not self.accept(self.known[index % len(self.known)])
        if self.ghosts:
            event = self.ghosts[index % len(self.ghosts)]
            if event not in self.known and self.accept(event):
                self.known.append(event)

    def a_deletion_comes_first(self, thread: str, age: float) -> None:
        event = self.new("ghost", ADA, thread, age)
        self.ghosts.append(event)
        self.withdraw(event)

    @rule(thread=THREADS, strike=st.booleans())
    def a_process_begins(self, thread: str, strike: bool) -> None:
        """With a turn that is still held: the one before has crashed."""
        now = self.tick()
        turn = self.pair.ask(lambda store: store.begin(ADDRESSES[thread], now, strike=strike))
        self.lanes.pop(thread, None)
        if turn is None or turn.on_disk is None or turn.in_memory is None:
            return
        self.turns.append(Two(turn.on_disk, turn.in_memory))
        keys = {question.key for question in turn.on_disk.questions + turn.on_disk.joined}
        self.claimed |= keys
        is_committed = turn.on_disk.state is TurnState.DELIVERING
        self.lanes[thread] = Lane(self.turns[-1], keys, is_committed)

    @rule(thread=THREADS, far=st.integers(1, 5), many=st.integers(1, 2))
    def a_turn_goes_on(self, thread: str, far: int, many: int) -> None:
        """The way of most turns, up to where something happens to them."""
        if thread not in self.lanes:
            self.a_process_begins(thread, strike=False)
        if thread not in self.lanes:
            return
        for seq in range(many if far > 1 else 0):
            self.a_message_goes_out(thread, seq, "there" if far > 2 else "meant")
        if far > 3:
            self.an_answer_is_committed(thread, many, TurnState.DONE, is_model=True, error=False)
        if far > 4:
            self.an_answer_is_delivered(thread, "")

    @precondition(lambda self: self.lanes)
    @rule(thread=THREADS, words=st.sampled_from(["", "more", "more", "/stop"]))
    def more_joins(self, thread: str, words: str) -> None:
        lane = self.lane(thread)
        first = lane.turn.on_disk.questions[0]
        if words:
            self.somebody_asks(words, first.author, first.address.thread, 0.0, None)
        now = self.tick()
        joined = self.pair.tell(lane.turn, lambda store, turn: store.join(turn, now))
        if joined is not None:
            keys = {question.key for question in joined.on_disk}
            assert not keys & self.claimed
            self.claimed |= keys
            lane.keys |= keys

    @precondition(lambda self: self.lanes)
    @rule(thread=THREADS, picture=st.sampled_from(PICTURES))
    def files_are_read(self, thread: str, picture: str) -> None:
        lane = self.lane(thread)
        question = lane.turn.on_disk.questions[-1]
        parts: tuple[Part, ...] = (TextPart(question.text), ImagePart(picture, "image/png", 1, 1, "a.png"))
        parts += (FilePart("b.txt", "b"),)
        images = ((picture, Image("image/png", picture.encode())),)
        self.write(thread, lambda store, turn: store.keep_parts(turn, question, parts, images))
        name, now = f"{question.text}.pdf", self.tick()
        self.write(thread, lambda store, turn: keep_document(store, turn, question, name, picture, now))

    @precondition(lambda self: self.lanes)
    @rule(
        thread=THREADS,
        seq=SEQ,
        what=st.sampled_from(["meant", "there", "there", "shown", "rejected", "gone"]),
    )
    def a_message_goes_out(self, thread: str, seq: int, what: str) -> None:
        number, now = f"m{self.tick()}", self.tick()
        writes: dict[str, Callable[[Store, Turn], Any]] = {
            "meant": lambda store, turn: store.intend(turn, seq),
            "there": lambda store, turn: store.posted(turn, seq, number, "Fo"),
            "shown": lambda store, turn: store.shown(turn, seq, "Four"),
            "rejected": lambda store, turn: store.lost(turn, seq, PostState.REJECTED, "too_long", now),
            "gone": lambda store, turn: store.lost(turn, seq, PostState.GONE, "unknown_message", now),
        }
        assert self.write(thread, writes["meant"])
        assert self.write(thread, writes[what])

    @precondition(lambda self: self.lanes)
    @rule(thread=THREADS, number=st.integers(0, 4), edition=st.integers(0, 1), what=st.integers(0, 3))
    def a_file_goes_out(self, thread: str, number: int, edition: int, what: int) -> None:
        seq, shown, now = FILES_FROM + FILES_OF_EDITION * edition + number, f"m{self.tick()}", self.tick()
        writes: tuple[Callable[[Store, Turn], Any], ...] = (
            lambda store, turn: store.posted(turn, seq, shown, "[file]"),
            lambda store, turn: store.posted(turn, seq, shown, "[file]", keeps_file=True),
            lambda store, turn: store.lost(turn, seq, PostState.REJECTED, "too_large", now),
            lambda store, turn: store.lost(turn, seq, PostState.GONE, "unknown_message", now),
        )
        assert self.write(thread, writes[what])

    @precondition(lambda self: self.lanes)
    @rule(
        thread=THREADS,
        call=CALL,
        failed=st.sampled_from([None, False, True]),
        made=st.sampled_from([0, 0, 1, 3]),
    )
    def a_tool_runs(self, thread: str, call: str, failed: bool | None, made: int) -> None:
        now = self.tick()
        said = f"x{now}"
        files = tuple(OutFile(f"{said}.png", "image/png", said.encode(), said) for _ in range(made))

        def start(store: Store, turn: Turn) -> Any:
            entry = acts.tool_ran(turn.questions[0].author, turn.address, "time", now)
            return store.tool_started(turn, call, "time", said, now, entry)

        self.write(thread, start)
        if failed is not None:
            assert self.write(
                thread, lambda store, turn: store.tool_ended(turn, call, said, failed=failed, files=files)
            )

    @precondition(lambda self: self.lanes)
    @rule(thread=THREADS, many=st.integers(0, 3), ending=ENDINGS, is_model=st.booleans(), error=st.booleans())
    def an_answer_is_committed(
        self, thread: str, many: int, ending: TurnState, is_model: bool, error: bool
    ) -> None:
        lane = self.lane(thread)
        # What is committed may give way to other words at another attempt, while a question stands.
        may_replace = lane.turn.on_disk.state is TurnState.DELIVERING and not lane.keys <= self.withdrawn
        if lane.is_committed and not may_replace:
            return
        now = self.tick()
        token = f"answer{now}."
        role = Role.ASSISTANT if is_model else Role.NOTICE
        why = "stale" if error else ""
        answer = Answer(role, token, ending, "m" if is_model else "", why, brings_files=is_model)
        texts = tuple(f"{token} {seq}" for seq in range(many))
        if self.write(thread, lambda store, turn: store.commit_answer(turn, answer, texts, now)):
            lane.is_committed = True
            self.answered |= lane.keys
            self.said.append((token, frozenset(lane.keys)))

    @precondition(lambda self: any(lane.is_committed for lane in self.lanes.values()))
    @rule(thread=THREADS, error=st.sampled_from(["", "", "stale"]))
    def an_answer_is_delivered(self, thread: str, error: str) -> None:
        lane = self.lane(thread)
        now = self.tick()
        if lane.is_committed and self.write(thread, lambda store, turn: store.end(turn, now, error=error)):
            self.lanes = {name: other for name, other in self.lanes.items() if other is not lane}

    @rule(
        index=INDEX,
        words=st.sampled_from(["same", "new", "/help"]),
        files=st.sampled_from(["same", "none", "elsewhere", "other"]),
        is_older=st.booleans(),
        redo=st.sampled_from([True, True, False]),
    )
    def a_question_is_edited(self, index: int, words: str, files: str, is_older: bool, redo: bool) -> None:
        index %= len(self.known)
        event = self.known[index]
        self.revisions += 1
        after = event if words == "same" else replace(event, text=f"{words} {event.text} edited")
        at = {
            "same": event.attachments,
            "none": (),
            "elsewhere": tuple(replace(file, locator="y") for file in event.attachments),
            "other": (Attachment("g", "g.txt", "", None, "z"),),
        }
        after = replace(after, attachments=at[files])
        revised = Revised(after, self.revisions - (1 if is_older else 0))
        effect = self.pair.ask(lambda store: store.revise(revised, redo=redo))
        assert effect is not None
        assert effect.on_disk.change is not Change.UNKNOWN

    @precondition(lambda self: self.standing)
    @rule(index=INDEX, words=st.sampled_from(["new", "new", "same"]))
    def a_question_that_was_taken_is_edited(self, index: int, words: str) -> None:
        event = self.standing[index % len(self.standing)]
        self.a_question_is_edited(self.known.index(event), words, "same", is_older=False, redo=True)

    @precondition(lambda self: self.standing)
    @rule(index=INDEX)
    def a_question_that_was_taken_is_deleted(self, index: int) -> None:
        self.withdraw(self.standing[index % len(self.standing)])

    def a_place_closes(self, channel: str) -> None:
        if channel in {"c1", ""}:
            self.closed |= {event.key for event in self.known} - self.claimed
        assert self.pair.ask(lambda store: store.close(Closed("test", "a1", channel))) is not None

    @rule(thread=THREADS, index=INDEX, what=st.integers(0, 9), how=st.integers(0, 7))
    def something_rare_happens(self, thread: str, index: int, what: int, how: int) -> None:
        match what:
            case 0 | 1:
                self.an_event_comes_again(index)
            case 2 | 3:
                self.a_deletion_comes_first(thread, [5.0, 3000.0, 4000.0][how % 3])
            case 4:
                self.a_place_closes(["c1", "", "c", "c10"][how % 4])
            case 5 | 6:
                self.a_process_starts_anew(
                    [10.0, 400.0, 4000.0, 8 * 86_400.0][how % 4], 500.0 * (how > 5), how % 2 > 0
                )
            case 7 if self.lanes:
                assert self.write(thread, lambda store, turn: store.pardon(turn))
            case 8:
                self.withdraw(self.known[index % len(self.known)])
            case _:
                self.a_thread_is_reset(thread)

    def a_thread_is_reset(self, thread: str) -> None:
        address, now = ADDRESSES[thread], self.tick()
        assert self.pair.ask(lambda store: store.reset(address, ADA, now)) is not None

    @rule(thread=THREADS, many=st.integers(1, 4), index=INDEX)
    def a_thread_is_summarized(self, thread: str, many: int, index: int) -> None:
        """What is over of it, by what was read just now, or earlier."""
        address = ADDRESSES[thread]
        self.a_turn_goes_on(thread, 5, 1)
        read = self.pair.ask(lambda store: store.oldest(address, many))
        assert read is not None
        self.readings.append(Two((address, read.on_disk), (address, read.in_memory)))
        now = self.tick()

        async def put(store: Store, reading: tuple[Address, ThreadMemory]) -> bool:
            whose, memory = reading
            if not memory.rows:
                return False
            before = memory.summary.text if memory.summary else ""
            text = "\n".join([before, *(row.message.text for row in memory.rows)])
            summary = Summary(memory.rows[-1].position, text, len(text), "m", now)
            return await store.put_summary(whose, summary, memory)

        assert self.pair.tell(self.readings[index % len(self.readings)], put) is not None

    @rule(
        thread=THREADS,
        fact=st.sampled_from(["a fact", "another"]),
        what=st.integers(0, 4),
        author=st.booleans(),
    )
    def something_is_kept_in_mind(self, thread: str, fact: str, what: int, author: bool) -> None:
        address, by, now = ADDRESSES[thread], ADA if author else BEN, self.tick()
        writes: list[Callable[[Store], Any]] = [
            lambda store: store.pin(address, fact, by, now),
            lambda store: store.unpin(address, 1, by, now),
            lambda store: store.choose(
                address, Scope.THREAD, Choices(persona=fact, temperature=1.5), by, now
            ),
            lambda store: store.choose(address, Scope.CHANNEL, Choices(shows_reasoning=author), by, now),
            lambda store: store.unchoose(address, Scope.THREAD, (Setting.TEMPERATURE,), by, now),
        ]
        assert self.pair.ask(writes[what]) is not None

    @precondition(lambda self: self.turns)
    @rule(index=INDEX, seq=SEQ)
    def a_process_that_lost_its_lane_writes(self, index: int, seq: int) -> None:
        turn = self.turns[index % len(self.turns)]
        now = self.tick()
        if turn.on_disk.fence == max(
            other.on_disk.fence for other in self.turns if other.on_disk.address == turn.on_disk.address
        ):
            return
        answer = Answer(Role.ASSISTANT, "late", TurnState.DONE)
        writes: list[Callable[[Store, Turn], Any]] = [
            lambda store, held: store.intend(held, seq),
            lambda store, held: store.posted(held, seq, "late", "late"),
            lambda store, held: store.shown(held, seq, "late"),
            lambda store, held: store.lost(held, seq, PostState.GONE, "late", now),
            lambda store, held: store.tool_started(held, "late", "late", "late", now),
            lambda store, held: store.tool_ended(held, "call_1", "late", failed=True),
            lambda store, held: store.keep_parts(held, held.questions[0], (TextPart("late"),), ()),
            lambda store, held: keep_document(store, held, held.questions[0], "late", "p1", now),
            lambda store, held: store.commit_answer(held, answer, ("late",), now),
            lambda store, held: store.end(held, now),
            lambda store, held: store.pardon(held),
        ]
        assert all(self.pair.tell(turn, write) is None for write in writes)

    def a_process_starts_anew(self, seconds: float, behind: float, is_over: bool) -> None:
        """With a clock that may have been set back."""
        if self.boots:
            at = self.tick()
            note = "shut" if is_over else "alive"
            assert self.pair.tell(self.boots[-1], lambda store, boot: getattr(store, note)(boot, at))
        self.now += seconds
        started = self.tick() - behind
        boot = self.pair.ask(lambda store: store.boot(started))
        assert boot is not None
        assert (boot.on_disk.last_seen is None) == (not self.boots)
        assert boot.on_disk.last_seen is None or boot.on_disk.last_seen <= started
        self.boots.append(boot)

    def teardown(self) -> None:
        try:
            for thread in ADDRESSES:
                self.drain(thread)
            self.both_look_alike()
            waiting = self.pair.ask(lambda store: store.waiting())
            assert waiting is not None
            assert waiting.on_disk == ()
            left = {event.key for event in self.known} - self.withdrawn - self.closed
            assert left <= self.answered
        finally:
            self.pair.close()
            self.folder.cleanup()

    def drain(self, thread: str) -> None:
        """Answer whatever is left, as an undisturbed process would."""
        for _ in range(200):
            self.a_process_begins(thread, strike=False)
            if thread not in self.lanes:
                return
            self.an_answer_is_committed(thread, 1, TurnState.DONE, is_model=True, error=False)
            self.an_answer_is_delivered(thread, "")
            assert thread not in self.lanes
        raise AssertionError("a thread comes to no end")


def test_both_stores_answer_alike_whatever_happens() -> None:
    play(Lockstep, examples=30, steps=50)
