"""Files that appear whole or not at all, and of which a process that was killed leaves nothing behind.

`src/trace/atomic_file.rs` does the same, with the same names for what is not finished.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_PART = re.compile(r"\.layerwise-(\d+)-.*\.part")


@contextmanager
def whole(target: Path) -> Iterator[BinaryIO]:
    """A file to write, which stands at `target` when the block ends well. Raises OSError."""
    _sweep(target.parent)
    nameless = _nameless(target.parent)
    if nameless is None:
        with _named(target) as out:
            yield out
        return
    with open(nameless, "w+b") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())
        part = _part(target)
        try:
            # A name that is taken gives way to another name alone.
            _link(out.fileno(), part)
            os.replace(part, target)
        except OSError:  # It cannot be named after all.
            out.seek(0)
            with _named(target) as copy:
                shutil.copyfileobj(out, copy)
        finally:
            part.unlink(missing_ok=True)


def _link(file: int, name: Path) -> None:
    folder = os.open(name.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # With a folder's descriptor the link in /proc is followed; without one it is not.
        os.link(f"/proc/self/fd/{file}", name.name, dst_dir_fd=folder)
    finally:
        os.close(folder)


@contextmanager
def _named(target: Path) -> Iterator[BinaryIO]:
    part = _part(target)
    try:
        with open(part, "xb") as out:
            _hold(out.fileno())
            yield out
            out.flush()
            os.fsync(out.fileno())
            os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _nameless(folder: Path) -> int | None:
    """A file that no folder names yet and that can be named; None where a file system has none."""
    if not hasattr(os, "O_TMPFILE"):
        return None
    try:
        file = os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o666)
    except OSError:
        return None
    if not os.path.exists(f"/proc/self/fd/{file}"):
        os.close(file)
        return None
    _hold(file)
    return file


def _part(target: Path) -> Path:
    return target.with_name(f".layerwise-{os.getpid()}-{secrets.token_hex(6)}.part")


def _hold(file: int) -> None:
    """Keep a lock for as long as the process lives: other machines on the folder cannot see it otherwise."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        pass


def _sweep(folder: Path) -> None:
    """Remove unfinished files whose process is gone."""
    try:
        found = [(path, _PART.fullmatch(path.name)) for path in folder.iterdir()]
    except OSError:
        return
    for path, part in found:
        if part and not _lives(int(part[1])):
            try:
                with open(path, "r+b") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.unlink(missing_ok=True)
            except OSError:
                pass  # A folder, another user's, or somebody holds it.


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True
