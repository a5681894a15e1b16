"""``tampu.toml``: its sections, and one clear sentence for whatever is wrong in it."""

import re
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from pathlib import Path
from typing import Final, get_args

from dotenv import dotenv_values
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from bots.budget_file import read_budgets
from bots.hiding import in_address, in_variable
from bots.named_tables import Table, TableError
from bots.policy_file import read_rules
from bots.settings_errors import Place
from bots.settings_values import FallbackServer, ModelRow
from bots.wording import ended, nearest
from core.errors import StartupError
from core.phrases import joined

Fields = Mapping[str, FieldInfo]

SECTIONS: Final = ("slack", "discord", "llama", "moderation", "tampu")
MODELS: Final = "models"
MODELS_FIELD: Final = "llama_models"
RULES_FIELD: Final = "tampu_rules"
BUDGETS_FIELD: Final = "tampu_budgets"
# Tables that may stand there again and again: the setting that they are, and who reads them.
REPEATED: Final[Mapping[str, tuple[str, Callable[[object], object]]]] = {
    "rule": (RULES_FIELD, read_rules),
    "budget": (BUDGETS_FIELD, read_budgets),
}
FALLBACK_FIELD: Final = "llama_fallback"
FOLLOW_UP_FIELD: Final = "tampu_follow_up"
NOT_IN_FILE: Final = frozenset({"tampu_config", MODELS_FIELD, RULES_FIELD, BUDGETS_FIELD})
_OTHERS: Final = 0o077
_POSITION: Final = re.compile(r"^(.*) \(at (.*)\)$", re.DOTALL)


class Kind(Enum):
    """What a value has to be; the value says so to the operator."""

    TEXT = "a text in quotes"
    WHOLE = "a whole number without quotes, such as 120"
    NUMBER = "a number without quotes, such as 0.6"
    FLAG = "true or false, without quotes"


@dataclass(frozen=True, slots=True)
class _Row:
    """A table of the file: its name for people, the keys that it may have, and what stands in it."""

    label: str
    fields: Fields
    values: Table


class SettingsFile:
    """A file of settings; ``fields`` are all settings by their names, such as ``llama_base_url``."""

    def __init__(self, path: Path, fields: Fields) -> None:
        self._path = path
        self._fields = fields
        self._sections = {section: _keys_of(section, fields) for section in SECTIONS}

    def read(self) -> dict[str, object]:
        """The settings by name; empty texts count as not set. Raises ``StartupError``."""
        found: dict[str, object] = {}
        for section, table in self._document().items():
            if section == MODELS:
                found[MODELS_FIELD] = self._models(table)
            elif section in REPEATED:
                name, read = REPEATED[section]
                found[name] = self._repeated(table, read)
            elif section not in self._sections:
                raise self._unknown_section(section, _is_section(table))
            else:
                found.update(self._section(section, table))
        if (secret := _first_secret(found, self._fields)) is not None:
            self._demand_privacy(secret)
        return found

    def _document(self) -> Table:
        try:
            return tomllib.loads(self._path.read_bytes().decode("utf-8-sig"))
        except tomllib.TOMLDecodeError as error:
            at = _POSITION.match(str(error))
            what, where = (at[1], at[2]) if at else (str(error), "an unknown place")
            raise StartupError(f"{self._path} is not TOML at {where}: {what}. Correct it there.") from error
        except RecursionError as error:
            raise StartupError(f"{self._path} is nested too deeply to be read; take that away.") from error
        except UnicodeDecodeError as error:
            raise StartupError(f"{self._path} is not UTF-8 text: save it as UTF-8.") from error
        except OSError as error:
            raise StartupError(
                f"{self._path} cannot be read ({error.strerror}): make it readable, or take it away."
            ) from error

    def _section(self, section: str, table: object) -> Iterator[tuple[str, object]]:
        if not isinstance(table, dict):
            raise self._wrong(f"[{section}]", "a section with keys below it", table)
        row = _Row(f"[{section}]", self._sections[section], table)
        for key, value in table.items():
            name = f"{section}_{key}"
            if name == FALLBACK_FIELD:
                yield name, self._fallbacks(value)
            elif name == FOLLOW_UP_FIELD and isinstance(value, dict):
                if value:
                    yield name, self._follow_up(value)
            else:
                self._check(row, key, value)
                if value != "":
                    yield name, value

    def _fallbacks(self, value: object) -> list[Table]:
        if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
            raise self._wrong("[llama] fallback", "tables of its own, each below [[llama.fallback]]", value)
        return [
            self._checked(_Row(_fallback_label(index), FallbackServer.model_fields, one))
            for index, one in enumerate(value)
        ]

    def _models(self, table: object) -> dict[str, Table]:
        if not isinstance(table, dict):
            raise self._wrong("[models]", 'sections such as [models."llama3.1:8b"]', table)
        rows: dict[str, Table] = {}
        for name, row in table.items():
            if not isinstance(row, dict):
                what = f'a section: write [models."NAME"] and {name} below it'
                raise self._wrong(f"[models] {name}", what, row)
            rows[name] = self._checked(_Row(_model_label(name), ModelRow.model_fields, row))
        return rows

    def _repeated(self, tables: object, read: Callable[[object], object]) -> object:
        try:
            return read(tables)
        except TableError as error:
            raise StartupError(ended(f"{self._path}: {error}")) from error

    def _checked(self, row: _Row) -> Table:
        for key, value in row.values.items():
            self._check(row, key, value)
        return {key: value for key, value in row.values.items() if value != ""}

    def _follow_up(self, table: Table) -> str:
        """The table of channels as the one line that the environment has."""
        ways = []
        for channel, way in table.items():
            if not isinstance(way, str) or set(channel + way) & set(",="):
                what = 'a channel and its way, such as C024BE91L = "interrupt"'
                raise self._wrong(f"[tampu.follow_up] {channel}", what, way)
            ways.append(way if channel == "default" else f"{channel}={way}")
        return ",".join(ways)

    def _check(self, row: _Row, key: str, value: object) -> None:
        field = row.fields.get(key)
        if field is None:
            raise StartupError(f"{self._path}: {row.label} has no setting {key}{self._hint(key, row.fields)}")
        kind = kind_of(field)
        if value != "" and not _fits(value, kind):
            raise self._wrong(f"{row.label} {key}", kind.value, value)

    def _wrong(self, label: str, wanted: str, value: object) -> StartupError:
        return StartupError(f"{self._path}: {label} must be {wanted}, not {_said(value)}.")

    def _unknown_section(self, name: str, is_section: bool) -> StartupError:  # noqa: FBT001 - read in one place
        if not is_section:
            hint = self._hint(name, {})
            return StartupError(f"{self._path}: the setting {name} stands in no section{hint}")
        known = (*SECTIONS, MODELS, *REPEATED)
        close = get_close_matches(name, known, 1)
        meant = f"[[{close[0]}]]" if close and close[0] in REPEATED else f"[{''.join(close)}]"
        also = f"; did you mean {meant}?" if close else f". The sections are {joined(known)}."
        return StartupError(f"{self._path}: there is no section [{name}]{also}")

    def _hint(self, key: str, siblings: Fields) -> str:
        """The end of the sentence that says that there is no such key."""
        for section, fields in self._sections.items():
            own = key.lower().removeprefix(f"{section}_")
            if own in fields and own != key.lower():
                return f"; write {own} under [{section}]."
        if hint := nearest(key, siblings):
            return ended(hint)
        if homes := [f"[{section}]" for section, fields in self._sections.items() if key in fields]:
            return f"; it belongs under {' or '.join(homes)}."
        return f". It has {joined(tuple(siblings))}." if siblings else "."

    def _demand_privacy(self, secret: str) -> None:
        if stat.S_IMODE(self._path.stat().st_mode) & _OTHERS:
            raise StartupError(
                f"{self._path} holds a secret ({secret}) and others on this machine may read it: run "
                f"chmod 600 {self._path}, or move the secret to the environment."
            )


