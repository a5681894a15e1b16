"""Personas: those that come along, and an operator's files, good and bad."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from bots.persona import RULES, SMALL, FilePersona
from bots.persona_files import BYTES_MOST, FILES_MOST, PLACEHOLDERS, SHIPPED, PersonaFiles, filled
from core.ports import Scene
from core.transcript import ModelInfo
from tests.fakes.clock import ManualClock

PIRATE = "You are a pirate in {place}. Today is {date}."


def scene(persona: str = "", window: int = 8192, place: str = "#general") -> Scene:
    info = ModelInfo("llama-x", window, 400, tools=False, vision=False, hosted=False)
    return Scene(1_700_000_000.0, place, "No tables.", info, persona)


def write(folder: Path, name: str, text: str | bytes) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


async def read(folder: Path) -> tuple[PersonaFiles, tuple[str, ...]]:
    personas = PersonaFiles(folder)
    return personas, await personas.refresh()


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_each_that_comes_along_is_filled_and_ruled(name: str) -> None:
    prompt = FilePersona().prompt(scene(name))
    assert "llama-x" in prompt
    assert "14 November 2023" in prompt
    assert prompt.endswith("- Formatting: No tables.")
    assert "{" not in prompt
    beginning = FilePersona().prompt(scene(name, window=2048))
    assert len(beginning.split()) < 60
    assert len(prompt.split()) < 260


def test_the_usual_one_is_the_assistant() -> None:
    assert FilePersona().prompt(scene()) == FilePersona().prompt(scene("assistant"))
    assert PersonaFiles().names == tuple(sorted(SHIPPED))


async def test_an_operators_persona_stands_above_the_rules_of_the_house(tmp_path: Path) -> None:
    write(tmp_path, "pirate.md", f"\ufeff{PIRATE}\n")
    personas, warnings = await read(tmp_path)
    assert warnings == ()
    assert "pirate" in personas.names
    prompt = FilePersona(personas).prompt(scene("pirate"))
    assert prompt.startswith(
        "You are a pirate in #general. Today is Tuesday, 14 November 2023.\n\n- When several"
    )
    assert RULES.splitlines()[1] in prompt
    assert FilePersona(personas).prompt(scene("pirate", window=2048)).startswith("You are a pirate")


async def test_an_operators_assistant_takes_the_place_of_ours(tmp_path: Path) -> None:
    write(tmp_path, "assistant.md", "You are Quipu.")
    personas, _ = await read(tmp_path)
    assert FilePersona(personas).prompt(scene()).startswith("You are Quipu.")
    assert FilePersona(personas).prompt(scene(window=2048)) == "You are Quipu."


async def test_a_long_persona_is_cut_for_a_small_model_only(tmp_path: Path) -> None:
    write(tmp_path, "poet.md", "Sing! " * 300 + "\n\nMore.")
    personas, _ = await read(tmp_path)
    assert "More." in FilePersona(personas).prompt(scene("poet"))
    short = FilePersona(personas).prompt(scene("poet", window=2048))
    assert len(short) <= 600
    assert short.endswith("Sing!")


async def test_unknown_placeholders_and_other_braces_stay_and_are_said_once(tmp_path: Path) -> None:
    text = 'Say {"a": {x}} and {mood}, {mood} in {place}. {} {0} {place!r} {{date}}'
    write(tmp_path, "odd.md", text)
    personas, warnings = await read(tmp_path)
    assert [("{mood}" in warning, "{x}" in warning) for warning in warnings] == [(False, True), (True, False)]
    prompt = FilePersona(personas).prompt(scene("odd"))
    assert prompt.startswith('Say {"a": {x}} and {mood}, {mood} in #general. {} {0} {place!r} {Tuesday')
    assert await personas.refresh() == ()


def test_what_fills_a_placeholder_is_not_filled_again() -> None:
    prompt = FilePersona().prompt(scene(place="{formatting} {model} {secret}"))
    assert "in {formatting} {model} {secret}." in prompt
    assert filled("{place}", {}) == "{place}"
    assert "place" in PLACEHOLDERS


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.md", " \n", "is empty"),
        ("big.md", "x" * (BYTES_MOST + 1), "longer than 16384 bytes"),
        ("latin.md", b"gr\xfc\xdfe", "UTF-8"),
        ("here.md", "x", "means something else"),
        ("`rm`.md", "x", "its name has to be"),
        (".md", "x", ""),
        ("notes.txt", "x", ""),
    ],
)
async def test_a_bad_file_is_left_out_with_a_word(tmp_path: Path, name: str, content: str, why: str) -> None:
    write(tmp_path, name, content)
    write(tmp_path, "pirate.md", PIRATE)
    personas, warnings = await read(tmp_path)
    assert personas.names == tuple(sorted((*SHIPPED, "pirate")))
    assert [why in warning and name in warning for warning in warnings] == ([True] if why else [])


async def test_what_is_no_file_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
    personas, warnings = await asyncio.wait_for(read(tmp_path), 5)
    assert (personas.names, warnings) == (tuple(sorted(SHIPPED)), ())


async def test_very_many_files_are_not_all_read(tmp_path: Path) -> None:
    for number in range(FILES_MOST + 1):
        write(tmp_path, f"p{number:03}.md", "x")
    personas, warnings = await read(tmp_path)
    assert len(personas.names) == FILES_MOST + len(SHIPPED)
    assert "more than 100" in warnings[0]


async def test_no_folder_is_no_trouble_and_one_that_comes_is_found(tmp_path: Path) -> None:
    personas, warnings = await read(tmp_path / "personas")
    assert warnings == ()
    write(tmp_path / "personas", "pirate.md", PIRATE)
    await personas.refresh()
    assert personas.text("pirate") == PIRATE


async def test_changes_and_removals_are_seen_while_it_runs(tmp_path: Path) -> None:
    write(tmp_path, "pirate.md", PIRATE)
    personas, _ = await read(tmp_path)
    persona = FilePersona(personas)
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(personas.watch(ManualClock()))
        for text in ("You are a corsair.", "You are a privateer of the king."):
            write(tmp_path, "pirate.md", text)
            await until_says(persona, text)
        (tmp_path / "pirate.md").unlink()
        await until_says(persona, FilePersona().prompt(scene())[:30])
        watching.cancel()
    assert persona.prompt(scene("pirate", window=2048)) == FilePersona().prompt(scene(window=2048))
    assert "pirate" not in personas.names
    assert SMALL.startswith("You are Tampu")


async def until_says(persona: FilePersona, text: str) -> None:
    deadline = time.monotonic() + 10
    while not persona.prompt(scene("pirate")).startswith(text):
        assert time.monotonic() < deadline, persona.prompt(scene("pirate"))[:80]
        await asyncio.sleep(0.01)
