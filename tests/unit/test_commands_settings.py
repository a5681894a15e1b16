"""What people may write behind /settings, and what they are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.choice_words import (
    LIMITS,
    NAMES,
    NotUnderstood,
    Wish,
    code,
    listed,
    named,
    plain,
    read_length,
    read_reasoning,
    read_temperature,
    told,
    wish_of,
)
from core.commands import split_command
from core.settings import Choices, Scope, Setting


@pytest.mark.parametrize(
    ("argument", "wish"),
    [
        ("", Wish()),
        ("channel", Wish(scope=Scope.CHANNEL)),
        ("temperature", Wish(Setting.TEMPERATURE)),
        ("temperature 0.2", Wish(Setting.TEMPERATURE, "0.2")),
        ("Temperature: 0.2 CHANNEL", Wish(Setting.TEMPERATURE, "0.2", Scope.CHANNEL)),
        ("temperature=0.2", Wish(Setting.TEMPERATURE, "0.2")),
        ("persona  sea   wolf here", Wish(Setting.PERSONA, "sea wolf", Scope.THREAD)),
        ("model meta-llama/Llama-3.3-70B", Wish(Setting.MODEL, "meta-llama/Llama-3.3-70B")),
        ("length 800 tokens", Wish(Setting.ANSWER_TOKENS, "800 tokens")),
        ("reasoning on", Wish(Setting.SHOWS_REASONING, "on")),
        ("reset", Wish(resets=True)),
        ("reset channel", Wish(scope=Scope.CHANNEL, resets=True)),
        ("reset model", Wish(Setting.MODEL, resets=True)),
        ("model default", Wish(Setting.MODEL, resets=True)),
        ("model reset here", Wish(Setting.MODEL, scope=Scope.THREAD, resets=True)),
    ],
)
def test_what_is_wished(argument: str, wish: Wish) -> None:
    assert wish_of(argument) == wish


@pytest.mark.parametrize(
    ("argument", "hint"),
    [
        ("temprature 0.2", "`temperature`"),
        ("reset modle", "`model`"),
        ("are confusing, why?", "There are `model`, `persona`, `temperature`, `length` and `reasoning`."),
    ],
)
def test_what_is_not_a_setting_is_said_to_be_none(argument: str, hint: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        wish_of(argument)
    assert hint in str(refused.value)


@given(st.text(max_size=80))
def test_whatever_is_written_is_a_wish_or_one_short_sentence(argument: str) -> None:
    try:
        wish = wish_of(argument)
    except NotUnderstood as refused:
        said = str(refused)
        assert "\n" not in said
        assert len(said) < 200
        assert said.count("`") % 2 == 0
    else:
        assert wish.setting in {None, *Setting}


@pytest.mark.parametrize(
    ("value", "temperature"), [("0", 0.0), ("0.2", 0.2), ("0,2", 0.2), ("2", 2.0), ("1e-1", 0.1)]
)
def test_a_temperature(value: str, temperature: float) -> None:
    assert read_temperature(value) == Choices(temperature=temperature)


@pytest.mark.parametrize("value", ["hot", "-0.1", "2.01", "nan", "inf", "1e400", "0.2.3", "½", ""])
def test_what_is_no_temperature_is_told_the_range(value: str) -> None:
    with pytest.raises(NotUnderstood, match=r"from 0 .* to 2"):
        read_temperature(value)


@pytest.mark.parametrize(("value", "tokens"), [("800", 800), ("16 tokens", 16), ("32768", 32_768)])
def test_a_length(value: str, tokens: int) -> None:
    assert read_length(value) == Choices(answer_tokens=tokens)


@pytest.mark.parametrize("value", ["15", "32769", "-5", "long", "8e2", "٨٠٠", "9" * 5000, "8 00", ""])
def test_what_is_no_length_is_told_the_range(value: str) -> None:
    with pytest.raises(NotUnderstood, match="from 16 to 32768"):
        read_length(value)


@pytest.mark.parametrize(("value", "shows"), [("on", True), ("SHOW", True), ("off", False), ("no", False)])
def test_reasoning_is_on_or_off(value: str, shows: bool) -> None:
    assert read_reasoning(value) == Choices(shows_reasoning=shows)
    with pytest.raises(NotUnderstood, match="`on` or `off`"):
        read_reasoning("maybe")


def test_every_setting_has_a_word_and_is_told_only_when_it_is_chosen() -> None:
    every = Choices("m", "p", 0.2, 800, shows_reasoning=False)
    assert {NAMES[named(setting)] for setting in Setting} == set(Setting)
    assert [told(setting, Choices()) for setting in Setting] == [""] * len(Setting)
    assert [told(setting, every) for setting in Setting] == [
        "`m`",
        "`p`",
        "**0.2**",
        "**800 tokens** at the most, about 600 words",
        "**not shown**",
    ]
    assert set(LIMITS) == {Setting.TEMPERATURE, Setting.ANSWER_TOKENS, Setting.SHOWS_REASONING}


@given(st.text(max_size=60))
def test_no_name_is_markup(name: str) -> None:
    shown = code(name)
    assert shown.count("`") == 2
    assert "\n" not in shown
    assert not set(plain(name)) & set("*_~`[]<>|\\@\n")


def test_names_are_listed_as_a_sentence_has_them() -> None:
    assert [listed(names) for names in ((), ("a",), ("a", "b"), ("a", "b", "c"))] == [
        "",
        "`a`",
        "`a` and `b`",
        "`a`, `b` and `c`",
    ]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/pin We use tabs.", ("pin", "We use tabs.")),
        ("/PIN\nWe use\ntabs. ", ("pin", "We use\ntabs.")),
        ("/ help", ("help", "")),
        ("/", ("", "")),
        ("/  ", ("", "")),
        ("pin", None),
        (" /pin", None),
        ("", None),
    ],
)
def test_a_typed_command_is_split(text: str, command: tuple[str, str] | None) -> None:
    assert split_command(text) == command
