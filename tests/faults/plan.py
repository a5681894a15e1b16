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


class Conduct(StrEnum):
    """What people do besides asking."""

    ASK = "ask"
    EDIT = "edit"
    DELETE = "delete"
    CHANGE = "edit and delete"


@dataclass(frozen=True, slots=True)
class Fault:
    """A row.

    ``notices``: a short honest notice is an answer too, because the model has failed. ``wait_s``, where
    it is set, is how long an answer may take; such a row asks little. ``away``: the bot stays away for a
    while after the end of a life that came to be ready, (least, most) seconds; where it is ``calm``, nobody
    asks for a moment before, and everybody asks then. ``outage_s``: for so long before each end the bot has
    no connection, while people ask. ``slow`` rows are no part of a quick run.
    """

    key: str
    name: str
    platforms: tuple[Platform, ...] = BOTH
    ending: Ending = Ending.NONE
    conduct: Conduct = Conduct.ASK
    notices: bool = False
    wait_s: float = 0.0
    away: tuple[float, float] = (0.0, 0.0)
    calm: bool = False
    outage_s: float = 0.0
    slow: bool = False


# The slow ones first, so that a run is over soon.
FAULTS = (
    Fault("model-hang", "model takes the request and says nothing", notices=True, wait_s=280.0, slow=True),
    Fault(
        "kill-nonce",
        "kill -9, posts' answers lost, back when nonces are forgotten",
        DISCORD,
        Ending.KILL,
        wait_s=180.0,
        away=(125.0, 125.0),
        slow=True,
    ),
    Fault(
        "away-long",
        "away for two minutes, and killed again in the start",
        ending=Ending.KILL,
        wait_s=180.0,
        away=(125.0, 125.0),
        calm=True,
        slow=True,
    ),
    Fault(
        "outage-kill",
        "no connection for a minute, then kill -9",
        SLACK,
        Ending.KILL,
        wait_s=120.0,
        calm=True,
        outage_s=60.0,
        slow=True,
    ),
    Fault("model-stall", "model falls silent in mid-answer", notices=True, wait_s=150.0),
    Fault("kill", "kill -9 under load", ending=Ending.KILL),
    Fault("kill-lost", "kill -9, and posts' answers lost", ending=Ending.KILL),
    Fault("kill-change", "kill -9 while people edit and delete", ending=Ending.KILL, conduct=Conduct.CHANGE),
    Fault("away", "away, nothing is delivered again", ending=Ending.KILL, away=(2.0, 6.0), calm=True),
    Fault("away-again", "away, delivered again later", SLACK, Ending.TERM, away=(2.0, 6.0), calm=True),
    Fault("term", "SIGTERM under load", ending=Ending.TERM),
    Fault("none", "none (a mention and its message are one post)"),
    Fault("edit", "questions edited before, in and after the answer", conduct=Conduct.EDIT),
    Fault("delete", "questions deleted before, in and after the answer", conduct=Conduct.DELETE),
    Fault("lost", "posts arrive, their answers do not"),
    Fault("502-after", "posts arrive, the answer is 502"),
    Fault("429", "429 on posts and edits"),
    Fault("500", "500 before the effect"),
    Fault("reset", "connection reset before the effect"),
    Fault("again", "the same event delivered again", SLACK),
    Fault("again-new", "... under a new event id", SLACK),
    Fault("apart", "mention and message of one post come apart", SLACK),
    Fault("sockets", "all sockets dropped, or asked to go", SLACK),
    Fault("one-socket", "two sockets, one of them dropped", SLACK),
    Fault("outage", "no connection for a while, nothing is delivered again", SLACK),
    Fault("resume", "RESUME replays what was seen", DISCORD),
    Fault("session", "session lost, nothing is replayed", DISCORD),
    Fault("double", "each dispatch twice", DISCORD),
    Fault("model-cut", "model cut in mid-answer", notices=True),
    Fault("model-cut-0", "model cut before the first word", notices=True),
    Fault("model-429", "model answers 429 once", notices=True),
    Fault("model-429-on", "model answers 429 always", notices=True),
    Fault("model-401", "model answers 401 always", notices=True),
    Fault("model-500", "model answers 500", notices=True),
    Fault("model-garbage", "model's stream is malformed", notices=True),
    Fault("model-error", "model sends an error event", notices=True),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """One run of one row: in ``places`` at once, ``rounds`` one after the other in each.

    ``endings`` lives end under load, at any time, on average ``life_s`` seconds after they were ready, and
    ``unready`` of the kills strike in the start itself. ``rate`` is the share of requests that meet the
    row's fault; one that strikes by itself does so at least ``strikes`` times. ``lag_s`` is how late
    (least, most) seconds histories show what the bot posted.
    """

    seed: int = 1
    places: int = 4
    rounds: int = 4
    endings: int = 8
    life_s: float = 2.0
    unready: float = 0.2
    rate: float = 0.3
    strikes: int = 3
    lag_s: tuple[float, float] = (0.0, 5.0)
    answer_s: float = 90.0
    quiet_s: float = 1.5


QUICK = Plan(rounds=2, endings=3)


@dataclass(frozen=True, slots=True)
class Script:
    """The whole answer to a question and how it is streamed, decided by seed and name alone."""

    text: str
    delay_s: float
    size: int


def script(seed: int, name: str) -> Script:
    """One in six is long, a third comes at once, the rest takes one to two seconds."""
    chance = random.Random(f"{seed}:{name}")
    kind = chance.random()
    count = 80 if kind < 1 / 6 else chance.randint(2, 6)
    text = " ".join(SENTENCE.format(id=name, number=number, count=count) for number in range(1, count + 1))
    if kind > 2 / 3:
        return Script(text, 0.0, 8)
    seconds = chance.uniform(1.0, 2.0)
    size = max(4, len(text) // 50)
    return Script(text, seconds * size / len(text), size)
