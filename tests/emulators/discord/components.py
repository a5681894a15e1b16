"""Buttons under messages: what Discord refuses, and which ones stand there to be pressed."""

from collections.abc import Iterator, Sequence

from tests.emulators.discord.values import Json, invalid

ACTION_ROW, BUTTON = 1, 2
LINK_STYLE, STYLES = 5, range(1, 7)
ROWS_MAX, BUTTONS_MAX, CUSTOM_ID_MAX, LABEL_MAX = 5, 5, 100, 80
BUTTON_FIELDS = frozenset(["type", "id", "style", "label", "emoji", "custom_id", "disabled", "url", "sku_id"])


def check(rows: Sequence[Json]) -> None:
    """Rows of buttons: five rows of at most five, each with an id of its own. Raises 50035."""
    if len(rows) > ROWS_MAX:
        raise invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
    for number, row in enumerate(rows):
        path = f"components.{number}"
        if row.get("type") != ACTION_ROW:
            raise invalid(f"{path}.type", "UNION_TYPE_CHOICES", "Value of field type must be one of (1,).")
        items = row.get("components") or []
        if not 1 <= len(items) <= BUTTONS_MAX:
            raise invalid(f"{path}.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
        for place, item in enumerate(items):
            _check_button(item, f"{path}.components.{place}")
    ids = [item["custom_id"] for item in buttons(rows) if "custom_id" in item]
    if len(set(ids)) != len(ids):
        raise invalid(
            "components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated"
        )


def _check_button(item: Json, path: str) -> None:
    """A known style, a label of at most 80 characters, and an id of at most 100 unless it is a link."""
    for name in item:
        if name not in BUTTON_FIELDS:
            raise invalid(f"{path}.{name}", "UNKNOWN_FIELD", f"This field is not known: {name}")
    if item.get("type") != BUTTON or item.get("style") not in STYLES:
        raise invalid(f"{path}.style", "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
    label = item.get("label") or ""
    if not (label or item.get("emoji")) or len(label) > LABEL_MAX:
        raise invalid(f"{path}.label", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.")
    custom_id = item.get("custom_id")
    named = isinstance(custom_id, str) and 1 <= len(custom_id) <= CUSTOM_ID_MAX
    if not named and item["style"] != LINK_STYLE:
        raise invalid(f"{path}.custom_id", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")


def buttons(rows: Sequence[Json]) -> Iterator[Json]:
    """The buttons of all rows, in order."""
    for row in rows:
        yield from row.get("components") or ()


def pressable(rows: Sequence[Json], label: str) -> str:
    """The id of the button with this label. ``LookupError`` when a person could not press it."""
    for item in buttons(rows):
        if item.get("label") == label and not item.get("disabled") and "custom_id" in item:
            return str(item["custom_id"])
    raise LookupError(f"no button {label!r}: {[item.get('label') for item in buttons(rows)]}")
