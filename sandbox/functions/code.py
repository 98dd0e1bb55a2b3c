"""Deployed code, unpacked once for each hash, each of its files compiled once for each hash."""

import atexit
import hashlib
import io
import py_compile
import shutil
import tempfile
import zipfile
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path


def unpacked(archive: bytes) -> Path:
    """The folder that holds the files of the zip `archive`; the same bytes give the same folder, which lasts as long as the process."""
    folder = _root() / _digest(archive)
    if not folder.exists():
        with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
            zipped.extractall(folder)
        for file in folder.rglob("*.py"):
            _compile(file)
    return folder


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
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
