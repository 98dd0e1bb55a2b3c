"""How much of each thing an account may have, in each region."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sandbox.ec2.records import Image, Instance, Snapshot, Volume
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError

MIB = 2**20
MOST_TAGS = 50
MOST_TAGGED = 1000
VOLUME_OF_COPIES = "vol-ffffffff"
SLOW = {"st1", "sc1"}


@dataclass
class Quotas:
    """An account's quotas as they are by default. Tests may change them, as Service Quotas would; each holds in each region by itself.

    Its methods let pass what there is room for; they are asked before anything is made.
    """

    images: int = 50_000
    public_images: int = 5
    sharing_entities: int = 1_000
    image_copies: int = 300
    snapshots: int = 100_000
    snapshot_copies: int = 20
    pending_snapshots: int = 100
    of_a_volume: int = 5
    of_a_slow_volume: int = 1
    without_reboot: int = 5
    archived_of_a_volume: int = 25
    archiving: int = 25
    restoring: int = 5
    copy_throughput: int = 2_000 * MIB
    one_copy_throughput: int = 500 * MIB

    def check_image(self, region: RegionStore) -> None:
        """One image more: pending and disabled ones, and those in the Recycle Bin, count too.

        Raises:
            ApiError: ResourceLimitExceeded.
        """
        if len(region.images) + len(region.images_in_bin) >= self.images:
            raise _limit(f"You have reached your quota of {self.images} for the number of images allowed in this Region.")

    def check_without_reboot(self, region: RegionStore, instance: Instance) -> None:
        """One more CreateImage of a running instance without a reboot. Unverified: how many may be in progress.

        Raises:
            ApiError: ConcurrentCreateImageNoRebootLimitExceeded.
        """
        made = f"Created by CreateImage({instance.id})"
        of_root = region.unfinished.of_volume(instance.volumes.get(instance.root_device, ""))
        if sum(each.state == "pending" and each.description.startswith(made) for each in of_root) >= self.without_reboot:
            raise ApiError(
                "ConcurrentCreateImageNoRebootLimitExceeded",
                f"The maximum number of concurrent CreateImage requests for the instance {instance.id} has been reached.",
            )

    def check_image_copy(self, region: RegionStore) -> None:
        """One more copy of an image in progress.

        Raises:
            ApiError: ResourceLimitExceeded.
        """
        if len(region.copying) >= self.image_copies:
            raise _limit(f"Too many AMI copies in progress. The limit is {self.image_copies} for this destination.")

    def check_room(self, region: RegionStore, number: int) -> None:
        """So many snapshots more. Unverified: that those in the Recycle Bin count.

        Raises:
            ApiError: SnapshotLimitExceeded.
        """
        if len(region.snapshots) + len(region.snapshots_in_bin) + number > self.snapshots:
            raise ApiError("SnapshotLimitExceeded", "Maximum allowed active snapshot limit exceeded.")

    def check_snapshots(self, region: RegionStore, volumes: Collection[Volume]) -> None:
        """A new snapshot of each of these volumes. Pending copies count among the pending, and those in error against their volume.

        Raises:
            ApiError: ConcurrentSnapshotLimitExceeded for a volume, PendingSnapshotLimitExceeded, SnapshotLimitExceeded.
        """
        for volume in volumes:
            if len(region.unfinished.of_volume(volume.id)) >= (self.of_a_slow_volume if volume.type in SLOW else self.of_a_volume):
                raise ApiError(
                    "ConcurrentSnapshotLimitExceeded", f"Maximum allowed in-progress snapshots for a single volume exceeded: {volume.id}"
                )
        self._check_pending(region, len(volumes))
        self.check_room(region, len(volumes))

    def check_snapshot_copy(self, region: RegionStore) -> None:
        """One more CopySnapshot in progress. Unverified: that snapshots which CopyImage copies count.

        CopyImage itself is not held up by it, nor by the pending snapshots: its own documented limit, 300 images at once, could not be reached then.

        Raises:
            ApiError: ResourceLimitExceeded, or SnapshotLimitExceeded.
        """
        copies = [each for each in region.unfinished.of_volume(VOLUME_OF_COPIES) if each.state == "pending"]
        if len(copies) >= self.snapshot_copies:
            raise _limit(f"Too many snapshot copies in progress. The limit is {self.snapshot_copies} for this destination region.")
        self.check_room(region, 1)

    def _check_pending(self, region: RegionStore, number: int) -> None:
        if number and region.unfinished.at_least_pending(self.pending_snapshots - number + 1):
            raise ApiError(
                "PendingSnapshotLimitExceeded", f"Maximum allowed pending snapshots exceeded. The limit is {self.pending_snapshots}."
            )

    def check_archiving(self, region: RegionStore, snapshot: Snapshot) -> None:
        """One more snapshot into the archive.

        Raises:
            ApiError: ResourceLimitExceeded.
        """
        kin = [region.snapshots[key] for key in region.snapshots_of_volume(snapshot.volume_id)]
        if sum(each.storage.archived is not None for each in kin) >= self.archived_of_a_volume:
            raise _limit(f"At most {self.archived_of_a_volume} snapshots of a volume can be archived.")
        if sum(each.storage.operation == "archival-in-progress" for each in region.snapshots.values()) >= self.archiving:
            raise _limit(f"At most {self.archiving} snapshots can be on their way to the archive.")

    def check_restoring(self, region: RegionStore) -> None:
        """One more snapshot out of the archive.

        Raises:
            ApiError: ResourceLimitExceeded.
        """
        restoring = ("permanent-restore-in-progress", "temporary-restore-in-progress")
        if sum(each.storage.operation in restoring for each in region.snapshots.values()) >= self.restoring:
            raise _limit(f"At most {self.restoring} snapshots can be on their way out of the archive.")

    def check_sharing(self, region: RegionStore, image: Image, wanted: Collection[Mapping[str, str]]) -> None:
        """These launch permissions of an image; an organization counts as one. Unverified: the code for too many of them.

        Raises:
            ApiError: ResourceLimitExceeded, for too many of them, or for one public image too many.
        """
        public = {"Group": "all"}
        if len([each for each in wanted if each != public]) > self.sharing_entities:
            raise _limit(f"An image can be shared with {self.sharing_entities} accounts and organizations at most.")
        others = sum(each.public() for each in region.images.values() if each is not image) if public in wanted else 0
        if public in wanted and others >= self.public_images:
            raise _limit(
                f"You have reached your quota of {self.public_images} for the number of public images allowed in this Region. Deregister unused"
                " public images or make them private, or request an increase in your public AMIs quota."
            )


def _limit(message: str) -> ApiError:
    return ApiError("ResourceLimitExceeded", message)
