"""What tests of the settings stand on."""

from pathlib import Path

import pytest

from bots.settings import Settings

# It judges too: a failure is to say what was found.
pytest.register_assert_rewrite("tests.unit.settings_stage")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own and an environment without our variables."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path
