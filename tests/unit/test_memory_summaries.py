"""What is deleted stands in no table any more, whatever was made of it."""

from pathlib import Path

from core.memory.store import open_store
from core.settings import Choices, Scope
from core.thread_memory import Summary
from tests.contract.stores import ADDRESS, NOW, answered, delete
from tests.questions import ADA, asked
from tests.scenario.database import tables_with

WORD = "canary"


async def test_a_deleted_question_leaves_no_word_in_any_table(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        question = asked(f"the {WORD} sings")
        await answered(store, question, texts=(f"Let the {WORD} sing.",))
        await answered(store, asked("and then?", number=2), texts=("Silence.",))
        memory = await store.oldest(ADDRESS, 10)
        summary = Summary(memory.rows[-1].position, f"Of a {WORD}.", 5, "m", NOW)
        assert await store.put_summary(ADDRESS, summary, memory)
        pinned = asked(f"/pin the {WORD} is yellow", number=3)
        await answered(store, pinned, texts=("Pinned.",))
        await store.pin(ADDRESS, f"the {WORD} is yellow", ADA, NOW)
        await store.choose(ADDRESS, Scope.THREAD, Choices(persona="poet"), ADA, NOW)
        assert {"inbox", "message", "outbox", "summary", "pin"} <= tables_with(tmp_path, WORD)
        await delete(store, question)
        assert tables_with(tmp_path, WORD) == {"inbox", "message", "pin"}
        await delete(store, pinned)
        assert tables_with(tmp_path, WORD) == set()
        assert tables_with(tmp_path, "poet") == {"audit", "choice"}
