"""Files of answers that the page shows out of the database are part of what is kept of a person."""

import base64
import json
from dataclasses import replace
from pathlib import Path

from core.memory.export import read_person
from core.memory.store import open_store
from core.outgoing import FILES_FROM, OutFile
from tests.contract.keeping import person
from tests.contract.stores import NOW, answer, begun

CHART = OutFile("chart.png", "image/png", b"\x89PNG", "Bars.")
TABLE = OutFile("table.csv", "text/csv", b"a,b\n")


async def test_what_is_kept_of_them_is_exported_and_what_is_out_is_named(tmp_path: Path) -> None:
    async with open_store(tmp_path) as store:
        turn = await begun(store)
        await store.commit_answer(turn, replace(answer(), files=(CHART, TABLE)), ("Four.",), NOW)
        await store.posted(turn, FILES_FROM, "f1", "[file]", keeps_file=True)
        await store.posted(turn, FILES_FROM + 1, "f2", "[file]")
        await store.end(turn, NOW)
    lines = [json.loads(line) for line in await read_person(tmp_path, person())]
    (kept,) = [line for line in lines if line["kind"] == "enclosed"]
    assert base64.b64decode(kept["content"]) == CHART.content
    assert (kept["name"], kept["mime"], kept["alt"]) == ("chart.png", "image/png", "Bars.")
    named = [line["file"] for line in lines if line["kind"] == "post" and line["file"]]
    assert named == ["chart.png", "table.csv"]
