"""Every sentence that the assistant says by itself."""

from collections.abc import Sequence
from datetime import UTC, datetime

MINUTES_SHOWN = 120

STOPPED = "*(stopped)*"
INTERRUPTED = "*(stopped: you wrote something new)*"
STOPPED_BEFORE_WORDS = "Stopped."
NOTHING_TO_STOP = "There is nothing to stop."
STOPPING = "Stopped."
EMPTY_QUESTION = (
    "What would you like to know? Write a question, or send a picture or a text file along with one."
)
EMPTY_ANSWER = "The model gave an empty answer. Please ask again, perhaps in other words."
NOTHING_MORE = "*(The model said nothing more than this. Please ask again if something is missing.)*"
AT_LENGTH = '*(My answer reached its length limit here. Say "go on" for the rest.)*'
NOT_TAKEN = "*(This part of my answer was refused here and cannot be shown.)*"
GAVE_UP = "I tried to answer this several times and was interrupted each time. Please ask again."
BUG = "Something went wrong on my side and I could not answer. The operator will find it in the log."
AWAY = "I was away when you wrote this. Please ask again."
MAYBE_TWICE = "*(You may see this twice: I could not find out whether it had arrived.)*"
UNCERTAIN_CALL = (
    "Nobody knows whether this call took effect: I was interrupted while it ran. "
    "It is not made again. Tell the person so, and go on without its result."
)
PINS_NEED_A_CONVERSATION = (
    "Facts are pinned inside a conversation, and there is none here. "
    "Mention me in the thread, with `/pin` and the fact behind it."
)
ANSWER_WITHHELD = (
    "I had an answer, but the check that my operator has set up did not let it pass, so I don't show it."
)
NOT_CHECKED = "I could not check this just now, so I leave it unanswered. Please try again in a moment."
FRESH = "A fresh start: I no longer look at what stands above."
UNPINNED = "What was pinned here is out of my mind, too."


def cut_off(told: str) -> str:
    """Mark an answer whose stream broke after people had read some of it."""
    return f"*(The answer was cut off here. {told})*"


def question_refused(categories: tuple[str, ...]) -> str:
    """Refuse a question in which the operator's check found something."""
    found = f"found {joined(categories)} in it" if categories else "did not let it pass"
    return (
        f"I can't take this question: the check that my operator has set up {found}. "
        "Please ask in other words."
    )


def no_vision(model: str, names: tuple[str, ...]) -> str:
    """Say that the model cannot look at pictures."""
    return (
        f"{not_looked_at(model, names)} "
        "Ask me without a picture, or the operator can set LLAMA_MODEL to a model that sees."
    )


def not_looked_at(model: str, names: tuple[str, ...]) -> str:
    """Say what was left out of an answer because it is a picture."""
    return f"I run on {model}, which reads text only, so I did not look at {', '.join(names)}."


def too_many_turns(limit: int, reset_at: float, now: float) -> str:
    """Refuse a person who asked too often within the hour."""
    when = _when(reset_at, now)
    asked = f"{limit} question{'s' if limit > 1 else ''}"
    return f"You have asked me {asked} within an hour, which is my limit. I can answer again {when}."


def too_many_turns_here(limit: int, reset_at: float, now: float) -> str:
    """Refuse a channel in which too much was asked within the hour."""
    when = _when(reset_at, now)
    asked = f"{limit} question{'s' if limit > 1 else ''}"
    return (
        f"I have been asked {asked} here within an hour, which is the limit for this channel. "
        f"I can answer here again {when}, or in a direct message."
    )


def pin_too_long(length: int, most: int) -> str:
    """Refuse a fact that is a text; lengths are in characters."""
    return (
        f"That is {length} characters, and a pinned fact has {most} at the most: every question from now on "
        "is answered with it. Please say it shorter, or pin the parts that matter one by one."
    )


def too_many_pins(most: int, sign: str) -> str:
    """Refuse one more pinned fact."""
    return (
        f"There are {most} facts pinned here already, which is all that I keep in mind. "
        f"`{sign}pins` lists them; `{sign}unpin` and a number takes one away."
    )


def file_not_posted(name: str) -> str:
    """Say in a file's place that it could not be posted."""
    return f"*(I made a file for you, `{name}`, but it could not be posted here.)*"


def too_many_files(most: int) -> str:
    """Tell the model that an answer has no room for more files."""
    return f"[What it made was left out: an answer brings at most {most} files.]"


def joined(words: Sequence[str]) -> str:
    """Join words as a sentence has them: ``a, b and c``."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def _when(at: float, now: float) -> str:
    minutes = max(1, round((at - now) / 60))
    plural = "s" if minutes > 1 else ""
    span = f"{minutes} minute{plural}" if minutes < MINUTES_SHOWN else f"{round(minutes / 60)} hours"
    return f"in {span} (at {datetime.fromtimestamp(at, UTC):%H:%M} UTC)"
