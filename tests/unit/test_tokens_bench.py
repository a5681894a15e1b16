"""The command that measures the guess of tokens says what it measured against."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench import tokens
from tests.bench.token_samples import samples

TRUE = {one.text: one for one in samples()}


def known(model: str) -> Callable[[str], int]:
    """A tokenizer that knows the recorded texts, and takes each word of others for a token."""

    def count(text: str) -> int:
        one = TRUE.get(text)
        if one is None:
            return len(text.split())
        return one.llama4 if "4" in model else one.llama3

    return count


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["tokens", *arguments])
    return tokens.main()


def test_without_the_tokenizers_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(tokens, "installed_counter", lambda _model: None)
    assert run(monkeypatch) == 0
    said = capsys.readouterr().out
    assert "The tokenizers are not installed" in said
    assert f"{len(TRUE)} texts" in said
    assert run(monkeypatch, str(tmp_path / "some.txt")) == tokens.WRONG


def test_with_them_files_are_measured_in_pieces(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(tokens, "installed_counter", known)
    file = tmp_path / "runner.txt"
    file.write_text("the runner came down " * 400)
    assert run(monkeypatch, str(file)) == 0
    said = capsys.readouterr().out
    assert f"{len(TRUE) + 3} texts" in said
    assert "not installed" not in said


def test_a_recorded_count_that_is_not_true_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tokens, "installed_counter", lambda _model: len)
    assert run(monkeypatch) == tokens.WRONG
    assert "WRONG: the recorded counts of 'english prose'" in capsys.readouterr().out


def test_a_guess_that_is_too_low_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(tokens, "installed_counter", lambda model: lambda text: known(model)(text) * 9)
    file = tmp_path / "runner.txt"
    file.write_text("the runner came down")
    assert run(monkeypatch, str(file)) == tokens.WRONG
    assert "TOO FEW: runner.txt:0" in capsys.readouterr().out
