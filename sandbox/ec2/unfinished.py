"""Snapshots that are not complete, counted without walking those that are."""

from collections import defaultdict

from sandbox.ec2.records import Snapshot


class Unfinished:
    """A region's snapshots that were pending when they came. It finds out by itself, when it is asked, which have completed."""

    def __init__(self) -> None:
        """Know of none."""
        self._kept: dict[str, Snapshot] = {}
        self._of_volume: dict[str, dict[str, Snapshot]] = defaultdict(dict)

    def add(self, snapshot: Snapshot) -> None:
        """Watch a snapshot until it is complete or forgotten."""
        if snapshot.state != "completed":
            self._kept[snapshot.id] = self._of_volume[snapshot.volume_id][snapshot.id] = snapshot

    def forget(self, snapshot: Snapshot) -> None:
        """Watch it no longer."""
        if self._kept.pop(snapshot.id, None):
            del self._of_volume[snapshot.volume_id][snapshot.id]

    def of_volume(self, volume: str) -> list[Snapshot]:
        """The snapshots that name this volume and are pending or in error."""
        for snapshot in [each for each in self._of_volume.get(volume, {}).values() if each.state == "completed"]:
            self.forget(snapshot)
        return list(self._of_volume.get(volume, {}).values())

    def at_least_pending(self, number: int) -> bool:
        """Whether `number` snapshots or more are pending."""
        if len(self._kept) < number:
            return False
        for snapshot in [each for each in self._kept.values() if each.state == "completed"]:
            self.forget(snapshot)
        return sum(each.state == "pending" for each in self._kept.values()) >= number
