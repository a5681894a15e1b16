"""Code and tables that no message can hold in one piece, as files beside it."""

import csv
import io
from collections.abc import Mapping
from types import MappingProxyType

from markdown_it.tree import SyntaxTreeNode

from core.capabilities import Capabilities
from core.markdown.tables import table_rows
from core.markdown.tree import parse
from core.outgoing import OutFile

FILES_OF_TEXT = 2

# By the word behind the fence; anything else is plain text.
_ENDINGS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("bash", "sh", "shell", "zsh"), "sh"),
        **dict.fromkeys(("c", "h"), "c"),
        **dict.fromkeys(("c++", "cpp", "hpp"), "cpp"),
        **dict.fromkeys(("c#", "cs", "csharp"), "cs"),
        **dict.fromkeys(("javascript", "js", "jsx"), "js"),
        **dict.fromkeys(("kotlin", "kt"), "kt"),
        **dict.fromkeys(("markdown", "md"), "md"),
        **dict.fromkeys(("powershell", "ps1"), "ps1"),
        **dict.fromkeys(("py", "python", "python3"), "py"),
        **dict.fromkeys(("rb", "ruby"), "rb"),
        **dict.fromkeys(("rs", "rust"), "rs"),
        **dict.fromkeys(("ts", "tsx", "typescript"), "ts"),
        **dict.fromkeys(("yaml", "yml"), "yaml"),
        **{name: name for name in ("css", "csv", "diff", "go", "html", "ini", "java", "json", "lua", "php")},
        **{name: name for name in ("r", "scala", "sql", "svg", "swift", "tex", "toml", "xml")},
    }
)
_PLAIN = "text/plain"
_CSV = "text/csv"
# A spreadsheet takes what begins so for a formula.
_FORMULA = ("=", "+", "@", "\t", "\r")


def too_long_for_one(markdown: str, capabilities: Capabilities) -> tuple[OutFile, ...]:
    """The first code blocks and tables of a text that one message cannot hold: code as it is, tables as CSV.

    None where the platform takes no files, or where the whole text fits.
    """
    fits = capabilities.measure(markdown) <= capabilities.max_message
    if fits or not capabilities.max_file:
        return ()
    lines = markdown.split("\n")
    found: list[OutFile] = []
    for node in parse(markdown).children:
        if node.type not in {"fence", "table"} or node.map is None:
            continue
        if capabilities.measure("\n".join(lines[slice(*node.map)])) > capabilities.max_message:
            found.append(_code(node) if node.type == "fence" else _table(node))
    return _numbered(found[:FILES_OF_TEXT])


def _code(node: SyntaxTreeNode) -> OutFile:
    language = node.info.split()[0].lower() if node.info.strip() else ""
    return OutFile(f"code.{_ENDINGS.get(language, 'txt')}", _PLAIN, node.content.encode("utf-8", "replace"))


def _table(node: SyntaxTreeNode) -> OutFile:
    sink = io.StringIO()
    csv.writer(sink).writerows([_as_data(cell) for cell in row] for row in table_rows(node))
    # With the mark a spreadsheet reads it as UTF-8.
    return OutFile("table.csv", _CSV, sink.getvalue().encode("utf-8-sig", "replace"))


def _as_data(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _numbered(files: list[OutFile]) -> tuple[OutFile, ...]:
    """Files of one name told apart: ``code.py``, ``code-2.py``."""
    named: list[OutFile] = []
    for file in files:
        same = sum(other.name.partition(".")[2] == file.name.partition(".")[2] for other in named)
        stem, _, ending = file.name.partition(".")
        name = f"{stem}-{same + 1}.{ending}" if same else file.name
        named.append(OutFile(name, file.mime, file.content))
    return tuple(named)
