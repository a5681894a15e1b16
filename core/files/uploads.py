"""Files that came together with their message, read back from the store."""

from core.errors import FileError
from core.message import Attachment
from core.ports import Library


async def read_upload(library: Library, attachment: Attachment, max_bytes: int) -> bytes:
    """The bytes that came with the message. Raises ``FileError``."""
    content = await library.upload(attachment.id)
    if content is None:
        raise FileError(f"{attachment.name} is no longer here. Please attach it again.")
    if len(content) > max_bytes:
        raise FileError(f"{attachment.name} is larger than {max_bytes / 2**20:.0f} MB, the most that I read.")
    return content
