"""What a process has once and an environment has for itself: variables, output, path, modules, boto3's default session."""

import builtins
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from itertools import islice, takewhile
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3

from sandbox.functions.log import Output
from sandbox.functions.stateless import Stateless

Import = Callable[..., Any]
STATEFUL = frozenset({"aws_lambda_powertools"})
"""Third-party packages that keep state in their modules and classes: each environment imports its own."""
SHARED = tuple(f"aws_lambda_powertools.utilities.{name}" for name in ("batch", "data_classes", "parser", "typing"))
"""Parts of them that keep none, and take long to import: environments have the same ones, unless their code brings its own.

What a function itself puts into these modules meets the others; nothing here keeps it from that.
"""


@dataclass
class World:
    """One environment's share of the process, while it is not running. Of the process's packages its code finds the `importable`.

    Its code's `stateless` packages it shares with the environments that have the same.
    """

    folder: Path
    variables: dict[str, str]
    output: Output
    importable: frozenset[str]
    stateless: frozenset[str] = frozenset()
    modules: dict[str, ModuleType] = field(default_factory=dict)
    session: Any = None
    _hidden: dict[str, Any] | None = None
    _known: int = 0
    _swappable: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """The names of its packages: what lies in the folder, and what is stateful."""
        self._own = {path.stem for path in self.folder.iterdir() if path.is_dir() or path.suffix == ".py"}
        self._packages = self._own | STATEFUL
        self._shared = tuple(name for name in SHARED if name.partition(".")[0] not in self._own)
        self._stateless = Stateless(self.folder, self.stateless)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Make the process this environment's, then give it back as it was."""
        outside = self._swap_modules(self.modules)
        variables, streams, session = dict(os.environ), (sys.stdout, sys.stderr), boto3.DEFAULT_SESSION
        _replace_variables(variables, self.variables)
        sys.stdout = sys.stderr = self.output
        boto3.DEFAULT_SESSION = self.session
        sys.path.insert(0, str(self.folder))
        imports, builtins.__import__ = builtins.__import__, self._importing(builtins.__import__)
        try:
            yield
        finally:
            builtins.__import__ = imports
            sys.path.remove(str(self.folder))
            self.session, boto3.DEFAULT_SESSION = boto3.DEFAULT_SESSION, session
            sys.stdout, sys.stderr = streams
            self.variables = dict(os.environ)
            _replace_variables(self.variables, variables)
            self.modules = self._swap_modules(outside)
            self._show_loggers()

    def load(self, load: Callable[[], Any]) -> Any:
        """Run `load`, which imports the environment's code, with no logger in sight that is another's; the world must be entered."""
        registry = logging.Logger.manager.loggerDict
        self._hidden = {name: registry.pop(name) for name in list(registry) if self._is_somebodys(name, registry[name])}
        self._stateless.lend(sys.modules)
        try:
            loaded = load()
            self._stateless.keep(sys.modules)
            return loaded
        finally:
            self._show_loggers()

    def _show_loggers(self) -> None:
        """End what `load` began, which does not end if the environment is killed meanwhile."""
        if self._hidden is None:
            return
        registry = logging.Logger.manager.loggerDict
        for name in [name for name, logger in registry.items() if self._is_somebodys(name, logger)]:
            del registry[name]
        registry.update(self._hidden)
        self._hidden = None

    def _importing(self, plain: Import) -> Import:
        """Import statements: those in the environment's own code find what they would find in Lambda; importlib's functions find more."""
        known = sys.stdlib_module_names | self._own | self.importable
        folder = str(self.folder)

        def importing(name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:  # noqa: A002 - its parameters
            top = name.partition(".")[0]
            if level == 0 and top not in known and str((globals or {}).get("__file__")).startswith(folder):
                raise ModuleNotFoundError(f"No module named {top!r}", name=top)
            if level == 0 and top in STATEFUL:
                self._bind_shared({name, *(f"{name}.{each}" for each in fromlist or ())})
            return plain(name, globals, locals, fromlist, level)

        return importing

    def _bind_shared(self, wanted: set[str]) -> None:
        """Make what another environment has loaded an attribute of this one's package, as its own import would: Python does so only when it loads."""
        for shared in self._shared:
            if shared in sys.modules and any(f"{name}.".startswith(f"{shared}.") for name in wanted):
                package, _, name = shared.rpartition(".")
                setattr(import_module(package), name, sys.modules[shared])

    def _is_somebodys(self, name: str, logger: object) -> bool:
        """Whether a logger belongs to an environment: by its package, or because it writes somewhere; its name may be any module's."""
        writes = any(not isinstance(handler, logging.NullHandler) for handler in getattr(logger, "handlers", ()))
        return writes or name.partition(".")[0] in self._packages

    def _swap_modules(self, entering: dict[str, ModuleType]) -> dict[str, ModuleType]:
        leaving = {name: sys.modules.pop(name) for name in self._swapped()}
        sys.modules.update(entering)
        _set_mark()
        return leaving

    def _swapped(self) -> set[str]:
        """The names of the modules that are there and that each environment has for itself."""
        _look()
        new, self._known = islice(_seen, self._known, None), len(_seen)
        self._swappable |= {name for name in new if name.partition(".")[0] in self._packages and not name.startswith(self._shared)}
        return sys.modules.keys() & self._swappable


MARK = "sandbox.functions.looked"
"""Stands in `sys.modules` behind all that was there when somebody looked last: going through thousands of names each time took longer than all else."""
_seen: dict[str, None] = {}
"""The names that were ever there, in the order in which they were seen."""


def _look() -> None:
    """See what has come since somebody looked last: it stands last."""
    _seen.update(dict.fromkeys(takewhile(lambda name: name != MARK, reversed(sys.modules))))


def _set_mark() -> None:
    sys.modules.pop(MARK, None)
    sys.modules[MARK] = ModuleType(MARK)


def _replace_variables(there: dict[str, str], wanted: dict[str, str]) -> None:
    """One by one, and only what differs: os.environ's own `clear` looks for each variable from the first one on."""
    for name in there.keys() - wanted.keys():
        os.environ.pop(name, None)
    os.environ.update({name: value for name, value in wanted.items() if there.get(name) != value})
