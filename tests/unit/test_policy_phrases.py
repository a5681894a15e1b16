"""Refusals: each polite, with what to do, and nothing of what others may know only."""

from dataclasses import replace

import pytest

from core import policy_phrases as phrases
from core.message import Standing
from core.policy import decide
from core.principal import Principal
from core.rules import Rule, Who, WhoKind

ANN = Principal("p", "a", "c", "u")
SECRETIVE = Rule("troublemakers", (Who(WhoKind.PERSON, "u"),), answers=False)
ALL = [
    phrases.NOT_HERE,
    phrases.NOT_IN_PRIVATE,
    phrases.NOT_FOR_GUESTS,
    phrases.NOT_FOR_EXTERNAL,
    phrases.NOT_FOR_BOTS,
    phrases.NO_MODEL,
    phrases.NOT_FOR_ALL_TO_CHANGE,
    phrases.RULE_NEEDS_AN_ACCOUNT,
    phrases.RULE_GIVES_RIGHTS,
    phrases.RULE_ELSEWHERE,
    phrases.RULE_NOT_YOURS,
    phrases.RULE_IS_THE_OPERATORS,
    phrases.not_this_model("large", ("small",), "/"),
    phrases.too_many_rules(50),
]


@pytest.mark.parametrize(
    ("someone", "rules", "said"),
    [
        (replace(ANN, standing=Standing.GUEST), [], phrases.NOT_FOR_GUESTS),
        (replace(ANN, standing=Standing.EXTERNAL), [], phrases.NOT_FOR_EXTERNAL),
        (replace(ANN, is_bot=True), [], phrases.NOT_FOR_BOTS),
        (replace(ANN, is_bot=True, standing=Standing.GUEST), [], phrases.NOT_FOR_BOTS),
        (ANN, [SECRETIVE], phrases.NOT_HERE),
        (replace(ANN, standing=Standing.GUEST), [SECRETIVE], phrases.NOT_HERE),
        (replace(ANN, is_direct=True), [SECRETIVE], phrases.NOT_IN_PRIVATE),
        (replace(ANN, account="direct"), [SECRETIVE], phrases.NOT_IN_PRIVATE),
    ],
)
def test_each_refusal_has_its_sentence(someone: Principal, rules: list[Rule], said: str) -> None:
    decision = decide(rules, someone)
    assert not decision.answers.value
    assert phrases.not_answered(decision, someone) == said
    assert "troublemakers" not in said


@pytest.mark.parametrize("sentence", ALL)
def test_they_are_polite_and_say_what_to_do(sentence: str) -> None:
    assert sentence.endswith(".")
    assert any(word in sentence for word in ("lease", "operator", "allow")), sentence
    assert not any(
        word in sentence.lower() for word in ("workspace", "server", "error", "denied", "rule number")
    )


def test_models_that_may_answer_are_named() -> None:
    said = phrases.not_this_model("large`\n", ("small", "medium"), "@Tampu /")
    assert said.startswith("You can't use `large'")
    assert "`small` and `medium`" in said
    assert "`@Tampu /settings model`" in said
    assert phrases.not_this_model("large", (), "/") == phrases.NO_MODEL
    assert "time_in" in phrases.tool_denied("time_in")
