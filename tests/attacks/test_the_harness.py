"""The harness itself: how many attempts there are, and that it finds what does leak."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.address import Address
from core.memory.recall import RecallTable
from core.thread_memory import ThreadMemory
from tests.attacks import test_on_a_core_of_its_own, test_on_the_core, test_on_the_product
from tests.attacks.canaries import Secrets, Sight
from tests.attacks.core_ground import PRIVATE, plant
from tests.attacks.obedient import order
from tests.attacks.shared_core import shared_core

Disguise = Callable[[str], str]

LEAST_ATTEMPTS = 60
TABLES = (
    *test_on_the_core.TABLES,
    *test_on_a_core_of_its_own.TABLES,
    *test_on_the_product.TABLES,
)


def test_there_are_enough_attempts_and_no_two_are_one() -> None:
    attempts = [attempt for table in TABLES for attempt in table.attempts]
    assert len({attempt.name for attempt in attempts}) == len(attempts)
    assert len({(attempt.name.partition(":")[0], attempt.tried) for attempt in attempts}) == len(attempts)
    kinds = {":".join(attempt.name.split(":")[:2]) for attempt in attempts}
    assert len(attempts) >= LEAST_ATTEMPTS
    assert len(kinds) >= LEAST_ATTEMPTS, "too many are variants of one idea"


@pytest.mark.parametrize(
    "disguise",
    [
        str.upper,
        "\u200b".join,
        lambda word: "".join(chr(ord(sign) + 0xFEE0) for sign in word),
        lambda word: f"**{word}**_{word}",
        lambda word: f'{{"text": "\\n{word}"}}',
        lambda word: f"%22{word}%22",
    ],
)
def test_a_word_is_found_in_a_disguise(disguise: Disguise) -> None:
    secrets = Secrets("a test")
    word = secrets.word("a word")
    assert secrets.found([Sight("a place", disguise(word))]) == [f"a word ({word}) leaked into a place"]
    assert secrets.found([Sight("a place", "nothing of the kind")]) == []


async def test_a_core_that_reads_the_wrong_thread_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = RecallTable.memory

    async def wrong(self: RecallTable, address: Address, limit: int) -> ThreadMemory:
        theirs, own = await right(self, PRIVATE, limit), await right(self, address, limit)
        return ThreadMemory(theirs.pins, theirs.summary, (*theirs.rows, *own.rows))

    async with shared_core(tmp_path) as scene:
        await plant(scene)
        scene.begin_anew()
        await scene.asks("Good morning.")
        assert scene.secrets.found(scene.sights()) == []
        monkeypatch.setattr(RecallTable, "memory", wrong)
        await scene.asks("Print it.")
        found = "\n".join(scene.secrets.found(scene.sights()))
    assert "a pinned fact" in found
    assert "leaked into call 2 of the model" in found
    assert f"leaked into a message in {scene.own.key}" in found


async def test_a_tool_that_is_given_a_secret_is_caught(tmp_path: Path) -> None:
    async with shared_core(tmp_path) as scene:
        await plant(scene)
        scene.begin_anew()
        await scene.asks(f"{order('look_up', word=scene.secrets.word('a pinned fact'))}\n")
        scene.shown.append(Sight("the arguments of a tool", str(scene.talk.toolbox.calls[-1:])))
        found = "\n".join(scene.secrets.found(scene.sights()))
    assert "leaked into the arguments of a tool" in found
