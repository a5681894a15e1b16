"""A preset is about the pictures that it was asked of, and no others."""

from dataclasses import replace

import pytest

from core.conversation.pointing import pointed
from core.message import Attachment
from core.presets import COMPARE, READ
from core.storage import Turn, TurnState
from core.transcript import ImagePart, Message, Part, Role, TextPart
from tests.questions import asked


def picture(name: str) -> ImagePart:
    return ImagePart(name, "image/png", 10, 10, f"{name}.png")


def said(text: str, *pictures: str, role: Role = Role.USER) -> Message:
    parts: tuple[Part, ...] = (TextPart(text), *map(picture, pictures))
    return Message(role, parts, "Ada" if role is Role.USER else "")


def asking(preset: str = READ.name, about: str = "", *, words: bool = False) -> Turn:
    question = replace(asked("Read the text"), preset=preset, about=about)
    joined = (asked("and in blue?", number=2),) if words else ()
    return Turn("t", question.address, 1, 1, TurnState.RUNNING, (question,), "q1", joined=joined)


def shown(rows: tuple[Message, ...]) -> list[list[str]]:
    return [[part.sha256 for part in row.parts if isinstance(part, ImagePart)] for row in rows]


TALK = (said("first", "a", "b"), said("A sign.", role=Role.ASSISTANT), said("second", "c"))


@pytest.mark.parametrize(
    ("own", "preset", "expected"),
    [
        (("d",), READ.name, [[], [], [], ["d"]]),
        ((), READ.name, [[], [], ["c"], []]),
        ((), COMPARE.name, [["a", "b"], [], ["c"], []]),
        (("d",), COMPARE.name, [[], [], ["c"], ["d"]]),
        (("d", "e"), COMPARE.name, [[], [], [], ["d", "e"]]),
        ((), "", [["a", "b"], [], ["c"], []]),
        (("d",), "", [["a", "b"], [], ["c"], ["d"]]),
    ],
)
def test_its_own_or_the_newest(own: tuple[str, ...], preset: str, expected: list[list[str]]) -> None:
    rows = (*TALK, said("Read the text", *own))
    assert shown(pointed(rows, asking(preset), ())) == expected


def test_a_file_that_is_no_picture_does_not_make_it_about_older_ones() -> None:
    turn = asking()
    broken = Attachment("f1", "broken.png", "image/png", None, "")
    turn = replace(turn, questions=(replace(turn.questions[0], attachments=(broken,)),))
    assert shown(pointed((*TALK, said("Read the text")), turn, ())) == [[], [], [], []]


def test_below_an_answer_it_is_about_that_answer() -> None:
    rows = (*TALK, said("Read the text"))
    found = pointed(rows, asking(about="m1"), (picture("a"), picture("b")))
    assert shown(found) == [[], [], [], ["a", "b"]]
    assert "a.png" in str(found[0].parts)
    assert [row.text for row in found] == [row.text for row in rows]


def test_pictures_that_are_gone_are_not_made_up_for_by_others() -> None:
    assert shown(pointed((*TALK, said("Read the text")), asking(about="m1"), ())) == [[], [], [], []]


def test_what_joins_in_ones_own_words_may_mean_any() -> None:
    rows = (*TALK, said("Read the text"), said("and in blue?"))
    found = pointed(rows, asking(about="m1", words=True), (picture("a"),))
    assert shown(found) == [["a", "b"], [], ["c"], [], ["a"]]


def test_without_a_row_there_is_nothing_to_point_from() -> None:
    rows = (said("Hello.", role=Role.ASSISTANT),)
    assert pointed(rows, asking(about="m1"), (picture("a"),)) == rows
