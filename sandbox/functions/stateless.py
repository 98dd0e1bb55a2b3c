"""Packages of deployed code that hold no state: loaded once for the same source, whichever environments import them."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

_LOADED: dict[str, dict[str, ModuleType]] = defaultdict(dict)
"""Modules by the digest of their package's source, then by name."""


class Stateless:
    """The named packages as they lie in one folder of deployed code."""

    def __init__(self, folder: Path, packages: Iterable[str]) -> None:
        """`packages` are dotted names; one that is not in the folder is none of its code's."""
        self._loaded = {name: _LOADED[_digest(folder / name.replace(".", "/"), name)] for name in packages}

    def lend(self, modules: dict[str, ModuleType]) -> None:
        """Put what was loaded before among `modules`, the process's by name."""
        for loaded in self._loaded.values():
            modules.update(loaded)

    def keep(self, modules: dict[str, ModuleType]) -> None:
        """Keep what was loaded besides for the next one."""
        for package, loaded in self._loaded.items():
            loaded.update((name, module) for name, module in modules.items() if name == package or name.startswith(f"{package}."))


@cache
def _digest(folder: Path, package: str) -> str:
    """Of a package's name and source, wherever it lies."""
    hashed = hashlib.sha256(package.encode())
    for file in sorted(folder.rglob("*.py")):
        hashed.update(f"\0{file.relative_to(folder)}\0".encode() + file.read_bytes())
    return hashed.hexdigest()
