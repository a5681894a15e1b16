"""Who somebody is in a workspace, by Slack's flags; who is in which user group."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.groups import by_person
from adapters.slack.identity import Identity
from adapters.slack.standing import Person, person_of, presumed, standing_of
from core.message import Standing

ME = Identity("T1", "U0BOT", "B0BOT")
GRID = Identity("T1", "U0BOT", "B0BOT", "E1")
FLAGS = ("is_admin", "is_owner", "is_primary_owner", "is_restricted", "is_ultra_restricted", "deleted")


def user(*flags: str, team: str = "T1", **more: Any) -> dict[str, Any]:
    return {"id": "U1", "team_id": team, **dict.fromkeys(FLAGS, False), **dict.fromkeys(flags, True), **more}


@pytest.mark.parametrize(
    ("shown", "standing"),
    [
        (user(), Standing.MEMBER),
        ({"id": "U1"}, Standing.MEMBER),
        (user("is_admin"), Standing.ADMIN),
        (user("is_admin", "is_owner"), Standing.OWNER),
        (user("is_primary_owner"), Standing.OWNER),
        (user("is_restricted"), Standing.GUEST),
        (user("is_restricted", "is_ultra_restricted"), Standing.GUEST),
        (user("is_ultra_restricted"), Standing.GUEST),
        (user("is_stranger"), Standing.EXTERNAL),
        (user("deleted"), Standing.EXTERNAL),
        (user("deleted", "is_owner"), Standing.EXTERNAL),
        (user(team="T2"), Standing.EXTERNAL),
    ],
)
def test_standing_in_one_workspace(shown: dict[str, Any], standing: Standing) -> None:
    assert standing_of(shown, ME) is standing


@given(st.sets(st.sampled_from((*FLAGS, "is_stranger"))))
def test_no_flag_of_another_workspace_counts_here(flags: set[str]) -> None:
    assert standing_of(user(*flags, team="T2"), ME) is Standing.EXTERNAL
    of_other = {"enterprise_id": "E2", "teams": ["T2", "T3"], "is_admin": True}
    assert standing_of(user(*flags, team="T2", enterprise_user=of_other), GRID) is Standing.EXTERNAL


@pytest.mark.parametrize(
    ("flags", "teams", "standing"),
    [
        ((), ["T1", "T2"], Standing.MEMBER),
        (("is_admin",), ["T1", "T2"], Standing.ADMIN),
        (("is_owner",), ["T2", "T1"], Standing.OWNER),
        ((), ["T2"], Standing.MEMBER),
        (("is_admin", "is_owner"), ["T2"], Standing.MEMBER),
        (("is_restricted",), ["T2"], Standing.GUEST),
        (("deleted",), ["T1"], Standing.EXTERNAL),
    ],
)
def test_in_an_enterprise_a_colleague_is_a_member_and_rules_only_at_home(
    flags: tuple[str, ...], teams: list[str], standing: Standing
) -> None:
    """The account was made in a third workspace of the organisation."""
    shown = user(*flags, team="T9", enterprise_user={"enterprise_id": "E1", "teams": teams})
    assert standing_of(shown, GRID) is standing


def test_without_an_enterprise_of_ours_nobody_is_a_colleague() -> None:
    shown = user(team="T9", enterprise_user={"enterprise_id": "", "teams": ["T9"]})
    assert standing_of(shown, ME) is Standing.EXTERNAL


@given(st.sets(st.sampled_from(FLAGS)), st.sampled_from(["is_restricted", "is_ultra_restricted"]))
def test_who_is_let_into_some_channels_only_is_never_more_than_a_guest(flags: set[str], kind: str) -> None:
    assert standing_of(user(*flags, kind), ME) in {Standing.GUEST, Standing.EXTERNAL}


@pytest.mark.parametrize(
    ("profile", "real_name", "name"),
    [
        ({"display_name": "Ada", "real_name": "Ada L."}, "Ada Lovelace", "Ada"),
        ({"display_name": ""}, "Ada Lovelace", "Ada Lovelace"),
        ({"real_name": "Ada L."}, "", "Ada L."),
        (None, None, ""),
    ],
)
def test_the_name_that_people_see(profile: Any, real_name: Any, name: str) -> None:
    assert person_of(user(profile=profile, real_name=real_name), ME) == Person(name, Standing.MEMBER)


@pytest.mark.parametrize("flag", ["is_bot", "is_workflow_bot"])
def test_bots_are_told_apart(flag: str) -> None:
    assert person_of(user(flag), ME).is_bot


def test_of_an_unknown_person_the_event_says_where_they_come_from() -> None:
    assert [presumed(team, GRID) for team in ("", "T1", "E1", "T2")] == [
        Standing.MEMBER,
        Standing.MEMBER,
        Standing.MEMBER,
        Standing.EXTERNAL,
    ]
    assert presumed("E1", ME) is Standing.EXTERNAL


def group(group_id: str, *users: str, **more: Any) -> dict[str, Any]:
    return {"id": group_id, "date_delete": 0, "users": list(users), **more}


def test_groups_by_person_in_order_without_those_put_away() -> None:
    groups = [
        group("S3", "U1", "U2"),
        group("S1", "U1"),
        group("S2", "U1", "U3", date_delete=1_700_000_000),
        group("S4"),
        {"id": "S5"},
    ]
    for order in itertools.permutations(groups):
        assert by_person(order) == {"U1": ("S1", "S3"), "U2": ("S3",)}
