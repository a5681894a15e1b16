"""What the terminal writes: never a control character, only what is new."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.terminal.printer import LABEL, Printer
from adapters.terminal.visible import visible


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "␛[31mred␛[0m"),
        ("\x1b]0;owned\x07", "␛]0;owned␇"),
        ("\x1bP+q544e\x1b\\", "␛P+q544e␛\\"),
        ("\x9b31m", "\ufffd31m"),
        ("one\rtwo\r\nthree", "onetwo\nthree"),
        ("back\x08space\x7f", "back␈space␡"),
        ("a\x00b", "a␀b"),
        ("user\u202etxt.exe", "usertxt.exe"),
        ("\u2066hidden\u2069", "hidden"),
        ("tab\tand\nline é 😀 漢", "tab\tand\nline é 😀 漢"),
    ],
)
def test_control_characters_are_shown_not_obeyed(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown


@given(st.text(), st.text())
def test_what_is_shown_of_a_text_stays_its_beginning(text: str, more: str) -> None:
    assert visible(text + more).startswith(visible(text))
    assert not any(ord(mark) < 32 and mark not in "\n\t" for mark in visible(text))


@given(st.lists(st.text(max_size=8), min_size=1, max_size=20))
def test_a_growing_text_is_written_once(pieces: list[str]) -> None:
    written: list[str] = []
    printer = Printer(written.append)
    for end in range(1, len(pieces) + 1):
        printer.show("m", "".join(pieces[:end]))
    assert "".join(written) == LABEL + visible("".join(pieces))


def test_a_text_that_changed_is_written_again_on_a_line_of_its_own() -> None:
    written: list[str] = []
    printer = Printer(written.append)
    printer.show("m", "Two and two is fi")
    printer.show("m", "Two and two is four")
    printer.show("m", "Two and two is four.")
    printer.end()
    assert "".join(written) == f"{LABEL}Two and two is fi\n{LABEL}Two and two is four.\n\n"


def test_messages_are_kept_apart_and_nothing_is_written_for_no_news() -> None:
    written: list[str] = []
    printer = Printer(written.append)
    printer.show("a", "first\n")
    printer.show("a", "first\n")
    printer.show("b", "second")
    printer.end()
    printer.end()
    assert "".join(written) == f"{LABEL}first\n\n{LABEL}second\n\n"
    assert not printer.open
