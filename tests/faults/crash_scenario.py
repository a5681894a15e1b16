"""What is asked, what the person does about it later, and which ends of it are good ones."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from itertools import product

from core import phrases
from core.conversation.following import FollowUp
from core.events import Asked, Revised, Withdrawn
from core.markdown.segments import segments
from core.message import Author
from core.outgoing import OutFile, plain_name
from tests.questions import asked

# Worlds may share a store: the numbers of their events lie so far apart.
APART = 10
BETWEEN = "\n\n"
BEGINNING = 20
# The model says a text in so many.
PIECES = 3
Messages = tuple[str, ...]


class Kind(StrEnum):
    """What a person does after they have asked."""

    EDIT = "edit"
    DELETE = "delete"
    FOLLOW = "follow"


@dataclass(frozen=True)
class Act:
    """One such thing. ``about`` counts their messages from 0; ``answer`` is what ``words`` get."""

    kind: Kind
    words: str = ""
    answer: str = ""
    about: int = 0


@dataclass(frozen=True)
class Scenario:
    """One question. Life number n of the process hears ``texts[n]`` from the model (the last one goes on).

    ``committed`` is an answer that stands in the store before the first life. ``files`` come with
    each whole answer. ``again`` has the
    events delivered in every life, not only until they are acknowledged; ``swapped`` has what
    the person did later delivered first. ``keys`` says how the platform tells what has arrived,
    and ``unsure`` that it never says so of a first request. ``slowly`` has everything that comes
    later go on beside the turn step by step, not all at once. With ``starts`` each life notes its
    start, as the service does, ``away_s`` seconds after the first one.
    """

    name: str
    texts: tuple[str, ...]
    limit: int = 2000
    opener: str | None = None
    tools: tuple[str, ...] = ()
    committed: Messages = ()
    files: tuple[OutFile, ...] = ()
    again: bool = False
    swapped: bool = False
    keys: str = "at once"
    unsure: bool = False
    slowly: bool = False
    starts: bool = False
    away_s: float = 0.0
    acts: tuple[Act, ...] = ()
    follow_up: FollowUp = FollowUp.STEER

    def question(self, number: int) -> Asked:
        """A question in a thread of its own, by a person of its own."""
        return question(number, self.opener)

    def message(self, number: int, about: int) -> Asked:
        """One of the person's messages as it first was: the question, or one that followed."""
        question = self.question(number)
        if about == 0:
            return question
        follows = [act for act in self.acts if act.kind is Kind.FOLLOW][about - 1]
        return replace(
            question,
            key=f"{question.key}.{about}",
            text=follows.words,
            message_id=f"{question.message_id}.{about}",
            sent_at=question.sent_at + about,
            opener=None,
        )

    def event(self, number: int, nth: int) -> Asked | Revised | Withdrawn:
        """What the platform tells of an act."""
        act = self.acts[nth]
        if act.kind is Kind.FOLLOW:
            return self.message(number, sum(one.kind is Kind.FOLLOW for one in self.acts[: nth + 1]))
        message = self.message(number, act.about)
        if act.kind is Kind.EDIT:
            return Revised(replace(message, text=act.words), message.sent_at + nth + 1)
        place = message.address
        return Withdrawn(
            place.platform,
            place.account,
            place.channel,
            message.message_id,
            message.key,
            message.sent_at,
        )

    def standing(self, number: int, done: int) -> tuple[str, ...]:
        """The words that want an answer after so many acts."""
        return tuple(words for words in self._words(number, done) if words is not None)

    def withdrawn(self, number: int, done: int) -> tuple[str, ...]:
        """Words, and how answers to them begin, that nobody may keep any more."""
        standing = self.standing(number, done)
        gone: list[str] = []
        for nth, act in enumerate(self.acts[:done]):
            if act.kind is Kind.DELETE:
                said = [one for one in self.acts[:nth] if one.kind is Kind.EDIT and one.about == act.about]
                gone += [self.message(number, act.about).text, *(one.words for one in said)]
        answers = [answer[:BEGINNING] for words in gone for answer in self.answers(words, number)]
        return (*(words for words in gone if words not in standing), *answers)

    def answer(self, words: str, number: int, life: int) -> str:
        """What the model says to words in a life of the process."""
        found = self.answers(words, number)
        return found[min(life, len(found) - 1)]

    def answers(self, words: str, number: int) -> tuple[str, ...]:
        """All that the model may say to words."""
        if words == self.question(number).text:
            return self.texts
        return next((act.answer,) for act in self.acts if act.words == words)

    def whole(self, number: int, words: tuple[str, ...], done: int) -> set[Messages]:
        """Every way in which words may be answered once, in this order, after so many acts."""
        if self.committed and not done:
            return {(*self.committed, *self.names)}
        spoken = product(*((*self.answers(one, number), *self._before(one, number, done)) for one in words))
        return {messages for texts in spoken for messages in self._ways(texts)}

    def most(self, number: int) -> int:
        """How many messages may ever be posted.

        What changes goes on in the same ones, but where one that was too much is needed again.
        """
        stages = range(len(self.acts) + 1)
        ways = [self.whole(number, self.standing(number, done), done) for done in stages]
        longest = [max(len(messages) for messages in found) for found in ways]
        is_asked_anew = any(act.kind is Kind.FOLLOW for act in self.acts)
        may_shrink = bool(self.acts) and (len(self.texts) > 1 or self.away_s > 0 or bool(self.files))
        return sum(longest) if is_asked_anew or may_shrink else max(longest)

    @property
    def names(self) -> Messages:
        """What the files look like to people."""
        return tuple(plain_name(file.name) for file in self.files)

    @property
    def runs(self) -> int:
        """How often a tool that may have effects may run for the same words.

        An answer that is redone calls its tools anew, for words that another change has left alone, too.
        """
        return 1 + (sum(act.kind is not Kind.FOLLOW for act in self.acts) if len(self.acts) > 1 else 0)

    @property
    def given_up(self) -> Messages:
        """The honest word after too many attempts."""
        return self._messages(phrases.GAVE_UP)

    def _words(self, number: int, done: int) -> list[str | None]:
        """What each of the person's messages says after so many acts, if it is still there."""
        words: list[str | None] = [self.question(number).text]
        for act in self.acts[:done]:
            if act.kind is Kind.FOLLOW:
                words.append(act.words)
            else:
                words[act.about] = act.words if act.kind is Kind.EDIT else None
        return words

    def _before(self, words: str, number: int, done: int) -> tuple[str, ...]:
        """What was said to a message before its edit: it stays if a newer one waited for an answer."""
        nth = next((nth for nth, act in enumerate(self.acts[:done]) if act.words == words), done)
        is_followed = any(act.kind is Kind.FOLLOW for act in self.acts[:done])
        if nth == done or self.acts[nth].kind is not Kind.EDIT or not is_followed:
            return ()
        before = self._words(number, nth)[self.acts[nth].about]
        return self.answers(before, number) if before else ()

    def _ways(self, texts: tuple[str, ...]) -> set[Messages]:
        """Texts in order, neighbours together in one answer or not."""
        if not texts:
            return {()}
        found = set()
        for size in range(1, len(texts) + 1):
            rests = self._ways(texts[size:])
            for first in self._said(BETWEEN.join(texts[:size]), is_last=size == len(texts)):
                found |= {(*first, *rest) for rest in rests}
        return found

    def _said(self, text: str, *, is_last: bool) -> set[Messages]:
        """A text, or as much of it as was said when the person wrote again."""
        found = {(*self._messages(text), *(self.names if self.tools else ()))}
        is_taken_back = any(act.kind is Kind.DELETE for act in self.acts)
        if self.follow_up is FollowUp.INTERRUPT and (is_taken_back or not is_last):
            size = -(-len(text) // PIECES)
            for end in range(size, len(text) + size, size):
                found.add(self._messages(f"{text[:end]}\n\n{phrases.INTERRUPTED}"))
        return found

    def _messages(self, text: str) -> Messages:
        before = (self.opener,) if self.opener else ()
        return (*before, *cut_up(text, self.limit))


@cache
def question(number: int, opener: str | None) -> Asked:
    """The question with a number."""
    return asked(
        f"Question {number}?",
        number=number * APART,
        thread=f"t{number}",
        author=Author(f"U{number}", "Ada"),
        opener=opener,
    )


@cache
def cut_up(text: str, limit: int) -> Messages:
    """The messages that a text takes."""
    return tuple(segments(text, limit, len))
