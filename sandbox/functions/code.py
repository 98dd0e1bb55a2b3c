"""Deployed code, unpacked once for each hash and not to be written to, each of its files compiled once for each hash."""

import atexit
import hashlib
import io
import os
import py_compile
import shutil
import tempfile
import zipfile
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path

Listing = dict[str, tuple[int, int]]
"""Files and folders with their sizes and times of change."""

_UNPACKED: dict[Path, Listing] = {}


def unpacked(archive: bytes) -> Path:
    """The folder that holds the files of the zip `archive`; the same bytes give the same folder, which lasts as long as the process.

    It is read-only, as on Lambda. Root may write all the same: a folder that was written to is unpacked anew.
    """
    folder = _root() / _digest(archive)
    if folder not in _UNPACKED or not folder.exists() or _UNPACKED[folder] != _listing(folder):
        _remove(folder)
        with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
            zipped.extractall(folder)
        for file in folder.rglob("*.py"):
            _compile(file)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        _UNPACKED[folder] = _listing(folder)
    return folder


def _listing(folder: str | Path) -> Listing:
    found: Listing = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            status = entry.stat(follow_symlinks=False)
            found[entry.path] = (status.st_size, status.st_mtime_ns)
            if entry.is_dir(follow_symlinks=False) and entry.name != "__pycache__":  # half of all files, and nobody writes only there
                found |= _listing(entry.path)
    return found


def _remove(folder: Path) -> None:
    """Remove a folder and what is in it, read-only or not."""
    if folder.exists():
        for path, _, _ in os.walk(folder):
            Path(path).chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)


def _compile(file: Path) -> None:
    """Put a file's bytecode where Python looks for it; what cannot be compiled is left to whoever imports it."""
    compiled, wanted = _root() / "compiled" / f"{_digest(file.read_bytes())}.pyc", Path(cache_from_source(str(file)))
    if not compiled.exists():
        unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH  # whatever path and time the file has
        py_compile.compile(str(file), cfile=str(compiled), quiet=2, invalidation_mode=unchecked)
    if compiled.exists():
        wanted.parent.mkdir(exist_ok=True)
        shutil.copyfile(compiled, wanted)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


@cache
def _root() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sandbox-functions-"))
    atexit.register(_remove, folder)
    return folder
