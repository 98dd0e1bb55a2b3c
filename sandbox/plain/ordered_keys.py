"""The objects of a bucket in the order of their keys, so that a listing looks at no others than its own: moto looks at all that there are."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from moto.s3 import models
from moto.s3.utils import _VersionedKeyStore

MotosKeys: Any = _VersionedKeyStore  # its types do not allow what its users do not mind


class OrderedKeys(MotosKeys):  # type: ignore[misc] # moto has no types
    """moto's store of a bucket's objects, by key, that knows their order: as S3's, that of the keys' code points."""

    def __init__(self) -> None:
        """Hold no objects."""
        super().__init__()
        self._names: list[str] = []

    def __setitem__(self, key: str, value: Any) -> None:
        """Another version of an object."""
        self._note(key)
        super().__setitem__(key, value)

    def setlist(self, key: str, list_: Any) -> None:
        """All versions of an object: where one is added to the others, none of them is looked for among all, as moto does."""
        self._note(key)
        before = self.getlist(key, [])
        if list_[: len(before)] == before:
            dict.__setitem__(self, key, list_)
        else:
            super().setlist(key, list_)

    def pop(self, key: str) -> None:
        """Let go of an object and all its versions. Raises KeyError where there is none."""
        super().pop(key)
        del self._names[bisect_left(self._names, key)]

    def items(self) -> Iterator[tuple[str, Any]]:
        """All that is there, for moto's own listings: a delete marker is none, and makes no common prefix."""
        return self.under("", "", None)

    def under(self, prefix: str, after: str, delimiter: str | None) -> Iterator[tuple[str, Any]]:
        """The keys that begin with `prefix` and come after another, with the latest versions; with a delimiter, no second one of a common prefix.

        A key whose latest version is a delete marker is none.
        """
        names = self._names
        place = max(bisect_left(names, prefix), bisect_right(names, after))
        while place < len(names) and (name := names[place]).startswith(prefix):
            latest = self[name]
            place += 1
            if isinstance(latest, models.FakeDeleteMarker):
                continue
            yield name, latest
            end = name.find(delimiter, len(prefix)) if delimiter else -1
            if end >= 0:
                place = self._end(name[: end + len(delimiter or "")], place)

    def _end(self, prefix: str, start: int) -> int:
        """Where those end that begin with a prefix, and begin at `start` at the latest."""
        return bisect_left(self._names, True, start, key=lambda name: not name.startswith(prefix))

    def _note(self, key: str) -> None:
        if key not in self:
            insort(self._names, key)


def ordered() -> AbstractContextManager[object]:
    """Meanwhile new buckets keep their objects so."""
    return patch.object(models, "_VersionedKeyStore", OrderedKeys)
