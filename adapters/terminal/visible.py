"""Text from a model or a file, made safe to write to a terminal.

A terminal obeys control characters: they can rename its window, hide text, or type for the person.
"""

_PICTURES = 0x2400
_DELETE = 0x7F
_C1 = range(0x80, 0xA0)
# Marks that reorder what stands around them: text could read otherwise than it is.
_REORDERING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))

_SHOWN: dict[int, str] = {code: chr(_PICTURES + code) for code in range(0x20) if chr(code) not in "\n\t"}
_SHOWN |= dict.fromkeys(_C1, "\ufffd")
_SHOWN |= dict.fromkeys(_REORDERING, "")
_SHOWN |= {_DELETE: "\u2421", ord("\r"): ""}


def visible(text: str) -> str:
    """The text with control characters as pictures of themselves; line breaks and tabs stay.

    Works character by character: what has been shown of a text is still its beginning when it grows.
    """
    return text.translate(_SHOWN)
