"""The layer with the functions' dependencies, built without Docker: wheels for Lambda's platform, trimmed to what is used."""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "functions" / "requirements.txt"
CACHE = ROOT / ".cache" / "layer"
SERVICES = frozenset({"ec2", "kms", "lambda", "rbin", "s3", "sqs", "sts"})
"""The AWS services whose API descriptions the functions need."""

_INSTALL = (
    *(sys.executable, "-m", "uv", "pip", "install", "--quiet"),
    *("--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.13"),
    *("--only-binary", ":all:", "--require-hashes", "--no-deps", "--link-mode", "copy"),
    *("--requirements", str(REQUIREMENTS)),
)


def build() -> Path:
    """The layer's folder, built when the requirements or this file changed. Raises CalledProcessError when a package cannot be had."""
    layer = CACHE / hashlib.sha256(REQUIREMENTS.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "lock"):
        if not layer.exists():
            _build(layer)
    return layer


def _build(layer: Path) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        packages = Path(scratch) / "layer" / "python"
        subprocess.run([*_INSTALL, "--target", packages], check=True)  # noqa: S603 (all of it is written above)
        for superfluous in _superfluous(packages):
            _remove(superfluous)
        size = sum(file.stat().st_size for file in packages.rglob("*"))
        packages.parent.rename(layer)
    print(f"Built the layer of functions/requirements.txt: {size / 1e6:.1f} MB unzipped", file=sys.stderr)  # noqa: T201 - whoever synthesizes waits for it


def _superfluous(packages: Path) -> Iterator[Path]:
    """What Lambda does without: other services' descriptions, older ones of ours, resource models, installers' notes, command line scripts."""
    for service in _folders(packages / "botocore" / "data"):
        if service.name in SERVICES:
            yield from sorted(_folders(service))[:-1]
        else:
            yield service
    yield from (packages / "boto3" / "data", packages / "boto3" / "examples", packages / "bin", packages / ".lock")
    for info in packages.glob("*.dist-info"):
        yield from (entry for entry in info.iterdir() if entry.name != "METADATA")
    yield from list(packages.rglob("__pycache__"))


def _folders(path: Path) -> list[Path]:
    return [entry for entry in path.iterdir() if entry.is_dir()]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
