"""Office files from before 2007, and new ones behind a password: both come in the same old container.

They are not read, but it is said what they are and what helps.
"""

from typing import NoReturn

from core.errors import FileError
from core.files.compound import compound_names
from core.files.limits import FileLimits
from core.files.readers import faults

# MS-OFFCRYPTO 1.3, MS-DOC 2.1, MS-PPT 2.1, MS-XLS 2.1, MS-OXMSG 2.4
_LOCKED = "encryptedpackage"
# Excel 2, 3 and 4 needed no container: how the first record of such a file begins.
_FIRST_EXCEL = (b"\x09\x00", b"\x09\x02", b"\x09\x04")
_KINDS = (
    ("worddocument", "Word", ".docx"),
    ("powerpoint document", "PowerPoint", ".pptx"),
    ("workbook", "Excel", ".xlsx"),
    ("__properties_version1.0", "Outlook", ".eml"),
)


def read(content: bytes, name: str, limits: FileLimits) -> NoReturn:  # noqa: ARG001 - as every reader
    """Refuse it. Raises ``FileError``, always."""
    if content.startswith(_FIRST_EXCEL):
        raise FileError(faults.outdated(name, "Excel", ".xlsx"))
    with faults.as_file_errors(name):
        names = compound_names(content)
    if _LOCKED in names:
        raise FileError(faults.locked(name))
    for entry, program, ending in _KINDS:
        if entry in names:
            raise FileError(faults.outdated(name, program, ending))
    raise FileError(faults.outdated(name, "Office", ".docx, .pptx or .xlsx"))
