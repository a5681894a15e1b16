"""A growing text as messages."""

from hypothesis import given
from hypothesis import strategies as st

from core import phrases
from core.conversation.growing import Desired, GrowingText
from tests.fakes.platform import fast

WORDS = ["tampu ", "llama ", "**bold** ", "`code` ", "\n\n", "\n- point ", "\n```\nx = 1\n```\n", "🦙 "]


def shown(text: GrowingText) -> list[str]:
    return [desired.text for desired in text.desired()]


def test_only_the_last_message_is_unfinished() -> None:
    text = GrowingText(fast(20), None)
    text.add("The first message.\n\nThe second")
    assert text.desired() == [Desired("The first message.", final=True), Desired("The second", final=False)]


def test_an_opener_stands_before() -> None:
    text = GrowingText(fast(50), "**Ada asked:** hi")
    assert text.desired() == [Desired("**Ada asked:** hi", final=True)]
    text.add("Hello")
    assert text.close() == ("**Ada asked:** hi", "Hello")


def test_white_space_alone_is_no_message() -> None:
    text = GrowingText(fast(50), None)
    text.add(" \n\n ")
    assert text.desired() == []
    assert text.close() == ()


def test_a_preview_closes_what_is_open() -> None:
    text = GrowingText(fast(50), None)
    text.add("See **this")
    assert shown(text) == ["See **this**"]


def test_a_text_that_is_not_taken_is_replaced_once() -> None:
    text = GrowingText(fast(50), None)
    text.add("Odd words")
    (refused,) = text.close()
    assert text.stand_in(0, refused)
    assert shown(text) == [phrases.NOT_TAKEN]
    assert not text.stand_in(0, phrases.NOT_TAKEN)


def test_a_message_that_may_be_there_twice_says_so_and_is_repeated_once() -> None:
    text = GrowingText(fast(200), None)
    text.add("Hello")
    assert text.may_repeat(0)
    assert not text.may_repeat(0)
    assert shown(text) == [f"Hello\n\n{phrases.MAYBE_TWICE}"]
    assert text.close() == ("Hello",)


def test_a_mark_that_does_not_fit_is_left_out() -> None:
    text = GrowingText(fast(20), None)
    text.add("Hello")
    text.may_repeat(0)
    assert shown(text) == ["Hello"]


def test_nothing_comes_behind_the_message_that_it_ends_with() -> None:
    text = GrowingText(fast(20), None)
    text.add("The first message.\n\nThe second one")
    text.end_with(0)
    text.add(" and a third.\n\nAnd more of it all.")
    assert shown(text) == ["The first message."]
    assert text.close() == ("The first message.",)
    assert text.full == 1


def test_committed_texts_replace_it() -> None:
    text = GrowingText(fast(20), None)
    text.add("Something else that is longer than that.")
    text.settle(("One", "Two"))
    assert text.desired() == [Desired("One", final=True), Desired("Two", final=True)]


@given(st.lists(st.sampled_from(WORDS), max_size=120), st.sampled_from([30, 60, 200]))
def test_what_was_full_stays_as_it_was_and_fits(pieces: list[str], limit: int) -> None:
    text, frozen = GrowingText(fast(limit), None), list[str]()
    for piece in pieces:
        text.add(piece)
        wanted = text.desired()
        assert all(len(one.text) <= limit for one in wanted)
        assert [one.final for one in wanted].count(False) <= 1
        now = [one.text for one in wanted if one.final]
        assert now[: len(frozen)] == frozen
        frozen = now
    assert list(text.close())[: len(frozen)] == frozen


@given(st.lists(st.sampled_from(WORDS), max_size=60), st.lists(st.sampled_from(WORDS), max_size=60))
def test_what_is_taken_back_leaves_no_trace(kept: list[str], broken: list[str]) -> None:
    text, other = GrowingText(fast(40), None), GrowingText(fast(40), None)
    for word in kept:
        text.add(word)
        other.add(word)
        assert shown(text) == shown(other)
    mark = text.here()
    for word in broken:
        text.add(word)
        text.desired()
    text.back_to(mark)
    assert text.desired() == other.desired()
    assert text.close() == other.close()


def test_a_refusal_of_a_text_that_was_taken_back_changes_nothing() -> None:
    text = GrowingText(fast(20), None)
    mark = text.here()
    text.add("The first message.\n\nThe second")
    refused = text.desired()[0].text
    text.back_to(mark)
    assert text.stand_in(0, refused)
    text.add("Another first one.\n\nAnd more")
    assert text.stand_in(0, refused)
    assert shown(text) == ["Another first one.", "And more"]
