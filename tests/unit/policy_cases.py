"""Rules and people for tests of the policy: few ids, so that they meet."""

from dataclasses import replace

from hypothesis import strategies as st

from core.message import Standing
from core.principal import Principal
from core.rules import Place, Rule, Who, WhoKind

PLATFORMS, ACCOUNTS, CHANNELS = ("p", "q"), ("a", "b", "direct"), ("c", "d", "e")
PEOPLE, GROUPS, NAMES = ("u", "v"), ("g", "h"), ("one", "two", "three", "*")

PRINCIPALS = st.builds(
    Principal,
    platform=st.sampled_from(PLATFORMS),
    account=st.sampled_from(ACCOUNTS),
    channel=st.sampled_from(CHANNELS),
    person=st.sampled_from(PEOPLE),
    standing=st.sampled_from(Standing),
    groups=st.lists(st.sampled_from(GROUPS), unique=True).map(tuple),
    is_bot=st.booleans(),
    parent=st.sampled_from(("", *CHANNELS)),
    is_direct=st.booleans(),
)
_PLATFORM, _ACCOUNT = st.sampled_from(("", *PLATFORMS)), st.sampled_from(("", *ACCOUNTS))
WHO = st.one_of(
    st.builds(Who, st.just(WhoKind.PERSON), st.sampled_from(PEOPLE), _PLATFORM, _ACCOUNT),
    st.builds(Who, st.just(WhoKind.GROUP), st.sampled_from(GROUPS), _PLATFORM, _ACCOUNT),
    st.builds(Who, st.just(WhoKind.STANDING), st.sampled_from(Standing).map(str), _PLATFORM, _ACCOUNT),
    st.builds(Who, st.just(WhoKind.BOTS), st.just(""), _PLATFORM, _ACCOUNT),
)
PLACES = st.builds(Place, _PLATFORM, _ACCOUNT, st.sampled_from(("", *CHANNELS)), st.booleans())
_NAMES = st.none() | st.lists(st.sampled_from(NAMES), unique=True, max_size=3).map(tuple)
_LIMIT = st.none() | st.sampled_from((0, 1, 5, 20))


def some(strategy: st.SearchStrategy[Who]) -> st.SearchStrategy[tuple[Who, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


RULES = st.builds(
    Rule,
    name=st.just("r"),
    who=some(WHO),
    where=st.lists(PLACES, max_size=2).map(tuple),
    except_who=st.just(()) | some(WHO),
    except_where=st.just(()) | st.lists(PLACES, max_size=1).map(tuple),
    answers=st.none() | st.booleans(),
    models=_NAMES,
    tools=_NAMES,
    no_tools=_NAMES,
    turns_per_hour=_LIMIT,
    channel_turns_per_hour=_LIMIT,
    manages=st.none() | st.booleans(),
    by_command=st.booleans(),
)


def numbered(rules: list[Rule]) -> list[Rule]:
    """Rules with names of their own."""
    return [replace(rule, name=f"r{number}") for number, rule in enumerate(rules)]


TABLES = st.lists(RULES, max_size=7).map(numbered)
