"""In a function's process: what the function's layers do not have cannot be found, though this machine has it."""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType


class OnlyThese(MetaPathFinder):
    """Finds what Python's own finder does, of those packages that are Python's, the function's, or named."""

    def __init__(self, names: set[str], folder: str) -> None:
        """Find `names`, and what lies in `folder`."""
        self._names = names | set(sys.stdlib_module_names)
        self._folder = Path(folder)

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Where a module is."""
        known = (
            path is not None or fullname in self._names or (self._folder / fullname).is_dir() or (self._folder / f"{fullname}.py").exists()
        )
        return PathFinder.find_spec(fullname, path, target) if known else None
