"""What becomes of a second message, by channel."""

import pytest

from bots.settings import Settings
from core.address import Address
from core.conversation.following import FollowUp, FollowUps


def way(setting: str, channel: str = "C1") -> FollowUp:
    settings = Settings.model_validate({"tampu_follow_up": setting})
    return FollowUps(*settings.follow_ups).of(Address("slack", "T1", channel, "1.2"))


def test_a_message_joins_by_default() -> None:
    assert FollowUps().of(Address("slack", "T1", "C1", "1.2")) is FollowUp.STEER


@pytest.mark.parametrize("name", list(FollowUp))
def test_one_way_for_all_channels(name: FollowUp) -> None:
    assert way(name) is name


def test_a_channel_may_have_its_own() -> None:
    setting = "queue, C1 = interrupt ,C2=steer"
    assert [way(setting, channel) for channel in ("C1", "C2", "C3")] == [
        FollowUp.INTERRUPT,
        FollowUp.STEER,
        FollowUp.QUEUE,
    ]


def test_a_thread_that_is_a_channel_of_its_own_goes_by_the_one_around_it() -> None:
    ways = FollowUps(FollowUp.QUEUE, {"forum": FollowUp.INTERRUPT, "post": FollowUp.STEER})
    places = [("post", "forum"), ("other", "forum"), ("other", ""), ("forum", "")]
    assert [ways.of(Address("discord", "1", channel, channel), parent) for channel, parent in places] == [
        FollowUp.STEER,
        FollowUp.INTERRUPT,
        FollowUp.QUEUE,
        FollowUp.INTERRUPT,
    ]


def test_the_last_word_counts() -> None:
    assert way("C1=queue,C1=interrupt") is FollowUp.INTERRUPT


def test_channels_alone_leave_the_default() -> None:
    assert way("C1=queue", "C9") is FollowUp.STEER
