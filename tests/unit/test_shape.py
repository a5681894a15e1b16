"""The shape of the code: sizes, names, and what the documents say of it."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from bots.settings import Settings

ROOT = Path(__file__).parents[2]
PRODUCT = sorted(path for folder in ("core", "adapters", "bots") for path in (ROOT / folder).rglob("*.py"))
EVERYTHING = [*PRODUCT, *sorted((ROOT / "tests").rglob("*.py"))]
DOCUMENTS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md") if (ROOT / name).exists()] + sorted(
    (ROOT / "docs").glob("*.md")
)
ATTICS = {"utils", "helpers", "common", "manager", "base", "misc", "types"}
MOST_FILE_LINES = 400
MOST_FUNCTION_LINES = 60
# Where a foreign or a whole turn's failure is caught whatever it is, and said.
BORDERS = {
    "bots/local_model_server.py",
    "core/conversation/compacting.py",
    "core/conversation/lanes.py",
    "core/conversation/notices.py",
    "core/conversation/turn.py",
    "core/files/images.py",
    "core/files/query_worker.py",
    "core/files/reader.py",
    "core/files/readers/faults.py",
    "core/files/worker.py",
    "core/memory/writer.py",
    "core/tools/toolbox.py",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text())
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


@pytest.mark.parametrize("path", EVERYTHING, ids=name_of)
def test_files_and_functions_stay_small(path: Path) -> None:
    assert path.stem not in ATTICS
    lines = path.read_text().count("\n")
    assert lines <= MOST_FILE_LINES, f"{path.name} has {lines} lines"
    for function in functions(path):
        length = (function.end_lineno or 0) - function.lineno + 1
        assert length <= MOST_FUNCTION_LINES, f"{function.name} has {length} lines"


def test_what_a_module_defines_is_used_in_the_product() -> None:
    texts = [path.read_text() for path in PRODUCT]
    named = Counter(word for text in texts for word in re.findall(r"\b\w+\b", text))
    unused = [name for text in texts for name in defined(ast.parse(text)) if named[name] == 1]
    assert unused == []


def defined(module: ast.Module) -> Iterator[str]:
    """The names of functions, classes and constants, but of functions that a decorator hands on."""
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from () if node.decorator_list else (node.name,)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            targets = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_most_functions_are_short() -> None:
    lengths = [
        (function.end_lineno or 0) - function.lineno + 1 for path in PRODUCT for function in functions(path)
    ]
    assert sum(length <= 30 for length in lengths) / len(lengths) > 0.93


@pytest.mark.parametrize("path", [path for path in PRODUCT if "core" in path.parts], ids=name_of)
def test_the_core_names_no_platform(path: Path) -> None:
    assert not re.search(r"slack|discord", path.read_text(), re.IGNORECASE)


def test_broad_excepts_stand_at_the_named_borders_only() -> None:
    found = set()
    for path in PRODUCT:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception")
            ):
                found.add(name_of(path))
    assert found <= BORDERS, f"unnamed borders: {found - BORDERS}"


def test_only_bots_reads_the_environment() -> None:
    for path in PRODUCT:
        if "bots" not in path.parts:
            assert not re.search(r"os\.environ|os\.getenv", path.read_text()), name_of(path)


def test_our_top_level_names_are_ours_alone() -> None:
    owners = packages_distributions()
    for name in ("core", "adapters", "bots"):
        assert owners.get(name, ["tampu"]) == ["tampu"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_path_in_the_documents_exists(document: Path) -> None:
    text = document.read_text()
    quoted = re.findall(r"`((?:core|adapters|bots|tests|deploy|docs|\.ci)/[\w./-]*)`", text)
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)\)", text)
    for path in [*quoted, *linked]:
        assert (ROOT / path).exists(), f"{document.name} names {path}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_command_in_the_documents_exists(document: Path) -> None:
    text = document.read_text()
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for target in re.findall(r"`make ([\w-]+)", text) + re.findall(r"^make ([\w-]+)", text, re.MULTILINE):
        assert target in targets, f"{document.name} names make {target}"
    line = (ROOT / "bots/cli.py").read_text()
    subcommands = {
        *re.findall(r"@app\.command\(\)\ndef (\w+)", line),
        *re.findall(r'add_typer\(.*name="(\w+)"', line),
    }
    for command in re.findall(r"`tampu ([a-z]+)", text):
        assert command in subcommands, f"{document.name} names tampu {command}"


@pytest.mark.parametrize(
    "document", [path for path in DOCUMENTS if path.name == "ARCHITECTURE.md"], ids=name_of
)
def test_every_function_in_the_architecture_exists(document: Path) -> None:
    sources = "\n".join(path.read_text() for path in PRODUCT)
    for name in re.findall(r"`(?:[A-Z]\w+\.)?(\w+)\(\)`", document.read_text()):
        assert re.search(rf"def {name}\b", sources), f"{document.name} names {name}()"


def test_every_setting_stands_in_the_example_and_the_other_way_round() -> None:
    example = (ROOT / "deploy/env.example").read_text()
    named = set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def test_the_changelog_names_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def test_lock_files_name_no_index() -> None:
    for path in (ROOT / "deploy").glob("requirements*.txt"):
        text = path.read_text()
        assert "://" not in text, path.name
        assert "--hash=sha256:" in text


@pytest.mark.parametrize("content", [b"PK\x03\x04"])
def test_made_bytes_are_in_no_test_name(request: pytest.FixtureRequest, content: bytes) -> None:
    assert content
    assert request.node.name.endswith("[content]")
