"""What people ticked or chose in the form fields of a Word document (ECMA-376 part 1, 17.16.17)."""

from lxml import etree

from core.files.readers.office_xml import attribute, child, each, is_on, value

_TICKED, _EMPTY = "☒", "☐"


def form_field(begin: etree._Element) -> str:
    """The box or the choice of a field, by the mark that begins it; a field of text has a text of its own."""
    data = child(begin, "ffData")
    box, choices = child(data, "checkBox"), child(data, "ddList")
    if box is not None:
        said = "default" if child(box, "checked") is None else "checked"
        return _TICKED if is_on(box, said) else _EMPTY
    if choices is not None:
        return _chosen(choices)
    return ""


def _chosen(choices: etree._Element) -> str:
    entries = [attribute(entry, "val") for entry in each(choices, "listEntry")]
    number = value(choices, "result") or value(choices, "default", default="0")
    return entries[int(number)] if number.isdecimal() and int(number) < len(entries) else ""
