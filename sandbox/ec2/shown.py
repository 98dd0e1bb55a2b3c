"""What is shown of images and snapshots: made again only when something that it is made of has changed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from sandbox.ec2.records import Image, Snapshot

Record = TypeVar("Record", Image, Snapshot)


class Shown(dict[str, Any]):
    """What the API shows of a resource, which nobody changes. `read` has room for what clients read of it, and by which reader, while it is the latest."""

    __slots__ = ("read",)

    def __init__(self, members: Mapping[str, Any]) -> None:
        """Show these."""
        super().__init__(members)
        self.read: tuple[object, dict[str, Any]] | None = None


@dataclass(frozen=True)
class _Kept:
    """What was shown last, and of what it was made."""

    record: Image | Snapshot
    revision: int
    tags: Mapping[str, str]
    shown: Shown


class Views:
    """What was last shown of each resource. It is the same value as long as it is equal, so that a record of many answers holds it once."""

    def __init__(self) -> None:
        """Have shown nothing."""
        self._kept: dict[str, _Kept] = {}

    def of(self, record: Record, tags: Mapping[str, str], show: Callable[[Record, Mapping[str, str]], dict[str, Any]]) -> Shown:
        """What `show` gives of a record and its tags, and of nothing else, without what is None."""
        kept = self._kept.get(record.id)
        if kept is not None and kept.record is record and kept.revision == record.revision and kept.tags is tags:
            return kept.shown
        members = {name: value for name, value in show(record, tags).items() if value is not None}
        shown = kept.shown if kept is not None and kept.shown == members else Shown(members)
        if kept is not None and kept.shown is not shown:
            kept.shown.read = None
        self._kept[record.id] = _Kept(record, record.revision, tags, shown)
        return shown

    def forget(self, key: str) -> None:
        """A resource is gone."""
        self._kept.pop(key, None)
