"""Opening the database: its folder, its lock, its pragmas."""

import asyncio
import fcntl
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
import structlog

from core.errors import DatabaseInUse, StoreError

PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA secure_delete = ON",
    "PRAGMA journal_size_limit = 67108864",
)

_OTHERS = 0o077

log = structlog.get_logger()


def prepare_folder(folder: Path) -> None:
    """Make the data folder, or close it to all but its owner. Raises ``StoreError``."""
    database = folder / "tampu.db"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        was = stat.S_IMODE(folder.stat().st_mode)
        folder.chmod(0o700)
        database.touch(mode=0o600)
        for path in folder.glob("tampu.*"):
            path.chmod(0o600)
    except OSError as error:
        raise _unusable(folder, error) from error
    if was & _OTHERS:
        log.warning("store.closed_to_others", folder=str(folder), was=f"{was:04o}", now="0700")


def _unusable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"The data folder {folder} cannot be used ({error.strerror}): "
        "set TAMPU_DATA_DIR to one that can be written."
    )


@asynccontextmanager
async def owned(folder: Path) -> AsyncIterator[None]:
    """Hold the folder for this process. Raises ``DatabaseInUse`` when another one has it.

    The lock is the kernel's: it ends with the process, however that ends.
    """
    descriptor = await asyncio.to_thread(_lock, folder)
    try:
        yield
    finally:
        await asyncio.to_thread(os.close, descriptor)


def _lock(folder: Path) -> int:
    try:
        descriptor = os.open(folder / "tampu.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise DatabaseInUse(
            f"Another Tampu (process {holder}) already uses {folder}: stop it first, "
            "or set TAMPU_DATA_DIR to another folder."
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
    return descriptor


@asynccontextmanager
async def connected(path: Path, *, read_only: bool = False) -> AsyncIterator[aiosqlite.Connection]:
    """Open a connection that leaves transactions to us, and close it.

    One that a failure left open would keep its thread, and with it the process, from ending.
    """
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        for pragma in PRAGMAS:
            await connection.execute(pragma)
        if read_only:
            await connection.execute("PRAGMA query_only = ON")
        yield connection


@asynccontextmanager
async def connected_to_read(path: Path, *, is_settled: bool) -> AsyncIterator[aiosqlite.Connection]:
    """Open a connection beside the one who owns the database, and close it.

    Nothing is made or changed: no folder, no lock, no log of the database's own. ``is_settled``
    says that it has no log; looking for one would make one.
    """
    address = await asyncio.to_thread(_address, path, "immutable=1" if is_settled else "mode=ro")
    async with aiosqlite.connect(address, uri=True, isolation_level=None) as connection:
        await connection.execute("PRAGMA query_only = ON")
        yield connection


def _address(path: Path, how: str) -> str:
    return f"{path.absolute().as_uri()}?{how}"
