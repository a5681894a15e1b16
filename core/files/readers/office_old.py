"""Office files from before 2007, and new ones behind a password: both come in the same old container.

They are not read, but it is said what they are and what helps.
"""

from typing import NoReturn

from core.errors import FileError
from core.files.limits import FileLimits
from core.files.readers import faults

# MS-CFB 2.6.1: names of entries are UTF-16, so they can be found without a parser.
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_KINDS = (
    ("WordDocument".encode("utf-16-le"), "Word", ".docx"),
    ("PowerPoint Document".encode("utf-16-le"), "PowerPoint", ".pptx"),
    ("Workbook".encode("utf-16-le"), "Excel", ".xlsx"),
    ("__properties_version1".encode("utf-16-le"), "Outlook", ".eml"),
)


def read(content: bytes, name: str, limits: FileLimits) -> NoReturn:  # noqa: ARG001 - as every reader
    """Refuse it. Raises ``FileError``, always."""
    if _LOCKED in content:
        raise FileError(faults.locked(name))
    for entry, program, ending in _KINDS:
        if entry in content:
            raise FileError(faults.outdated(name, program, ending))
    raise FileError(faults.outdated(name, "Office", ".docx, .pptx or .xlsx"))
