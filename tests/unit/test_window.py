"""What fits the model's window."""

from hypothesis import given
from hypothesis import strategies as st

from core.transcript import FilePart, Message, Role, TextPart
from core.window import choose, weight

TEXTS = st.one_of(
    st.text(max_size=200),
    st.builds(lambda piece, times: piece * times, st.text(min_size=1, max_size=30), st.integers(0, 400)),
)
PARTS = st.one_of(
    st.builds(TextPart, TEXTS),
    st.builds(FilePart, st.text(max_size=20), TEXTS, st.text(max_size=40)),
)
ROWS = st.lists(
    st.builds(lambda parts: Message(Role.USER, tuple(parts)), st.lists(PARTS, min_size=1, max_size=3)),
    max_size=6,
)


@given(ROWS, st.integers(min_value=600, max_value=9_000))
def test_what_is_chosen_fits(rows: list[Message], budget: int) -> None:
    chosen = choose(tuple(rows), budget)
    assert sum(map(weight, chosen)) <= budget
    assert bool(chosen) == bool(rows)


@given(ROWS, st.integers(min_value=600, max_value=9_000))
def test_the_newest_rows_are_chosen_and_all_but_the_last_are_whole(rows: list[Message], budget: int) -> None:
    chosen = choose(tuple(rows), budget)
    kept = rows[len(rows) - len(chosen) :]
    assert [len(row.parts) for row in chosen] == [len(row.parts) for row in kept]
    if len(chosen) > 1:
        assert list(chosen) == kept
