"""A stop button's id: read back as it was written, never longer than Discord takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import buttons
from adapters.discord.buttons import Buttons, StopId, stop_view
from core.address import Address

SNOWFLAKE_MAX = 2**63 - 1
snowflakes = st.integers(min_value=1, max_value=SNOWFLAKE_MAX).map(str)
words = st.text(max_size=12)
addresses = st.builds(Address, st.just("discord"), snowflakes, snowflakes, snowflakes)
keys = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=25, max_size=25)


@given(st.builds(Address, words, words, words, words), keys | st.just(""))
def test_an_id_is_read_back(address: Address, key: str) -> None:
    assert StopId.read(str(StopId(address, key))) == StopId(address, key)


@given(st.text(max_size=120))
def test_no_id_breaks_the_reader(custom_id: str) -> None:
    read = StopId.read(custom_id)
    assert read is None or custom_id.startswith("stop:")


@pytest.mark.parametrize(
    "custom_id", ["", "stop", "stop:", "stop:a:b:c", "go:discord:1:2:3", "STOP:discord:1:2:3", "stop:%:%"]
)
def test_another_id_is_none_of_ours(custom_id: str) -> None:
    assert StopId.read(custom_id) is None


async def test_every_thread_of_a_server_fits_with_its_key() -> None:
    longest = str(SNOWFLAKE_MAX)
    for thread in (longest, f"i{longest}"):
        address = Address("discord", longest, longest, thread)
        view = stop_view(address, "k" * 25)
        assert view is not None
        assert view.is_finished()
        (row,) = view.to_components()
        (button,) = row["components"]
        assert len(button["custom_id"]) <= buttons.CUSTOM_ID_MAX
        assert (button["label"], button["type"]) == ("Stop", 2)


async def test_what_does_not_fit_has_no_button() -> None:
    assert stop_view(Address("discord", "1" * 40, "2" * 40, "3" * 40)) is None


def test_what_was_left_long_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buttons, "REMEMBERED", 2)
    remembered = Buttons()
    for number in range(3):
        remembered.note(str(number), shown=False)
    assert [remembered.shown(str(number)) for number in range(3)] == [None, False, False]
    remembered.note("1", shown=True)
    remembered.note("3", shown=True)
    assert [remembered.shown(str(number)) for number in range(1, 4)] == [True, None, True]
