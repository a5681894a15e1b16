"""``tampu policy explain``: whom and where the operator means."""

import pytest

from bots.policy_command import Someone, principal_of
from core.errors import StartupError
from core.message import Standing
from core.principal import Principal


@pytest.mark.parametrize(
    ("user", "channel", "principal"),
    [
        ("U1", "slack:T1:C1", Principal("slack", "T1", "C1", "U1")),
        ("slack:U1", "slack:T1:C1", Principal("slack", "T1", "C1", "U1")),
        ("slack:T1:U1", "slack:T1:direct", Principal("slack", "T1", "", "U1", is_direct=True)),
        ("U1", "slack:T1:D1", Principal("slack", "T1", "D1", "U1", is_direct=True)),
        ("42", "discord:direct", Principal("discord", "direct", "", "42", is_direct=True)),
        ("42", "discord:direct:9", Principal("discord", "direct", "9", "42", is_direct=True)),
        ("web:local", "web", Principal("web", "local", "page", "local", Standing.OWNER)),
        ("terminal:local", "terminal", Principal("terminal", "local", "terminal", "local", Standing.OWNER)),
    ],
)
def test_whom_and_where_are_read_as_in_a_rule(user: str, channel: str, principal: Principal) -> None:
    assert principal_of(Someone(user, channel)) == principal


def test_what_somebody_is_is_taken_as_it_is_said() -> None:
    someone = Someone("7", "discord:81:99", Standing.ADMIN, ("role:5", "6"), is_bot=True, parent="90")
    assert principal_of(someone) == Principal(
        "discord", "81", "99", "7", Standing.ADMIN, ("5", "6"), is_bot=True, parent="90"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ada", "slack:T1:C1"), 'USER is not understood, "ada": people and groups go by their ids'),
        (("guest", "slack:T1:C1"), 'did you mean "guests"?'),
        (("guests", "slack:T1:C1"), "USER is one person, by an id"),
        (("group:S1", "slack:T1:C1"), "USER is one person, by an id"),
        (("U1", "#general"), 'CHANNEL is not understood, "#general"'),
        (("U1", "slack"), "CHANNEL is one channel, with its platform and account"),
        (("U1", "slack:T1"), "CHANNEL is one channel"),
        (("U1", "slack:direct"), "CHANNEL is one channel"),
        (("U1", "direct"), "CHANNEL is one channel"),
        (("slack:T2:U1", "slack:T1:C1"), "slack:T2:U1 is not of the place slack:T1:C1"),
        (("discord:1", "slack:T1:C1"), "discord:1 is not of the place slack:T1:C1"),
        (("U1", "slack:T1:C1", "Mods"), '--group is not understood, "group:Mods"'),
        (("U1", "slack:T1:C1", "slack:guests"), "--group is the id of a user group or of a role"),
    ],
)
def test_what_cannot_be_explained_is_said(arguments: tuple[str, ...], words: str) -> None:
    user, channel, *groups = arguments
    with pytest.raises(StartupError) as caught:
        principal_of(Someone(user, channel, groups=tuple(groups)))
    assert words in str(caught.value)
    assert str(caught.value).endswith((".", "?"))
