"""The files that a deployment uploads."""

import io
import zipfile
from functools import lru_cache
from pathlib import Path

LARGEST = 20_000_000
"""An asset above this size that only a layer uses is not worth its bytes in process: its names stand for it."""


def content(source: Path, packaging: str, *, marker: bool) -> bytes:
    """What is uploaded for an asset: a file, or the zip of a folder; with `marker` a large folder's files have names only."""
    if packaging == "zip":
        size = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
        return _zipped(source, empty=marker and size > LARGEST)
    return source.read_bytes()


@lru_cache(maxsize=8)
def _zipped(folder: Path, *, empty: bool) -> bytes:
    """The folder as a zip, which is the same for the same files; with `empty` nothing is in them."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), b"" if empty else path.read_bytes())
    return content.getvalue()
