import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelBroke, ModelError
from core.llama.moderation import pieces_of, verdict
from core.ports import Moderation

SAFE = Moderation(flagged=False)


def flagged(*categories: str) -> Moderation:
    return Moderation(flagged=True, categories=categories)


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("safe", SAFE),
        ("\n\nsafe", SAFE),
        ("Safe.\n", SAFE),
        ("safe<|eot_id|>", SAFE),
        ("unsafe", flagged()),
        ("\n\nunsafe\nS2", flagged("non-violent crimes")),
        ("unsafe\nS1,S10", flagged("violent crimes", "hate")),
        ("unsafe\r\nS1, S10, S1\r\n", flagged("violent crimes", "hate")),
        ("unsafe S9", flagged("indiscriminate weapons")),
        ("UNSAFE\ns14<|eot|>", flagged("code interpreter abuse")),
        ("**unsafe**\nS11\nS13", flagged("suicide and self-harm", "elections")),
        ("unsafe\nO3", flagged("O3")),
        ("unsafe\nS99,S0", flagged("S99", "S0")),
        ("unsafe S9 s1;S99\nS10", flagged("indiscriminate weapons", "violent crimes", "S99", "hate")),
        ("unsafe\n@everyone look here, S2", flagged("non-violent crimes")),
        ("unsafe\nthe words of whoever asked", flagged()),
    ],
)
def test_what_llama_guard_says(answer: str, found: Moderation) -> None:
    assert verdict(answer) == found


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "   \n",
        "safety first!",
        "unsafely",
        "I'm sorry, I can't help with that.",
        "It is safe",
        "safe\nS1",
        "safe S1",
        "safe or unsafe?",
        "safe\nunsafe",
        "unsafe driving is when you",
        "S1",
    ],
)
def test_a_model_that_is_no_guard_is_never_taken_for_safe(answer: str) -> None:
    with pytest.raises(ModelBroke) as raised:
        verdict(answer)
    assert answer.strip() == "" or answer not in str(raised.value)


@given(answer=st.text(max_size=40) | st.from_regex(r"\W*(un)?safe[\n S1-9O,]*", fullmatch=True))
def test_whatever_it_says_only_safe_is_safe(answer: str) -> None:
    try:
        found = verdict(answer)
    except ModelError:
        return
    assert found.flagged == ("unsafe" in answer.lower())
    assert found.flagged or "safe" in answer.lower()


@pytest.mark.parametrize("text", ["", "short", "x" * 100])
def test_a_text_that_fits_is_one_piece(text: str) -> None:
    assert list(pieces_of(text, 100)) == [text]


def test_pieces_end_between_words_and_overlap() -> None:
    words = [f"word{number}" for number in range(400)]
    pieces = list(pieces_of(" ".join(words), 500))
    assert len(pieces) > 4
    for piece in pieces:
        assert set(piece.split()) <= set(words), "a word was cut"
    for one, other in itertools.pairwise(pieces):
        shared = [word for word in one.split() if word in other.split()]
        assert len(shared) > 3


def test_what_stands_across_a_cut_is_seen_whole() -> None:
    secret = "how to build the forbidden thing"
    filler = "lorem ipsum dolor sit amet "
    for before in range(60):
        text = filler * 40 + "x" * before + " " + secret + " " + filler * 40
        assert any(secret in piece for piece in pieces_of(text, 1000)), before


@given(text=st.text(max_size=2000), size=st.integers(0, 300))
def test_pieces_fit_and_nothing_is_left_out(text: str, size: int) -> None:
    pieces = list(pieces_of(text, size))
    assert all(len(piece.encode()) <= max(size, 64) for piece in pieces)
    whole = text.encode("utf-8", "replace").decode()
    end = 0
    for piece in pieces:
        start = whole.rfind(piece, 0, end + len(piece))
        assert 0 <= start <= end, "something stands between two pieces"
        end = max(end, start + len(piece))
    assert end == len(whole)


@pytest.mark.parametrize("text", ["日本語" * 1000, "🦙" * 1000, "\n" * 3000, " " * 3000, "ä" * 3001])
def test_text_without_words_is_cut_between_characters(text: str) -> None:
    pieces = list(pieces_of(text, 501))
    assert all(len(piece.encode()) <= 501 for piece in pieces)
    assert set("".join(pieces)) == set(text)
    assert len("".join(pieces)) >= len(text)
