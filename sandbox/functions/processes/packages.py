"""What a function's process imports besides its own code: the layer's packages for this machine, and the runtime client."""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import distribution
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = ROOT / "functions" / "requirements.txt"
CACHE = ROOT / ".cache" / "runtime"
CLIENT = ("awslambdaric", "simplejson", "snapshot-restore-py", "time-machine")
"""AWS's runtime client, what it needs, and what turns the process's clock."""

INSIDE = Path(__file__).parent / "inside"


class PackagesError(Exception):
    """A package could not be installed; what uv wrote to stderr says why."""


def python_path() -> list[str]:
    """The folders of the packages, built when the requirements changed. Raises PackagesError when one cannot be had."""
    packages = CACHE / _name()
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(CACHE / "lock"):
        if not packages.exists():
            _build(packages)
    return [str(folder) for folder in (packages / "layer", packages / "client", INSIDE, INSIDE / "without_extension")]


def _name() -> str:
    machine = (sys.version, sysconfig.get_platform(), *(distribution(name).version for name in CLIENT))
    return hashlib.sha256(repr(machine).encode() + REQUIREMENTS.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:32]


def _build(packages: Path) -> None:
    print("Installing functions/requirements.txt for the sandbox's functions", file=sys.stderr)  # noqa: T201 - whoever starts it waits for it
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        made = Path(scratch) / "made"
        install = (sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", sys.executable, "--link-mode", "copy")
        what = ("--require-hashes", "--no-deps", "--requirements", str(REQUIREMENTS), "--target", str(made / "layer"))
        if subprocess.run([*install, *what], check=False).returncode:  # noqa: S603 (all of it is written above)
            raise PackagesError("The packages of functions/requirements.txt could not be installed for the sandbox's functions.")
        for name in CLIENT:
            _copy(name, made / "client")
        made.rename(packages)


def _copy(name: str, target: Path) -> None:
    """Copy an installed distribution: its hashes were checked when it was installed."""
    for file in distribution(name).files or ():
        if ".." not in file.parts and "__pycache__" not in file.parts:
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(str(file.locate()), target / file)
