"""Botocore's service models, read once for all sessions of this process."""

from functools import cache
from unittest.mock import patch

from botocore.loaders import Loader, create_loader


class _Places(list[str]):
    """Places to look for models in; each is kept once, however many sessions add it."""

    def append(self, place: str) -> None:
        if place not in self:
            super().append(place)


@cache
def _shared() -> Loader:
    return Loader(_Places())


def _loader_of_session(search_path: str | None = None) -> Loader:
    return create_loader(search_path) if search_path else _shared()


sharing = patch("botocore.session.create_loader", _loader_of_session)
"""While it is started, new botocore sessions share one loader, unless they have a search path of their own."""
