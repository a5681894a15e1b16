"""Forms whose pages are not in the PDF: Adobe's programs make them anew, from an XML inside (XFA 3.3).

The pages that are there say that one shall wait, or get another program. What was filled in is in the XML.
"""

import ctypes
from collections.abc import Iterator

from lxml import etree

from core.files.readers.office_xml import kind_of
from core.files.readers.pdfium import PdfHandle, raw
from core.files.text import clean

_MAX_BYTES = 16_000_000
_MAX_FIELDS = 2_000
_MAX_PACKETS = 50
_MAX_NAME = 40
_MAX_LEVELS = 3
"""So many names lead to a value: of the part, of the group, of the field."""


def is_made_anew(pdf: PdfHandle) -> bool:
    """Whether it is such a form."""
    return bool(raw.FPDF_GetFormType(pdf) == raw.FORMTYPE_XFA_FULL)


def filled_in(pdf: PdfHandle) -> str:
    """What was filled in, as a Markdown list; empty when nothing was."""
    fields = [line for packet in _packets(pdf, "datasets") for line in _fields(packet)]
    return "Form fields:\n" + "\n".join(fields[:_MAX_FIELDS]) if fields else ""


def _packets(pdf: PdfHandle, wanted: str) -> Iterator[bytes]:
    for index in range(min(raw.FPDF_GetXFAPacketCount(pdf), _MAX_PACKETS)):
        name = ctypes.create_string_buffer(_MAX_NAME)
        raw.FPDF_GetXFAPacketName(pdf, index, name, _MAX_NAME)
        size = ctypes.c_ulong()
        raw.FPDF_GetXFAPacketContent(pdf, index, None, 0, size)
        if name.value == wanted.encode() and 0 < size.value <= _MAX_BYTES:
            packet = ctypes.create_string_buffer(size.value)
            raw.FPDF_GetXFAPacketContent(pdf, index, packet, size.value, size)
            yield packet.raw


def _fields(packet: bytes) -> Iterator[str]:
    # These files are often not quite XML, such as by a bare "&"; Adobe reads them nevertheless.
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    root = etree.fromstring(packet, parser)
    for data in root.iterfind("{*}data") if root is not None else ():
        for element in data.iterdescendants("*"):
            value = " ".join(clean(element.text or "").split())
            if value and not len(element):
                yield f"- {_path(element)}: {value}"


def _path(element: etree._Element) -> str:
    above = [kind_of(one) for one in element.iterancestors()]
    # The last three are the form, the data, and the sets of it.
    return ".".join(reversed([kind_of(element), *above[:-3]][:_MAX_LEVELS]))
