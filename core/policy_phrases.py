"""What people are told of rules: what they may not do here, and whom to ask."""

from core.message import Standing
from core.phrases import joined
from core.policy import Decision
from core.principal import Principal
from core.rules import Names, in_private

_LONGEST_NAME = 100

NOT_HERE = (
    "I have been set up not to answer you here. If you think that I should, please ask an admin here, "
    "or whoever runs me."
)
NOT_IN_PRIVATE = (
    "I have been set up not to answer your direct messages. If you think that I should, please ask an admin "
    "of the place where you know me from, or whoever runs me."
)
NOT_FOR_GUESTS = (
    "I answer the members here, and you are here as a guest. If you need me, please ask an admin to let me "
    "answer guests."
)
NOT_FOR_EXTERNAL = (
    "I answer the people who belong here, and your account comes from elsewhere. If you need me, please ask "
    "an admin here to let me answer people from outside."
)
NOT_FOR_BOTS = "I don't answer other bots here. An admin can allow it, or a person can ask me."
NO_MODEL = "There is no model here that may answer you. Please ask an admin here, or whoever runs me."
NOT_FOR_ALL_TO_CHANGE = (
    "Only those who manage this place may change that for everybody. Please ask an admin here; how I answer "
    "you in a direct message is yours to change."
)
ANOTHER_ANSWERS_YOU = "You can't use it here by the rules, so you are answered by another that you may use."
RULE_NEEDS_AN_ACCOUNT = (
    "Rules can't be set in a direct message. Please set it where it is to hold, in one of the channels there."
)
RULE_GIVES_RIGHTS = "Who may change settings and rules is for the operator to say, in the settings file."
RULE_ELSEWHERE = "A rule that is set here can hold here only. Please name places of this one, or none."
RULE_NOT_YOURS = (
    "You don't manage all the places that this rule is for. Please ask an admin here, or name fewer."
)
RULE_IS_THE_OPERATORS = (
    "The operator has a rule of that name, which I can't change. Please take another name."
)


def not_answered(decision: Decision, principal: Principal) -> str:
    """Refuse somebody whom ``decision`` does not answer."""
    if decision.answers.rule:
        return NOT_IN_PRIVATE if in_private(principal) else NOT_HERE
    if principal.is_bot:
        return NOT_FOR_BOTS
    return NOT_FOR_GUESTS if principal.standing is Standing.GUEST else NOT_FOR_EXTERNAL


def not_this_model(name: str, allowed: Names, sign: str) -> str:
    """Refuse a model; ``allowed`` are those that there are and that may answer, ``sign`` begins a command."""
    if not allowed:
        return NO_MODEL
    return (
        f"You can't use {_code(name)} here. Please choose another with `{sign}settings model`: there is "
        f"{joined([*map(_code, allowed)])}. An admin here can allow more."
    )


def no_such_rule(name: str, known: Names) -> str:
    """Say that no rule of this name was set here."""
    there = f"There are {joined([*map(_code, known)])}." if known else "None has been set."
    return f"There is no rule called {_code(name)} that was set here. {there}"


def too_many_rules(most: int) -> str:
    """Refuse one more rule."""
    return f"There are {most} rules set here already, which is all that I keep. Please take one away first."


def tool_denied(name: str) -> str:
    """Answer a call of a tool that may not run for this person; the model reads it."""
    return (
        f"The tool {name[:_LONGEST_NAME]} is not allowed for this person here. Do not call it again; go on "
        "without it, and say so if the answer suffers."
    )


def _code(name: str) -> str:
    return f"`{name.replace('`', chr(39))}`"
