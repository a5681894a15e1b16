"""``[[budget]]``: what people may write, what it comes to, and one clear sentence for each mistake."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.budget_file import CEILING, KEYS, LIMITS, in_force, read_budgets
from bots.named_tables import TableError
from bots.settings import read_settings
from core.budgets import Budget, Limit, Measure, Span, Whom
from core.errors import StartupError
from core.message import Standing
from core.rules import Place, Who, WhoKind
from tests.unit.settings_stage import refused_inside, settings_of

ROOT = Path(__file__).parents[2]
DAILY = "tokens_per_day = 1\n"

pytestmark = pytest.mark.usefixtures("folder")


def budgets(text: str) -> tuple[Budget, ...]:
    return settings_of(text).tampu_budgets


def one(rest: str, whom: str = "person") -> str:
    return f'[[budget]]\nname = "b"\nfor = "{whom}"\n{rest}'


def test_without_a_table_there_is_none() -> None:
    assert budgets("") == ()


def test_everything_that_a_budget_may_say() -> None:
    text = one(
        """
        who = ["guests", "slack:T1:group:S1"]
        where = ["slack:T1:C1", "direct"]
        tokens_per_day = 50_000
        tokens_per_month = 1_000_000
        dollars_per_day = 2.50
        dollars_per_month = 20
        """
    )
    assert budgets(text) == (
        Budget(
            "b",
            Whom.PERSON,
            (
                Limit(Measure.TOKENS, Span.DAY, 50_000),
                Limit(Measure.TOKENS, Span.MONTH, 1_000_000),
                Limit(Measure.MONEY, Span.DAY, 2_500_000),
                Limit(Measure.MONEY, Span.MONTH, 20_000_000),
            ),
            who=(
                Who(WhoKind.STANDING, Standing.GUEST),
                Who(WhoKind.GROUP, "S1", "slack", "T1"),
            ),
            where=(Place("slack", "T1", "C1"), Place(is_direct=True)),
        ),
    )


@pytest.mark.parametrize(
    ("said", "whom", "group"),
    [
        ("person", Whom.PERSON, ""),
        (" channel ", Whom.CHANNEL, ""),
        ("account", Whom.ACCOUNT, ""),
        ("workspace", Whom.ACCOUNT, ""),
        ("server", Whom.ACCOUNT, ""),
        ("house", Whom.HOUSE, ""),
        ("group:S0614TZR7", Whom.GROUP, "S0614TZR7"),
        ("role:290926798626357999", Whom.GROUP, "290926798626357999"),
    ],
)
def test_whom_a_budget_is_for(said: str, whom: Whom, group: str) -> None:
    (budget,) = budgets(one(DAILY, said))
    assert (budget.whom, budget.group) == (whom, group)


@pytest.mark.parametrize(
    ("dollars", "most"), [("0.07", 70_000), ("1e-7", 1), ("0.0000015", 2), ("3", 3_000_000)]
)
def test_dollars_are_whole_millionths_rounded_up(dollars: str, most: int) -> None:
    (budget,) = budgets(one(f"dollars_per_day = {dollars}\n"))
    assert budget.limits[0].most == most


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("budget = 3\n", "budgets must be tables of their own, each below [[budget]]"),
        ("[budget]\nname = 'x'\n", "budgets must be tables of their own, each below [[budget]]"),
        ("[budgets]\n", "there is no section [budgets]; did you mean [[budget]]?"),
        (
            "[[budget]]\n" + DAILY,
            '[[budget]] number 1 has no for: say who shares it, such as for = "person" for each of them.',
        ),
        (
            f'[[budget]]\nfor = "person"\n{DAILY}',
            '[[budget]] number 1 has no name: give it one, such as name = "for each person".',
        ),
        (
            one(""),
            '[[budget]] number 1 ("b") limits nothing: give it one of tokens_per_day, tokens_per_month',
        ),
        (one("token_per_day = 3\n"), "has no setting token_per_day; did you mean tokens_per_day?"),
        (one("Tokens_Per_Day = 3\n"), "has no setting Tokens_Per_Day; write tokens_per_day."),
        (one("zzz = 3\n"), "has no setting zzz. It has name, for, who, where, tokens_per_day,"),
        (one(DAILY, "persons"), 'has a for that is not understood, "persons"; did you mean "person"?'),
        (one(DAILY, "everybody"), '"everybody": write "house" for everybody together, "person" for each.'),
        (one(DAILY, "group"), '"group": write its id behind it, such as group:S0614TZR7.'),
        (one(DAILY, "group:"), "has a who that is not understood"),
        (one(DAILY, "group:the admins"), "has a who that is not understood"),
        (
            one(DAILY, "zzz"),
            '"zzz": the words are person, channel, account, workspace, server, house, group:ID',
        ),
        (one(f'who = "guests"\n{DAILY}'), 'who must be a list of texts, such as who = ["guests"].'),
        (one(f"where = []\n{DAILY}"), "where is empty: leave it out, or say whom or what you mean."),
        (one(f'where = ["general"]\n{DAILY}'), 'has a where that is not understood, "general"'),
        (
            one("tokens_per_day = 0\n"),
            "must be a whole number above 0, such as 50000; leave it out for no limit.",
        ),
        (one("tokens_per_day = 1.5\n"), "tokens_per_day must be a whole number above 0"),
        (one("tokens_per_month = true\n"), "tokens_per_month must be a whole number above 0"),
        (one("dollars_per_day = -1\n"), "must be a number above 0, such as 2.50; leave it out for no limit."),
        (one("dollars_per_day = inf\n"), "dollars_per_day must be a number above 0"),
        (one("dollars_per_month = nan\n"), "dollars_per_month must be a number above 0"),
        (one('dollars_per_month = "5"\n'), "dollars_per_month must be a number above 0"),
        (
            one(DAILY) + one(DAILY),
            '[[budget]] number 2 has a name that stands above already, "b": give it another.',
        ),
        (one(DAILY).replace('"b"', '"\\u202e"'), "name must be at most 80 characters that can be printed."),
    ],
)
def test_a_mistake_is_one_sentence_that_says_what_to_do(text: str, said: str) -> None:
    assert said in refused_inside(text)


def test_a_variable_holds_them_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {"name": "b", "for": "house", "dollars_per_day": 1}
    monkeypatch.setenv("TAMPU_BUDGETS", json.dumps([table]))
    assert read_settings().tampu_budgets == (
        Budget("b", Whom.HOUSE, (Limit(Measure.MONEY, Span.DAY, 1_000_000),)),
    )
    monkeypatch.setenv("TAMPU_BUDGETS", json.dumps([{**table, "for": 3}]))
    with pytest.raises(StartupError, match=r"The setting TAMPU_BUDGETS cannot be read: .*for must be a text"):
        read_settings()
    monkeypatch.setenv("TAMPU_BUDGETS", "{")
    with pytest.raises(StartupError, match="TAMPU_BUDGETS must be JSON"):
        read_settings()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9), st.lists, max_leaves=4
)


@given(st.one_of(JSON, st.lists(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8), max_size=2)))
def test_anything_is_budgets_or_one_sentence(tables: object) -> None:
    found: tuple[Budget, ...] = ()
    said = ""
    try:
        found = read_budgets(tables)
    except TableError as error:
        said = str(error)
    assert "\n" not in said
    assert all(budget.limits and budget.name for budget in found)
    assert found == () if said else said == ""


def test_the_ceiling_of_the_house_stands_beside_them() -> None:
    own = Budget("b", Whom.PERSON, ())
    ceiling = Budget(CEILING, Whom.HOUSE, (Limit(Measure.TOKENS, Span.DAY, 7),))
    assert in_force((own,), 7) == (own, ceiling)
    assert in_force((own,), 0) == (own,)


def test_the_tables_of_the_page_are_right() -> None:
    page = (ROOT / "docs/budgets.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert [budget.whom for budget in budgets("\n".join(blocks))] == ["person", "house", "person", "group"]
    assert all(f"`{key}`" in page for key in (*KEYS, *LIMITS))
