"""A PDF whose end is missing, given a new one.

PDFium finds the objects of a damaged file by itself, but not where to begin: that stands at the end. The
catalog names its type, so it can be found, unless it is packed into an object stream.
"""

import re

_CATALOG = re.compile(rb"(\d{1,10})\s+(\d{1,5})\s+obj\b[^>]{0,400}?/Type\s*/Catalog\b")


def repaired(content: bytes) -> bytes | None:
    """The file with a trailer that points to its newest catalog; ``None`` if none is to be seen."""
    catalogs = _CATALOG.findall(content)
    if not catalogs or b"/Encrypt" in content:
        return None
    number, generation = map(int, catalogs[-1])
    objects, ending, table = content.rpartition(b"endobj")
    if table.lstrip().startswith(b"xref"):
        # A table that breaks off in a string would take the new trailer for a part of it.
        content = objects + ending
    return content + b"\nendstream\nendobj\ntrailer\n<</Root %d %d R>>\nstartxref\n0\n%%%%EOF\n" % (
        number,
        generation,
    )
