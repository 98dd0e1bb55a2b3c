"""Botocore's service models, read once for all sessions of this process."""

from functools import cache

import botocore.session
from botocore.loaders import Loader, create_loader


class _SharedLoader(Loader):
    """A loader that many sessions use: the search path each of them adds is kept once."""

    @property
    def search_paths(self) -> list[str]:
        """Where models are looked for, each place once."""
        self._search_paths[:] = dict.fromkeys(self._search_paths)
        return self._search_paths


@cache
def _shared() -> Loader:
    return _SharedLoader()


def _loader_of_session(search_path: str | None = None) -> Loader:
    return create_loader(search_path) if search_path else _shared()


def share() -> None:
    """From now on, let every new botocore session use one loader, unless it has a search path of its own."""
    botocore.session.create_loader = _loader_of_session  # type: ignore[attr-defined]


def unshare() -> None:
    """Let new sessions load for themselves again."""
    botocore.session.create_loader = create_loader  # type: ignore[attr-defined]
