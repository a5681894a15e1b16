"""Files named in the terminal: what is read, and the sentence for what is not."""

import os
from pathlib import Path

import pytest

from adapters.terminal.files import MAX_FILE, load
from core.errors import FileError


@pytest.mark.parametrize("typed", ["{}", "'{}'", '"{}"'])
def test_a_path_is_read_however_it_was_pasted(tmp_path: Path, typed: str) -> None:
    path = tmp_path / "my notes é.txt"
    path.write_bytes(b"hum")
    file = load(typed.format(path))
    assert (file.name, file.mime, file.content) == ("my notes é.txt", "text/plain", b"hum")


def test_a_path_with_escaped_blanks_is_read(tmp_path: Path) -> None:
    path = tmp_path / "my notes.unknown-kind"
    path.write_bytes(b"")
    file = load(str(path).replace(" ", "\\ "))
    assert (file.mime, file.content) == ("", b"")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large.bin").open("wb") as large:
        large.truncate(MAX_FILE + 1)
    cases = {
        "missing": "There is no file",
        "folder": "is not a file",
        "pipe": "is not a file",
        "large.bin": "larger than 20 MB",
        "bad\x00name": "cannot be read",
        "it's": "There is no file",
    }
    for name, sentence in cases.items():
        with pytest.raises(FileError) as caught:
            load(str(tmp_path / name))
        assert sentence in caught.value.told, name
