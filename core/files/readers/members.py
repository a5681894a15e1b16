"""What archives hold: the members of ZIP and TAR, listed without unpacking, unpacked with every byte counted.

Nothing is ever written to a disk, so a member's path is a name and no more.
"""

import bz2
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from core.errors import FileError
from core.files.limits import FileLimits
from core.files.notes import damaged, shown_name
from core.files.readers import faults
from core.files.readers.member_names import true_names

_ENTRY: Final = b"PK\x01\x02"
_END: Final = b"PK\x05\x06"
_ENCRYPTED = 0x1
_HEADER_BYTES = 30  # ZIP APPNOTE 4.3.7: a member's own header, without its name
_CHUNK = 1 << 16
_MAX_RATIO = 300
_SMALL = 10_000_000
_LZMA_MEMORY = 64 << 20
_USTAR = slice(257, 262)


@dataclass(frozen=True, slots=True)
class Member:
    """``path`` is as it was written, ``size`` what its header claims in bytes.

    ``obstacle`` says in a few words why it is not read, if it is not. ``unpack`` gives at most so many
    bytes, and raises ``FileError`` when there are more or it is damaged.
    """

    path: str
    size: int
    unpack: Callable[[int], bytes]
    obstacle: str = ""


def zip_members(content: bytes, name: str, limits: FileLimits) -> tuple[Member, ...]:
    """All members in the archive's order. Raises ``FileError``, also when members share their bytes."""
    end = content.rfind(_END)
    size = int.from_bytes(content[end + 12 : end + 16], "little") if end >= 0 else len(content)
    if content.count(_ENTRY, max(0, end - size)) > limits.max_members:
        raise FileError(faults.too_many_members(name, limits.max_members))
    with faults.as_file_errors(name):
        archive = zipfile.ZipFile(io.BytesIO(content))
        infos = archive.infolist()
        if _overlap(infos):
            raise FileError(faults.bomb(name))
        files = [info for info in infos if not info.is_dir()]
        return tuple(map(partial(_zip_member, archive), files, true_names(files)))


def tar_members(content: bytes, name: str, limits: FileLimits) -> tuple[Member, ...]:
    """All members of an archive that is not packed. Raises ``FileError``."""
    members: list[Member] = []
    with faults.as_file_errors(name):
        archive = tarfile.open(fileobj=io.BytesIO(content), mode="r:")  # noqa: SIM115 - members are read later
        for info in archive:
            if info.isdir():
                continue
            if len(members) == limits.max_members:
                raise FileError(faults.too_many_members(name, limits.max_members))
            members.append(_tar_member(archive, info))
    return tuple(members)


def is_tar(content: bytes) -> bool:
    """Whether it is a TAR archive, by the mark in its first header."""
    return content[_USTAR] == b"ustar"


def unpacked(content: bytes, label: str, name: str, limits: FileLimits) -> bytes:
    """The one stream in a gzip, bzip2 or xz file. Raises ``FileError`` when it is too long or damaged."""
    makers: dict[str, Callable[[], _Unpacker]] = {
        "gzip": lambda: zlib.decompressobj(wbits=31),
        "bzip2": bz2.BZ2Decompressor,
        "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_LZMA_MEMORY),
    }
    make = makers[label]
    pieces: list[bytes] = []
    size = 0
    with faults.as_file_errors(name):
        rest = content
        while rest and (not pieces or rest.strip(b"\x00")):
            unpacker = make()
            while not unpacker.eof:
                piece = unpacker.decompress(rest, _CHUNK)
                rest = getattr(unpacker, "unconsumed_tail", b"")
                if not piece and not rest and not unpacker.eof:
                    raise FileError(damaged(name))
                size += len(piece)
                _check(size, len(content), name, limits.max_unpacked_bytes)
                pieces.append(piece)
            rest = unpacker.unused_data
    return b"".join(pieces)


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def _check(size: int, packed: int, name: str, most: int) -> None:
    if size > most:
        raise FileError(faults.unpacks_too_far(name, most))
    if size > _SMALL and size > _MAX_RATIO * packed:
        raise FileError(faults.bomb(name))


def _overlap(infos: Sequence[zipfile.ZipInfo]) -> bool:
    """Whether two members are made of the same bytes, as in a bomb that is small and flat."""
    end = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        if info.header_offset < end:
            return True
        end = info.header_offset + _HEADER_BYTES + info.compress_size
    return False


def _zip_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: str) -> Member:
    name = shown_name(path)

    def unpack(most: int) -> bytes:
        with faults.as_file_errors(name):
            pieces = []
            size = 0
            with archive.open(info) as member:
                while piece := member.read(_CHUNK):
                    size += len(piece)
                    _check(size, info.compress_size, name, most)
                    pieces.append(piece)
            return b"".join(pieces)

    return Member(path, info.file_size, unpack, _zip_obstacle(info))


def _zip_obstacle(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _ENCRYPTED:
        return "protected by a password"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "a link, not followed"
    # bzip2 and LZMA unpack too slowly, or into too much memory.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "packed in a way that I can't open"
    return ""


def _tar_member(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    name = shown_name(info.name)

    def unpack(most: int) -> bytes:
        with faults.as_file_errors(name):
            _check(info.size, info.size, name, most)
            member = archive.extractfile(info)
            content = member.read(most) if member else b""
            if len(content) != info.size:
                raise FileError(damaged(name))
            return content

    obstacle = "" if info.isreg() else "a link, not followed" if info.issym() or info.islnk() else "no file"
    # A sparse file says how many zeros it would be.
    return Member(info.name, info.size, unpack, "with holes, not read" if info.issparse() else obstacle)
