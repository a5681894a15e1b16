"""Every act on a running product, and what ``tampu audit`` tells the operator of it."""

import json
from pathlib import Path
from typing import Any

from tests.emulators.model import ModelEmulator
from tests.product import environment, failing
from tests.product_stage import SlackStage, on_slack

SECRET = "xylophone"
RULES = '[[rule]]\nname = "no sums"\nwho = ["U2"]\nno_tools = ["calculate"]\n'
ACCOUNT, CHANNEL = "slack:T0TAMPU", "slack:T0TAMPU:C1"
REFUSED = {"why": "not answered", "standing": "guest", "rule": "no guests"}
RULE = {"rule": "no guests", "who": "guests", "where": ACCOUNT, "says": "answered: no"}
# Who, what, and what it says of it, the oldest first.
IN_THE_THREAD: list[tuple[str, str, dict[str, str]]] = [
    ("U1", "pinned", {"number": "1"}),
    ("U2", "unpinned", {"number": "1"}),
    ("U1", "settings changed", {"setting": "temperature", "after": "0.2"}),
    ("U2", "settings changed", {"setting": "temperature", "before": "0.2", "after": "0.7"}),
    ("U1", "persona chosen", {"setting": "persona", "after": "brief"}),
    ("U1", "model chosen", {"setting": "model", "after": "second"}),
    ("U1", "model chosen", {"setting": "model", "before": "second"}),
    ("U1", "persona chosen", {"setting": "persona", "before": "brief"}),
    ("U1", "settings changed", {"setting": "temperature", "before": "0.7"}),
    ("U1", "tool ran", {"tool": "calculate", "end": "ok"}),
    ("U1", "tool ran", {"tool": "time_in", "end": "failed"}),
    ("U2", "tool denied", {"tool": "calculate", "rule": "no sums"}),
    ("U2", "tool ran", {"tool": "time_in", "end": "failed"}),
    ("U2", "stopped", {"answer to": "U1"}),
    ("U2", "began afresh", {}),
]
ELSEWHERE: list[tuple[str, str, str, dict[str, str]]] = [
    ("U7", "rule set", ACCOUNT, RULE),
    ("U7", "settings changed", CHANNEL, {"setting": "answer_tokens", "after": "300"}),
    ("U8", "refused", CHANNEL, REFUSED),
    ("U8", "refused", CHANNEL, {**REFUSED, "command": "pin"}),
    ("U7", "rule removed", ACCOUNT, RULE),
]
NAMES = {"U1": "Ada", "U2": "", "U7": "Olga", "U8": "Gus"}


async def say(stage: SlackStage, thread: str, text: str, user: str = "U1") -> None:
    """Write in a thread, and wait for the answer."""
    before = len(stage.answers(thread))
    await stage.ask(text, user=user, thread=thread)
    await stage.slack.wait_for(lambda: len(stage.answers(thread)) > before, 20)


async def act(stage: SlackStage) -> str:
    """Do everything that is told of, and some of it twice; the thread in which."""
    model, slack = stage.model, stage.slack
    slack.add_member("U7", "Olga", "is_admin")
    slack.add_member("U8", "Gus", "is_restricted")
    thread = await stage.ask(f"Remember the {SECRET}")
    await stage.shows(thread, f"You said: Remember the {SECRET}")
    await say(stage, thread, f"/pin the {SECRET} is ours")
    await say(stage, thread, f"/pin the {SECRET} is ours")
    await say(stage, thread, "/unpin 1", "U2")
    await say(stage, thread, "/settings temperature 0.2")
    await say(stage, thread, "/settings temperature 0.7", "U2")
    for choice in ("persona brief", "model second", "reset"):
        await say(stage, thread, f"/settings {choice}")
    for user in ("U1", "U2"):
        model.call_tools(("calculate", {"expression": "6*7"}), ("time_in", {"place": SECRET}))
        model.say("Forty-two.")
        await say(stage, thread, "How much is it, and where?", user)
    await slack.command("U7", "C1", "/llama", "rules set no guests who=guests answers=no")
    for _ in range(2):
        await slack.command("U7", "C1", "/llama", "settings length 300 channel")
    await say(stage, thread, f"Tell me of the {SECRET}", "U8")
    await slack.command("U8", "C1", "/llama", f"pin the {SECRET}")
    await slack.command("U7", "C1", "/llama", "rules remove no guests")
    model.stall(f"The {SECRET}")
    await say(stage, thread, "A long story, please")
    for command in ("/stop", "/new", "/forget everything yes"):
        await say(stage, thread, command, "U2")
    return thread


def told(lines: list[dict[str, Any]]) -> list[tuple[str, str, str, dict[str, str]]]:
    return [
        (line["actor"].rpartition(":")[2], line["action"], line["place"], line["detail"]) for line in lines
    ]


async def test_each_act_is_told_and_no_word_that_was_said(tmp_path: Path) -> None:
    (tmp_path / "tampu.toml").write_text(RULES)
    settings = {"LLAMA_MODEL": "first", "LLAMA_CHOICES": "second"}
    async with ModelEmulator(("first", "second")) as model, on_slack(tmp_path, model, **settings) as stage:
        thread = f"{CHANNEL}:{await act(stage)}"
        env = environment(stage.data)
        _, table, _ = await failing(env, "audit")
        _, out, _ = await failing(env, "audit", "--json")
        _, denied, _ = await failing(env, "audit", "--actor", f"{ACCOUNT}:U2", "--action", "tool denied")
    lines = [json.loads(line) for line in reversed(out.splitlines())]
    forgot = lines.pop()
    assert (forgot["action"], forgot["detail"]["what"]) == ("forgot", "everything")
    assert [one for one in told(lines) if one[2] != thread] == ELSEWHERE
    here = [(who, what, detail) for who, what, place, detail in told(lines) if place == thread]
    assert sorted(here, key=repr) == sorted(IN_THE_THREAD, key=repr)
    assert {line["actor"].rpartition(":")[2]: line["name"] for line in lines} == NAMES
    assert SECRET not in table + out
    assert sum(line.startswith("20") for line in table.splitlines()) == len(lines) + 1
    assert f"{ACCOUNT}:U2  tool denied" in denied
    assert "tool: calculate, rule: no sums" in denied
