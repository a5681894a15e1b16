"""Anything, in any order, in a time that jumps; always the same stories. More: tests.faults.stateful."""

from tests.faults.stateful import Anything, AnythingOnDisk, run


def test_every_message_is_answered_once_or_honestly_refused() -> None:
    run(Anything, 400)


def test_the_same_on_disk() -> None:
    run(AnythingOnDisk, 15)
