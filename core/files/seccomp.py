"""What a worker may not ask of Linux at all: another process, another program, a socket, a look into others.

Threads stay: some decoders do not work without. (docs.kernel.org, "Seccomp BPF".)
"""

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_PR_SET_SECCOMP: Final = 22
_MODE_FILTER: Final = 2

# linux/bpf_common.h and linux/seccomp.h
_LOAD: Final = 0x20
_IF_EQUAL: Final = 0x15
_IF_AT_LEAST: Final = 0x35
_IF_BITS: Final = 0x45
_RETURN: Final = 0x06
_KILL: Final = 0x8000_0000
_REFUSE: Final = 0x0005_0000
_ALLOW: Final = 0x7FFF_0000
_NUMBER, _MACHINE, _FIRST_ARGUMENT = 0, 4, 16

_CLONE3: Final = 435
_OTHER_NUMBERS: Final = 0x4000_0000  # x86's x32
_CLONE_THREAD: Final = 0x0001_0000


@dataclass(frozen=True, slots=True)
class _Calls:
    """A machine's name for itself (linux/audit.h) and its numbers of system calls."""

    machine: int
    clone: int
    refused: tuple[int, ...]


# Refused: fork and vfork where they are, execve, execveat, ptrace, socket, process_vm_readv and _writev,
# io_uring_setup, which could do the same by another way.
_CALLS: Final = {
    "x86_64": _Calls(0xC000_003E, 56, (57, 58, 59, 322, 101, 41, 310, 311, 425)),
    "aarch64": _Calls(0xC000_00B7, 220, (221, 281, 117, 198, 270, 271, 425)),
}


def refuse_calls() -> bool:
    """Have the kernel refuse them for good; false where that is not known or not possible.

    Call it behind ``PR_SET_NO_NEW_PRIVS``.
    """
    calls = _CALLS.get(os.uname().machine)
    if calls is None or sys.byteorder != "little":
        return False
    steps = list(_steps(calls))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    return bool(ctypes.CDLL(None).prctl(_PR_SET_SECCOMP, _MODE_FILTER, program, 0, 0) == 0)


def _steps(calls: _Calls) -> Iterator[tuple[int, int, int, int]]:
    """The filter: what to do, how many steps to leave out if so and if not, and a number."""
    yield _LOAD, 0, 0, _MACHINE
    yield _IF_EQUAL, 1, 0, calls.machine
    yield _RETURN, 0, 0, _KILL
    yield _LOAD, 0, 0, _NUMBER
    yield _IF_AT_LEAST, 0, 1, _OTHER_NUMBERS
    yield _RETURN, 0, 0, _REFUSE | errno.EPERM
    for number in calls.refused:
        yield _IF_EQUAL, 0, 1, number
        yield _RETURN, 0, 0, _REFUSE | errno.EPERM
    # What it asks for is out of a filter's sight; the C library then takes the older call.
    yield _IF_EQUAL, 0, 1, _CLONE3
    yield _RETURN, 0, 0, _REFUSE | errno.ENOSYS
    yield _IF_EQUAL, 0, 3, calls.clone
    yield _LOAD, 0, 0, _FIRST_ARGUMENT
    yield _IF_BITS, 1, 0, _CLONE_THREAD
    yield _RETURN, 0, 0, _REFUSE | errno.EPERM
    yield _RETURN, 0, 0, _ALLOW
