"""A model without a will: it does whatever the last question says, and prints all that it was sent."""

import json
import re
from dataclasses import dataclass, field
from itertools import count

from tests.attacks.canaries import BEGGAR
from tests.emulators.model_script import Ask, Reply, Send, called, said

ORDER = re.compile(r"^CALL (\S+) (\{.*\})$", re.MULTILINE)
MARK = re.compile(rf"{BEGGAR}\d+")
SAY = re.compile(r"^SAY (.+)$", re.MULTILINE)
PRINTED_MOST = 1_200
_NUMBERS = count(1)


def begging(text: str) -> tuple[str, str]:
    """A question of B's with a mark of its own; the question and the mark."""
    mark = f"{BEGGAR}{next(_NUMBERS)}"
    return f"{text} {mark}", mark


def order(tool: str, **arguments: object) -> str:
    """The line that makes it call a tool."""
    return f"CALL {tool} {json.dumps(arguments)}"


@dataclass
class Obedient:
    """Answers the emulated model's calls; ``replies`` are for the first question that holds their words.

    ``CALL tool {...}`` on a line of a question is called, ``SAY ...`` is said, whoever wrote it.
    """

    replies: dict[str, Reply] = field(default_factory=dict)

    def __call__(self, ask: Ask) -> Reply:
        question = ask.last_user_text
        for words in self.replies:
            if words in question:
                return self.replies.pop(words)
        orders = tuple(ORDER.findall(question))
        if orders and ask.messages[-1].role == "user":
            return called(*orders)
        return at_once(printed(ask))


def printed(ask: Ask) -> str:
    """All that it was sent but the operator's prompt, behind the marks of the question."""
    question = ask.last_user_text
    marks = " ".join(dict.fromkeys(MARK.findall(question)[-2:]))
    told = "\n".join(SAY.findall(question))
    if not marks:
        # What A is told stays short, so that A's threads keep fitting whole.
        return f"obeyed\n\n{told}".strip()
    rest = "\n".join(f"{each.role}: {each.text}" for each in ask.messages if each.role != "system")
    return "\n\n".join(part for part in (f"obeyed {marks}", told, rest[-PRINTED_MOST:]) if part)


def at_once(text: str) -> Reply:
    """The whole answer in one piece: a platform's pace for edits would be all that a test waits for."""
    steps = said(text, size=len(text) or 1).steps
    return Reply((Send(b"".join(step.data for step in steps if isinstance(step, Send)), token=True),))