def caution_of(path: Path) -> str:
    """What to say of a file of NAME=value lines with secrets that others may read; empty for nothing."""
    try:
        is_private = not stat.S_IMODE(path.stat().st_mode) & _OTHERS
        lines = dotenv_values(path, encoding="utf-8").items()
    except (OSError, UnicodeDecodeError):
        return ""
    names = [name for name, value in lines if value and any(in_variable(name, value))]
    if is_private or not names:
        return ""
    return f"{path} holds a secret ({names[0]}) and others on this machine may read it: run chmod 600 {path}."


def label_of(place: Place) -> str:
    """Where a setting stands in the file, such as ``[llama] base_url``."""
    name, *rest = place
    if name == MODELS_FIELD:
        return " ".join([_model_label(str(rest[0])) if rest else "[models]", *map(str, rest[1:])])
    if name == FALLBACK_FIELD and rest:
        return " ".join([_fallback_label(int(rest[0])), *map(str, rest[1:])])
    for section, (field, _) in REPEATED.items():
        if name == field:
            return f"[[{section}]]"
    section, _, key = str(name).partition("_")
    return f"[{section}] {key}"


def kind_of(field: FieldInfo) -> Kind:
    """What a setting's value has to be in the file."""
    kinds = set(get_args(field.annotation)) or {field.annotation}
    if bool in kinds:
        return Kind.FLAG
    if int in kinds:
        return Kind.WHOLE
    return Kind.NUMBER if float in kinds else Kind.TEXT


def _keys_of(section: str, fields: Fields) -> Fields:
    start = f"{section}_"
    return {
        name.removeprefix(start): field
        for name, field in fields.items()
        if name.startswith(start) and name not in NOT_IN_FILE
    }


def _is_section(value: object) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
    )


def _fits(value: object, kind: Kind) -> bool:
    if isinstance(value, bool):
        return kind is Kind.FLAG
    if isinstance(value, int):
        return kind in (Kind.WHOLE, Kind.NUMBER)
    if isinstance(value, float):
        return kind is Kind.NUMBER
    return isinstance(value, str) and kind is Kind.TEXT


def _said(value: object) -> str:
    """What a value is, without telling it: it may be a secret."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    if isinstance(value, list):
        return "a list"
    return "a section" if isinstance(value, dict) else "a date"


def _first_secret(found: Table, fields: Fields) -> str | None:
    for name, value in found.items():
        has_address = isinstance(value, str) and "://" in value
        if SecretStr in get_args(fields[name].annotation) or (has_address and any(in_address(str(value)))):
            return label_of((name,))
    fallbacks = found.get(FALLBACK_FIELD)
    if isinstance(fallbacks, list):
        for index, one in enumerate(fallbacks):
            if one.get("api_key"):
                return f"{_fallback_label(index)} api_key"
            if any(in_address(str(one.get("base_url", "")))):
                return f"{_fallback_label(index)} base_url"
    return None


def _fallback_label(index: int) -> str:
    return f"[[llama.fallback]] number {index + 1}"


def _model_label(name: str) -> str:
    return f'[models."{name}"]'
