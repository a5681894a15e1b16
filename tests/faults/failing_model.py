"""A model that says what the script says, or fails in one of the ways in which models do."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.emulators.model_script import (
    DONE,
    Ask,
    Drop,
    Hold,
    Reply,
    Send,
    closing,
    event,
    failed,
    opening,
    said,
    tokens,
)
from tests.faults.plan import Script, script
from tests.faults.scene import Scene

# What was said in a thread before is quoted with a name before it; the control bot hands on our name too.
ASKED = re.compile(r"^(?:<@\w+> )?(Q\d{5}[a-z]?): what is there to say\?", re.MULTILINE)


def faithful(scene: Scene) -> Callable[[Ask], Reply]:
    """A model that says what the script says."""

    def answer(ask: Ask) -> Reply:
        line = line_for(scene, ask)
        return said(line.text, delay_s=line.delay_s, size=line.size)

    return answer


def line_for(scene: Scene, ask: Ask) -> Script:
    """The answer to everything at the end that has none, as a real model gives it."""
    names: list[str] = ASKED.findall(ask.last_user_text)
    waiting = [name for name in names[:-1] if not scene.is_noticed(name)]
    lines = [script(scene.plan.seed, name) for name in (*waiting, names[-1])]
    longest = max(lines, key=lambda line: len(line.text))
    return replace(longest, text="\n\n".join(line.text for line in lines))


def failing(scene: Scene, fault: Callable[[str], Reply], *, always: bool = False) -> None:
    """A model that fails instead of answering, at some calls or at all."""
    whole = faithful(scene)

    def answer(ask: Ask) -> Reply:
        if always:
            scene.met += 1
        if always or scene.strikes():
            return fault(line_for(scene, ask).text)
        return whole(ask)

    scene.model.answer_with(answer)


def begun(text: str) -> Reply:
    """Half of an answer, with nothing behind it."""
    return Reply((*opening(), *tokens(text[: len(text) // 2], 8, 0.02)))


def cut(text: str) -> Reply:
    return Reply((*begun(text).steps, Drop()))


def cut_at_once(_text: str) -> Reply:
    return Reply((*opening(), Drop()))


def stalled(text: str) -> Reply:
    return Reply((*begun(text).steps, Hold()))


def hung(_text: str) -> Reply:
    return Reply((Hold(),))


def malformed(text: str) -> Reply:
    return Reply((*begun(text).steps, Send(b"data: {]<oops>\n\n"), *closing()))


def erring(text: str) -> Reply:
    """An error within the stream, as vLLM sends it."""
    error = {"error": {"message": "emulated engine failure", "type": "server_error", "code": 500}}
    return Reply((*begun(text).steps, event(error), DONE))


def refused(_text: str) -> Reply:
    return failed(401)


def broken(_text: str) -> Reply:
    return failed(500)


def busy(_text: str) -> Reply:
    return failed(429, headers={"Retry-After": "1"})


SOMETIMES: Mapping[str, Callable[[str], Reply]] = {
    "model-cut": cut,
    "model-cut-0": cut_at_once,
    "model-stall": stalled,
    "model-hang": hung,
    "model-garbage": malformed,
    "model-error": erring,
    "model-500": broken,
    "model-429": busy,
}
ALWAYS: Mapping[str, Callable[[str], Reply]] = {"model-401": refused, "model-429-on": busy}
