"""Linux's own walls around a process that has no privileges: which files it may open, and for what.

It reads where programs and their libraries are, and nothing else: no database, no settings, no key. It writes
nowhere, connects to nobody over TCP and signals nobody outside, as far as the kernel knows these walls
(docs.kernel.org, "Landlock: unprivileged access control"; Linux 5.13, 6.7 for TCP, 6.12 for signals).
"""

import ctypes
import os
import struct
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

# The same numbers on every machine (asm-generic/unistd.h).
_CREATE: Final = 444
_ADD_RULE: Final = 445
_RESTRICT: Final = 446
_ASK_VERSION: Final = 1
_PATH_BENEATH: Final = 1

# linux/landlock.h. Of files, what each version of the interface can forbid; what may be done in a folder.
_FORBIDDEN: Final = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_READ_FILE: Final = 1 << 2
_READ_FOLDER: Final = 1 << 3
_NET: Final = 0b11
_SCOPES: Final = 0b11
_NET_SINCE: Final = 4
_SCOPES_SINCE: Final = 6

_PACKAGES: Final = frozenset({"site-packages", "dist-packages"})
_SYSTEM: Final = (
    *("/usr", "/lib", "/lib64", "/nix/store", "/etc/ld.so.cache"),
    *("/etc/mime.types", "/etc/localtime", "/dev/null", "/dev/urandom"),
)


def places_of_programs() -> tuple[Path, ...]:
    """Where this interpreter, its libraries and this package are read from."""
    ours = Path(__file__).parents[1]
    packages = [path for path in map(Path, sys.path) if path.name in _PACKAGES]
    return (Path(sys.prefix), Path(sys.base_prefix), ours, *packages, *map(Path, _SYSTEM))


def wall_in(readable: Iterable[Path]) -> bool:
    """Let this process read below these places only; false where the kernel has no such walls.

    Call it behind ``PR_SET_NO_NEW_PRIVS``, and before there is a second thread.
    """
    call = ctypes.CDLL(None, use_errno=True).syscall
    version = call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    if version < 1:
        return False
    forbidden = max(_FORBIDDEN[known] for known in _FORBIDDEN if known <= version)
    net = _NET if version >= _NET_SINCE else 0
    scopes = _SCOPES if version >= _SCOPES_SINCE else 0
    numbers = [forbidden, *([net] if net else []), *([scopes] if scopes else [])]
    rules = struct.pack(f"={len(numbers)}Q", *numbers)
    walls = call(_CREATE, rules, ctypes.c_size_t(len(rules)), ctypes.c_uint32(0))
    if walls < 0:
        return False
    try:
        for place in readable:
            with suppress(OSError):  # what is not there needs no door
                _open_door(call, walls, place)
        return bool(call(_RESTRICT, walls, ctypes.c_uint32(0)) == 0)
    finally:
        os.close(walls)


def _open_door(call: Callable[..., int], walls: int, place: Path) -> None:
    opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = _READ_FILE | (_READ_FOLDER if place.is_dir() else 0)
        rule = struct.pack("=Qi", allowed, opened)
        if call(_ADD_RULE, walls, ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0)):
            raise OSError(ctypes.get_errno(), "landlock_add_rule", str(place))
    finally:
        os.close(opened)
