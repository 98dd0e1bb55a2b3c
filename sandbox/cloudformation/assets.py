"""The files that a deployment uploads."""

import io
import zipfile
from functools import lru_cache
from pathlib import Path

LARGEST = 20_000_000
"""An asset above this size that only a layer uses is not worth its bytes in process: its names stand for it."""


def content(source: Path, packaging: str, key: str, *, marker: bool) -> bytes:
    """What is uploaded as `key` for an asset: a file, or the zip of a folder; with `marker` a large folder's files have names only."""
    return _zipped(source, key, marker=marker) if packaging == "zip" else source.read_bytes()


@lru_cache(maxsize=8)
def _zipped(folder: Path, _key: str, *, marker: bool) -> bytes:
    """The folder as a zip, which is the same for the same files, and made once for the key that the CDK gives them."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    empty = marker and sum(path.stat().st_size for path in files) > LARGEST
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in files:
            archive.writestr(zipfile.ZipInfo(str(path.relative_to(folder))), b"" if empty else path.read_bytes())
    return content.getvalue()
