"""Archives, honest and hostile, made by ourselves."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Mapping

_LOCAL = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_SYMLINK = 0o120777 << 16


def zip_of(members: Mapping[str, bytes], *, comment: bytes = b"", stored: bool = False) -> bytes:
    """An ordinary archive."""
    target = io.BytesIO()
    method = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.comment = comment
    return target.getvalue()


def raw_zip(entries: list[tuple[bytes, bytes, dict[str, int]]]) -> bytes:
    """An archive whose headers say what is wanted: ``size``, ``crc``, ``flags``, ``method``, ``attributes``.

    The content is written as it is given; ``method`` 8 packs it.
    """
    body = b""
    directory = b""
    for name, content, claims in entries:
        method = claims.get("method", 0)
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(content) + packer.flush() if method == 8 else content
        crc, size, flags = (
            claims.get("crc", zlib.crc32(content)),
            claims.get("size", len(content)),
            claims.get("flags", 0),
        )
        shared = (20, flags, method, 0, 33, crc, len(packed), size)
        directory += _ENTRY.pack(
            b"PK\x01\x02", 0x031E, *shared, len(name), 0, 0, 0, 0, claims.get("attributes", 0), len(body)
        )
        directory += name
        body += _LOCAL.pack(b"PK\x03\x04", *shared, len(name), 0) + name + packed
    end = _END.pack(
        b"PK\x05\x06", 0, 0, len(entries) & 0xFFFF, len(entries) & 0xFFFF, len(directory), len(body), 0
    )
    return body + directory + end


def encrypted_zip() -> bytes:
    """One member behind a password and one that is not."""
    return raw_zip([(b"secret.txt", b"x" * 40, {"flags": 1}), (b"open.txt", b"for all to read", {})])


def link_zip() -> bytes:
    """A symbolic link to a file of the machine."""
    return raw_zip([(b"link.txt", b"/etc/passwd", {"attributes": _SYMLINK}), (b"a.txt", b"honest", {})])


def lying_zip() -> bytes:
    """A member that unpacks to more than its header says, and one whose checksum is wrong."""
    return raw_zip(
        [
            (b"lies.txt", b"y" * 5_000_000, {"size": 10, "method": 8}),
            (b"wrong.txt", b"checksum", {"crc": 1}),
            (b"good.txt", b"this one is fine", {}),
        ]
    )


def flat_bomb(megabytes: int = 60) -> bytes:
    """One member of zeros."""
    return zip_of({"zeros.txt": bytes(megabytes * 1_000_000), "note.txt": b"hello"})


def overlapping_bomb(count: int = 500) -> bytes:
    """Many members made of the same packed bytes."""
    one = raw_zip([(b"0", b"0" * 1_000_000, {"method": 8})])
    end = one.rfind(b"PK\x05\x06")
    start = one.find(b"PK\x01\x02")
    entry = one[start:end]
    directory = entry * count
    return one[:start] + directory + _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0)


def nested_zip(depth: int = 5) -> bytes:
    """An archive in an archive in an archive."""
    content = zip_of({"core.txt": b"deep inside"})
    for level in range(depth):
        content = zip_of({f"level{level}.zip": content, f"beside{level}.txt": b"beside"}, stored=True)
    return content


def crowded_zip(count: int) -> bytes:
    """Very many empty members."""
    entry = _ENTRY.pack(b"PK\x01\x02", 20, 20, 0, 0, 0, 33, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"e"
    directory = entry * count
    local = _LOCAL.pack(b"PK\x03\x04", 20, 0, 0, 0, 33, 0, 0, 0, 1, 0) + b"e"
    claimed = min(count, 0xFFFF)
    return local + directory + _END.pack(b"PK\x05\x06", 0, 0, claimed, claimed, len(directory), len(local), 0)


def tar_of(members: Mapping[str, bytes], packing: str = "") -> bytes:
    """A TAR archive; ``packing`` is ``""``, ``"gz"``, ``"bz2"`` or ``"xz"``. A link stands at its end."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode=f"w:{packing}") as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return plain.getvalue()
