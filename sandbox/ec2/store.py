"""The EC2 plane's state, region by region, indexed the ways it is asked for."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from random import Random

from sandbox.ec2.launch_template import LaunchTemplate
from sandbox.ec2.records import Binned, Image, Instance, Recipe, Snapshot, Volume
from sandbox.ec2.region_settings import Settings
from sandbox.ec2.shown import Views
from sandbox.ec2.tag_index import TagIndex
from sandbox.ec2.timed import Timed
from sandbox.ec2.unfinished import Unfinished

Ids = dict[str, None]


class RegionStore:
    """One region's instances, volumes, snapshots and images by id, their tags, and the indexes over them.

    Add and remove images and snapshots by its methods, which keep the indexes true. `departing` has images that are deregistered and still
    shown, with their names and tags; `newest_copies` the snapshot that last completed as a copy of a volume's blocks.
    """

    def __init__(self, name: str) -> None:
        """Hold nothing."""
        self.name = name
        self.instances: dict[str, Instance] = {}
        self.volumes: dict[str, Volume] = {}
        self.snapshots: dict[str, Snapshot] = {}
        self.images: dict[str, Image] = {}
        self.departing: dict[str, Image] = {}
        self.departed: Ids = {}
        self.images_in_bin: dict[str, Binned[Image]] = {}
        self.snapshots_in_bin: dict[str, Binned[Snapshot]] = {}
        self.volumes_in_bin: dict[str, Binned[Volume]] = {}
        self.launch_templates: dict[str, LaunchTemplate] = {}
        self.recipes: dict[str, Recipe] = {}
        self.settings = Settings()
        self.tags = TagIndex()
        self.views = Views()
        self.unfinished = Unfinished()
        self.launch_tokens: dict[str, tuple[list[str], str]] = {}
        self.copy_tokens: dict[str, tuple[str, str]] = {}
        self.volume_tokens: dict[str, tuple[str, str]] = {}
        self.copying: Ids = {}
        self.newest_copies: dict[str, str] = {}
        self.timed: list[Timed] = []
        self._images_of_snapshot: dict[str, Ids] = defaultdict(dict)
        self._images_of_name: dict[str, Ids] = defaultdict(dict)
        self._images_of_source: dict[str, Ids] = defaultdict(dict)
        self._snapshots_of_volume: dict[str, Ids] = defaultdict(dict)

    def add_image(self, image: Image) -> None:
        """Keep an image."""
        self.images[image.id] = image
        self.departing.pop(image.id, None)
        self._images_of_name[image.name][image.id] = None
        for snapshot in image.snapshot_ids():
            self._images_of_snapshot[snapshot][image.id] = None
        for source in filter(None, (image.source_instance, image.source_image)):
            self._images_of_source[source][image.id] = None

    def remove_image(self, image: Image) -> None:
        """Let an image depart: its snapshots are used by it no longer, its name and tags stay until it is forgotten."""
        del self.images[image.id]
        self.departing[image.id] = replace(image, state="deregistered", permissions=[])
        for snapshot in image.snapshot_ids():
            self._images_of_snapshot[snapshot].pop(image.id, None)
        self.copying.pop(image.id, None)

    def forget_image(self, key: str) -> None:
        """Forget a departing image, unless it was restored meanwhile; and its tags, unless it is in the Recycle Bin."""
        image = self.departing.pop(key, None)
        if image is None:
            return
        self.departed[key] = None
        self.views.forget(key)
        del self._images_of_name[image.name][key]
        for source in filter(None, (image.source_instance, image.source_image)):
            self._images_of_source[source].pop(key, None)
        if key not in self.images_in_bin:
            self.tags.forget(key)

    def add_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""
        self.snapshots[snapshot.id] = snapshot
        self.unfinished.add(snapshot)
        self._snapshots_of_volume[snapshot.volume_id][snapshot.id] = None

    def remove_snapshot(self, snapshot: Snapshot) -> None:
        """Forget a snapshot and its tags."""
        del self.snapshots[snapshot.id]
        self.unfinished.forget(snapshot)
        del self._snapshots_of_volume[snapshot.volume_id][snapshot.id]
        self.tags.forget(snapshot.id)
        self.views.forget(snapshot.id)

    def images_of_snapshot(self, snapshot: str) -> Mapping[str, None]:
        """The images that start from a snapshot."""
        return self._images_of_snapshot.get(snapshot, {})

    def images_of_source(self, source: str) -> Mapping[str, None]:
        """The images made of an instance, or copied from an image."""
        return self._images_of_source.get(source, {})

    def images_of_name(self, name: str) -> Mapping[str, None]:
        """The images called so: one of an account's at most."""
        return self._images_of_name.get(name, {})

    def snapshots_of_volume(self, volume: str) -> Mapping[str, None]:
        """The snapshots that name a volume as theirs."""
        return self._snapshots_of_volume.get(volume, {})

    def holds_blocks_of(self, origin: str, key: str | None) -> bool:
        """Whether the last copy of the same volume's blocks is still here, under the same key and not archived: the next is incremental."""
        last = self.snapshots.get(self.newest_copies.get(origin, ""))
        return last is not None and last.key == key and last.storage.is_plain()

    def knows(self, resource: str) -> bool:
        """Whether a resource is one of these."""
        return any(resource in kept for kept in (self.instances, self.volumes, self.snapshots, self.images, self.launch_templates))


class Store:
    """All regions. Ids are random but the same in every run."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._regions: dict[str, RegionStore] = {}
        self._random = Random(17)  # noqa: S311 - ids, not secrets

    def region(self, name: str) -> RegionStore:
        """A region's store."""
        if name not in self._regions:
            self._regions[name] = RegionStore(name)
        return self._regions[name]

    def new_id(self, prefix: str) -> str:
        """A new id such as `ami-0123456789abcdef0`."""
        return f"{prefix}-0{self._random.getrandbits(64):016x}"

    def tags_of(self, region: str, resource: str) -> Mapping[str, str]:
        """A resource's tags; none if it does not exist."""
        return self.region(region).tags.of(resource)


def stamp(time: datetime) -> str:
    """A time as AWS writes it in strings: `2027-03-01T12:00:00.000Z`."""
    return f"{time.replace(tzinfo=None).isoformat(timespec='seconds')}.000Z"
