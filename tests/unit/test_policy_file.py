"""``[[rule]]``: what people may write, what it comes to, and one clear sentence for each mistake."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.named_tables import TableError
from bots.policy_file import KEYS, SAYING, read_rules
from bots.policy_selectors import place_text, read_place, read_who, who_text
from bots.rule_words import rule_wish
from bots.settings import read_settings
from core.address import Address
from core.errors import StartupError
from core.message import Standing
from core.rules import Place, Rule, Who, WhoKind
from tests.unit.settings_stage import JARGON, refused_inside, settings_of, write

ROOT = Path(__file__).parents[2]
PERSON, GROUP, STANDING = WhoKind.PERSON, WhoKind.GROUP, WhoKind.STANDING
pytestmark = pytest.mark.usefixtures("folder")


def rules(text: str) -> tuple[Rule, ...]:
    return settings_of(text).tampu_rules


WHO = {
    "U024BE7LH": Who(PERSON, "U024BE7LH"),
    "181384788765712384": Who(PERSON, "181384788765712384"),
    "slack:W024BE7LH": Who(PERSON, "W024BE7LH", "slack"),
    "slack:T1:U123": Who(PERSON, "U123", "slack", "T1"),
    "discord:direct:42": Who(PERSON, "42", "discord", "direct"),
    "web:local": Who(PERSON, "local", "web"),
    "group:S1": Who(GROUP, "S1"),
    "slack:group:S1": Who(GROUP, "S1", "slack"),
    "slack:T1:group:S1": Who(GROUP, "S1", "slack", "T1"),
    "discord:role:7": Who(GROUP, "7", "discord"),
    "discord:81:role:7": Who(GROUP, "7", "discord", "81"),
    "owners": Who(STANDING, Standing.OWNER),
    "admins": Who(STANDING, Standing.ADMIN),
    "members": Who(STANDING, Standing.MEMBER),
    "guests": Who(STANDING, Standing.GUEST),
    "external": Who(STANDING, Standing.EXTERNAL),
    "bots": Who(WhoKind.BOTS),
    "slack:guests": Who(STANDING, Standing.GUEST, "slack"),
    "discord:81:bots": Who(WhoKind.BOTS, "", "discord", "81"),
}
WHERE = {
    "slack": Place("slack"),
    "web": Place("web"),
    "terminal:local:terminal": Place("terminal", "local", "terminal"),
    "slack:T1": Place("slack", "T1"),
    "slack:T1:C9": Place("slack", "T1", "C9"),
    "discord:81:42": Place("discord", "81", "42"),
    "direct": Place(is_direct=True),
    "slack:direct": Place("slack", is_direct=True),
    "slack:T1:direct": Place("slack", "T1", is_direct=True),
    "discord:direct:42": Place("discord", channel="42", is_direct=True),
}


@pytest.mark.parametrize(("text", "who"), WHO.items())
def test_whom_people_may_write(text: str, who: Who) -> None:
    assert read_who(text) == who
    assert who_text(who) == text


@pytest.mark.parametrize(("text", "place"), WHERE.items())
def test_where_people_may_write(text: str, place: Place) -> None:
    assert read_place(text) == place
    assert place_text(place) == text


def test_a_group_may_be_called_a_role_and_the_other_way_round() -> None:
    assert read_who("discord:81:group:7") == read_who("discord:81:role:7")
    assert read_who("role:S1") == read_who("group:S1")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("Guests", 'did you mean "guests"?'),
        ("GUESTS", 'did you mean "guests"?'),
        ("GUEST", 'did you mean "guests"?'),
        ("guest", 'did you mean "guests"?'),
        ("slack:T1:admin", 'did you mean "slack:T1:admins"?'),
        ("externals", 'did you mean "external"?'),
        ("everybody", "for everybody leave who out"),
        ("*", "for everybody leave who out"),
        ("discord:81:all", "for everybody leave who out"),
        ("@ada", "by their ids, not by names"),
        ("<@U123>", "by their ids, not by names"),
        ("Ada Lovelace", "by their ids, not by names"),
        ("group:Guests", "by their ids, not by names"),
        ("group:support", "by their ids, not by names"),
        ("discord:81:role:Mods", "by their ids, not by names"),
        ("slack", "by their ids, not by names"),
        ("slack:", "by their ids, not by names"),
        ("group:", "by their ids, not by names"),
        ("T1:U1", 'such as "slack:T024BE7LD:U1"'),
        ("T1:group:S1", 'such as "slack:T024BE7LD:group:S1"'),
        ("slack:T1:C1:U1", 'such as "slack:T024BE7LD:U1"'),
        ("slack:team:U1", "write a platform and an account before it"),
        ("x" * 300, "..."),
        ("U1\\nU2", "U1?U2"),
        ("\\u202eU1", "?U1"),
    ],
)
def test_whom_nobody_can_be_is_said_with_a_hint(entry: str, words: str) -> None:
    said = refused_inside(f'[[rule]]\nname = "r"\nwho = ["{entry}"]\nanswers = false\n')
    assert said.startswith('[[rule]] number 1 ("r") has a who that is not understood, "')
    assert words in said
    assert len(said) < 320


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("Slack", 'did you mean "slack"?'),
        ("slak:T1:C9", 'did you mean "slack:T1:C9"?'),
        ("dm", "write a platform"),
        ("directs", 'did you mean "direct"?'),
        ("C024BE91L", "write a platform"),
        ("#general", "write a platform"),
        ("slack:T1:#general", "write a platform"),
        ("slack:T1:general", "write a platform"),
        ("slack::C9", "write a platform"),
        ("slack:", "write a platform"),
        ("slack:T1:C9:171.2", "write a platform"),
        ("direct:slack", "write a platform"),
        ("everywhere", "for everywhere leave where out"),
        ("*", "for everywhere leave where out"),
    ],
)
@pytest.mark.parametrize("key", ["where", "except_where"])
def test_where_nothing_can_be_is_said_with_a_hint(key: str, entry: str, words: str) -> None:
    said = refused_inside(f'[[rule]]\nname = "r"\n{key} = ["{entry}"]\nanswers = false\n')
    assert f'has a where that is not understood, "{entry}"' in said
    assert words in said


def test_a_whole_rule() -> None:
    (rule,) = rules(
        """
        [[rule]]
        name = "  the  large\\tone "
        who = ["slack:T1:U1", "admins"]
        where = ["slack:T1:C9"]
        except_who = ["group:S9"]
        except_where = ["direct"]
        answers = true
        models = ["llama-4-maverick"]
        tools = []
        no_tools = ["calculate"]
        turns_per_hour = 0
        channel_turns_per_hour = 30
        manages = false
        """
    )
    assert rule == Rule(
        "the large one",
        (Who(PERSON, "U1", "slack", "T1"), Who(STANDING, Standing.ADMIN)),
        (Place("slack", "T1", "C9"),),
        (Who(GROUP, "S9"),),
        (Place(is_direct=True),),
        answers=True,
        models=("llama-4-maverick",),
        tools=(),
        no_tools=("calculate",),
        turns_per_hour=0,
        channel_turns_per_hour=30,
        manages=False,
    )
    assert not rule.by_command
    assert list(map(str, rule.says)) == list(SAYING)


def test_without_who_and_where_it_is_for_everybody_everywhere() -> None:
    assert rules('[[rule]]\nname = "r"\nanswers = false\n') == (Rule("r", answers=False),)
    assert rules("") == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rule = 3\n", "rules must be tables of their own, each below [[rule]]."),
        ('[rule]\nname = "r"\n', "rules must be tables of their own, each below [[rule]]."),
        ("[[rules]]\nanswers = true\n", "there is no section [rules]; did you mean [[rule]]?"),
        ("[[rule]]\nanswers = true\n", "[[rule]] number 1 has no name: give it one"),
        ('[[rule]]\nname = ""\nanswers = true\n', "[[rule]] number 1 name must be a text in quotes."),
        ("[[rule]]\nname = 7\nanswers = true\n", "[[rule]] number 1 name must be a text in quotes."),
        (f'[[rule]]\nname = "{"x" * 200}"\nanswers = true\n', "must be at most 80 characters"),
        ('[[rule]]\nname = "a\\u001bb"\nanswers = true\n', "that can be printed."),
        ('[[rule]]\nname = "r"\n', '[[rule]] number 1 ("r") says nothing: give it one of answers, models'),
        ('[[rule]]\nname = "r"\nmodles = ["a"]\n', '("r") has no setting modles; did you mean models?'),
        ('[[rule]]\nname = "r"\nAnswers = true\n', '("r") has no setting Answers; write answers.'),
        ('[[rule]]\nname = "r"\n"a\\nb" = true\n', "has no setting a?b. It has name, who"),
        ('[[rule]]\nname = "r"\nwho = "guests"\n', 'who must be a list of texts, such as who = ["guests"].'),
        ('[[rule]]\nname = "r"\nwho = [3]\n', "who must be a list of texts"),
        ('[[rule]]\nname = "r"\nwho = [""]\n', "who must be a list of texts"),
        ('[[rule]]\nname = "r"\nwho = []\n', "who is empty: leave it out, or say whom or what you mean."),
        ('[[rule]]\nname = "r"\nexcept_where = []\n', "except_where is empty: leave it out"),
        (
            '[[rule]]\nname = "r"\nmodels = []\n',
            "models is empty: leave it out; to answer nobody say answers",
        ),
        ('[[rule]]\nname = "r"\nno_tools = []\n', "no_tools is empty: leave it out."),
        ('[[rule]]\nname = "r"\ntools = "*"\n', "tools must be a list of texts"),
        ('[[rule]]\nname = "r"\nanswers = "yes"\n', "answers must be true or false, without quotes."),
        ('[[rule]]\nname = "r"\nmanages = 1\n', "manages must be true or false, without quotes."),
        ('[[rule]]\nname = "r"\nturns_per_hour = -1\n', "turns_per_hour must be a whole number"),
        ('[[rule]]\nname = "r"\nturns_per_hour = true\n', "turns_per_hour must be a whole number"),
        ('[[rule]]\nname = "r"\nturns_per_hour = 1.5\n', "turns_per_hour must be a whole number"),
        ('[[rule]]\nname = "r"\nchannel_turns_per_hour = "9"\n', "channel_turns_per_hour must be a whole"),
        (
            '[[rule]]\nname = "r"\nanswers = true\n[[rule]]\nname = " r "\nanswers = false\n',
            '[[rule]] number 2 has a name that stands above already, "r": give it another.',
        ),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(text: str, words: str) -> None:
    assert words in refused_inside(text)


def test_a_variable_holds_them_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    tables = [{"name": "r", "who": ["guests"], "answers": True}]
    monkeypatch.setenv("TAMPU_RULES", json.dumps(tables))
    guests = Rule("r", (Who(STANDING, Standing.GUEST),), answers=True)
    assert rules('[[rule]]\nname = "of the file"\nanswers = false\n') == (guests,)
    for wrong, words in (
        ("[[rule]]", "must be JSON"),
        ("3", "The setting TAMPU_RULES cannot be read: rules must be tables"),
        ('[{"name": "r", "who": ["guest"], "answers": true}]', 'did you mean "guests"?'),
        ('[{"name": "r"}]', '[[rule]] number 1 ("r") says nothing'),
    ):
        monkeypatch.setenv("TAMPU_RULES", wrong)
        with pytest.raises(StartupError, match=re.escape(words)) as caught:
            read_settings()
        assert not JARGON.search(str(caught.value))
        assert not str(caught.value).endswith(("?.", ".."))


def test_a_file_with_rules_needs_no_privacy() -> None:
    write('[[rule]]\nname = "r"\nanswers = false\n', mode=0o644)
    assert len(read_settings().tampu_rules) == 1


SHORT = st.text(alphabet="USTC19:*#gr oup\n\u202e", max_size=12)
ENTRY = st.one_of(SHORT, st.sampled_from([*WHO, *WHERE]))
VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    SHORT,
    st.lists(ENTRY, max_size=3),
    st.lists(st.integers()),
)


@given(st.lists(st.dictionaries(st.one_of(st.sampled_from(KEYS), SHORT), VALUE, max_size=6), max_size=3))
def test_any_tables_are_rules_or_one_sentence(tables: list[dict[str, object]]) -> None:
    try:
        found = read_rules(tables)
    except TableError as error:
        said = str(error)
        assert said.startswith("[[rule]] number ")
        assert said.isprintable()
        assert not JARGON.search(said)
        return
    assert len(found) == len(tables)
    assert len({rule.name for rule in found}) == len(found)
    assert all(rule.says for rule in found)


@given(ENTRY)
def test_what_is_read_is_written_so_that_it_reads_the_same(text: str) -> None:
    if _reads(read_who, text):
        assert read_who(who_text(read_who(text))) == read_who(text)
    if _reads(read_place, text):
        assert read_place(place_text(read_place(text))) == read_place(text)


def test_the_examples_of_the_page_are_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs/policy.md").read_text()
    found = rules("\n".join(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)))
    assert [rule.answers for rule in found] == [True, False]
    entries = re.findall(r"^\| ((?:`[^`]+`(?:, )?)+) \|", page, re.MULTILINE)
    texts = [text for entry in entries for text in re.findall(r"`([^`]+)`", entry)]
    assert set(SAYING) <= set(texts)
    others = [text for text in texts if text not in SAYING and not text.startswith("/")]
    assert {"members", "slack:T024BE7LD:direct", "terminal"} <= set(others)
    for text in others:
        assert _reads(read_who, text) or _reads(read_place, text), text


def test_the_commands_of_the_page_are_understood() -> None:
    page = (ROOT / "docs/policy.md").read_text()
    commands = re.findall(r"^\| `/rules ?([^`]*)`", page, re.MULTILINE)
    wishes = [rule_wish(command, Address("slack", "T1", "C1", "")) for command in commands]
    assert [(wish.name, wish.rule is not None) for wish in wishes] == [
        ("", False),
        ("few guests", True),
        ("few guests", False),
    ]


def _reads(read: object, text: str) -> bool:
    assert callable(read)
    try:
        read(text)
    except TableError:
        return False
    return True
