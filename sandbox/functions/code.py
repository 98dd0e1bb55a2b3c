"""Deployed code, unpacked once for each hash."""

import atexit
import hashlib
import io
import shutil
import tempfile
import zipfile
from functools import cache
from pathlib import Path


def unpacked(archive: bytes) -> Path:
    """The folder that holds the files of the zip `archive`; the same bytes give the same folder, which lasts as long as the process."""
    folder = _root() / hashlib.sha256(archive).hexdigest()[:32]
    if not folder.exists():
        with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
            zipped.extractall(folder)
    return folder


@cache
def _root() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="sandbox-functions-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
