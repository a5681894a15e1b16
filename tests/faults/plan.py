"""What is done to the bot: the faults, one a row, and the seeded load that goes on meanwhile."""

import random
from dataclasses import dataclass
from enum import StrEnum

SENTENCE = "{id} has {number} of {count} parts here."


class Platform(StrEnum):
    SLACK = "Slack"
    DISCORD = "Discord"


BOTH = (Platform.SLACK, Platform.DISCORD)
SLACK = (Platform.SLACK,)
DISCORD = (Platform.DISCORD,)


class Ending(StrEnum):
    """How a life of the bot ends while questions are under way."""

    NONE = ""
    KILL = "kill -9"
    TERM = "SIGTERM"


@dataclass(frozen=True, slots=True)
class Fault:
    """A row. ``notices``: a short honest notice is an answer too, because the model has failed.

    ``stalled`` rows ask little: each question waits for the model's deadline.
    """

    key: str
    name: str
    platforms: tuple[Platform, ...] = BOTH
    ending: Ending = Ending.NONE
    notices: bool = False
    stalled: bool = False


# The slow ones first, so that a run is over soon.
FAULTS = (
    Fault("stall", "model falls silent in mid-answer", notices=True, stalled=True),
    Fault("kill", "kill -9 under load", ending=Ending.KILL),
    Fault("kill-lost", "kill -9, and posts' answers lost", ending=Ending.KILL),
    Fault("term", "SIGTERM under load", ending=Ending.TERM),
    Fault("none", "none"),
    Fault("lost", "posts arrive, their answers do not"),
    Fault("429", "429 on posts and edits"),
    Fault("500", "500 before the effect"),
    Fault("reset", "connection reset before the effect"),
    Fault("again", "the same event delivered again", SLACK),
    Fault("again-new", "... under a new event id", SLACK),
    Fault("sockets", "sockets dropped and refreshed", SLACK),
    Fault("resume", "RESUME replays what was seen", DISCORD),
    Fault("double", "each dispatch twice", DISCORD),
    Fault("model-cut", "model cut in mid-answer", notices=True),
    Fault("model-500", "model answers 500", notices=True),
    Fault("model-429", "model answers 429", notices=True),
)
LATER = (
    "Discord: questions sent while the process is down (catch-up)",
    "questions edited or deleted before, during and after their answer",
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of one row: ``threads`` at once, ``messages`` one after the other in each.

    ``endings`` lives end under load, each ``life_s`` (least, most) seconds after it was ready. ``rate``
    is the share of requests that meet the row's fault.
    """

    seed: int = 1
    threads: int = 5
    messages: int = 4
    endings: int = 6
    life_s: tuple[float, float] = (0.3, 2.2)
    rate: float = 0.2
    answer_s: float = 60.0
    quiet_s: float = 1.5


QUICK = Plan(threads=4, messages=3)


@dataclass(frozen=True, slots=True)
class Script:
    """The whole answer to a question and how it is streamed, decided by seed and id alone."""

    text: str
    delay_s: float
    size: int


def script(seed: int, question: str) -> Script:
    """One in six is long, a third comes at once, the rest takes one to two seconds."""
    chance = random.Random(f"{seed}:{question}")
    kind = chance.random()
    count = 80 if kind < 1 / 6 else chance.randint(2, 6)
    text = " ".join(
        SENTENCE.format(id=question, number=number, count=count) for number in range(1, count + 1)
    )
    if kind > 2 / 3:
        return Script(text, 0.0, 8)
    seconds = chance.uniform(1.0, 2.0)
    size = max(4, len(text) // 50)
    return Script(text, seconds * size / len(text), size)
