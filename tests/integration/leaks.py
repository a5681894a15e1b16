"""Finds secrets in bytes, whole or in part: plain, in base64 or hex, encoded for an address, HTML or JSON.

It knows nothing of how the product hides them.
"""

import base64
import html
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

# A shorter piece of a secret helps nobody, and may be a word.
PIECE = 14


def forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """What a piece of a secret may look like."""
    raw = secret.encode()
    yield "plain", raw
    yield "address", quote(secret, safe="").encode()
    yield "address", quote_plus(secret).encode()
    yield "address", "".join(f"%{byte:02X}" for byte in raw).encode()
    yield "address", "".join(f"%{byte:02x}" for byte in raw).encode()
    yield "hex", raw.hex().encode()
    yield "html", html.escape(secret).encode()
    yield "json", json.dumps(secret)[1:-1].encode()
    yield "json", "".join(f"\\u{ord(char):04x}" for char in secret).encode()
    yield "utf-16", secret.encode("utf-16-le")
    for before in range(3):
        whole = base64.b64encode(bytes(before) + raw)
        # The characters at its ends are made of what stands beside it as well.
        inside = whole[before + (before > 0) : (before + len(raw)) * 4 // 3]
        yield "base64", inside
        yield "base64", inside.translate(bytes.maketrans(b"+/", b"-_"))


class Detector:
    """Knows secrets by their names."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._needles: dict[bytes, str] = {}
        for name, secret in secrets.items():
            for first in range(max(1, len(secret) - PIECE + 1)):
                for form, needle in forms(secret[first : first + PIECE]):
                    self._needles.setdefault(needle, f"{name} ({form})")

    def found(self, text: bytes | str) -> set[str]:
        """Which secrets stand in it, and how."""
        content = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        return {name for needle, name in self._needles.items() if needle in content}

    def found_in(self, folder: Path) -> set[str]:
        """Which secrets stand in any file below a folder, or in its name."""
        found: set[str] = set()
        for path in sorted(folder.rglob("*")):
            content = path.read_bytes() if path.is_file() else b""
            found |= {f"{path.name}: {one}" for one in self.found(path.name) | self.found(content)}
        return found
