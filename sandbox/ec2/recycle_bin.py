"""The Recycle Bin's effect: what is deleted goes into the bin if a rule keeps it, and for good if none does."""

from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Binned, Image, Kept, Snapshot, Volume
from sandbox.ec2.store import RegionStore

MARK = "aws:recycle-bin:resource-in-bin"
Bin = dict[str, Binned[Kept]]


def discard_image(ec2: Ec2, region: RegionStore, image: Image) -> None:
    """Take an image out of use; describes show it for some seconds more.

    One with an instance-store root, or still pending, is not kept. Unverified: that pending ones are not, and that failed ones are.
    """
    tags = region.tags.of(image.id)
    stay = ec2.retention(region.name, "EC2_IMAGE", tags) if image.root_type == "ebs" and image.state != "pending" else None
    region.remove_image(image)
    if ec2.timing.visibility_lag:
        ec2.clock.after(ec2.timing.visibility_lag, lambda: region.forget_image(image.id))
    else:
        region.forget_image(image.id)
    if stay:
        region.tags.put(image.id, {**tags, MARK: "true"})
        _keep(ec2, region, region.images_in_bin, Binned(image, ec2.now(), ec2.now() + stay))


def discard_snapshot(ec2: Ec2, region: RegionStore, snapshot: Snapshot) -> None:
    """Take a snapshot out of use. One that is still pending is not kept. Unverified: that it is not, and that one in error is."""
    tags = region.tags.of(snapshot.id)
    stay = ec2.retention(region.name, "EBS_SNAPSHOT", tags) if snapshot.state != "pending" else None
    region.remove_snapshot(snapshot)
    if stay:
        region.tags.put(snapshot.id, {**tags, MARK: "true"})
        _keep(ec2, region, region.snapshots_in_bin, Binned(snapshot, ec2.now(), ec2.now() + stay))


def discard_volume(ec2: Ec2, region: RegionStore, volume: Volume) -> None:
    """Take a volume out of use."""
    tags = region.tags.of(volume.id)
    stay = ec2.retention(region.name, "EBS_VOLUME", tags) if volume.state == "available" else None
    del region.volumes[volume.id]
    region.tags.forget(volume.id)
    if stay:
        region.tags.put(volume.id, {**tags, MARK: "true"})
        _keep(ec2, region, region.volumes_in_bin, Binned(volume, ec2.now(), ec2.now() + stay))


def restorable(ec2: Ec2, bin_: Bin[Kept], key: str) -> Bin[Kept]:
    """What is in the bin under this id, and nothing if its time is over: it is listed for some moments more then."""
    return {key: bin_[key]} if key in bin_ and ec2.now() < bin_[key].leaves else {}


def take_out(region: RegionStore, bin_: Bin[Kept], key: str) -> Kept:
    """Take from the bin what is in it, to be restored: it has its tags, without the mark that it was there."""
    region.tags.remove(key, [MARK])
    return bin_.pop(key).resource


def _keep(ec2: Ec2, region: RegionStore, bin_: Bin[Kept], binned: Binned[Kept]) -> None:
    """Put a resource into the bin, where its tags stay and nobody can delete it."""
    bin_[binned.resource.id] = binned
    ec2.clock.at(binned.leaves + ec2.timing.bin_lag, lambda: _expire(region, bin_, binned))


def _expire(region: RegionStore, bin_: Bin[Kept], binned: Binned[Kept]) -> None:
    key = binned.resource.id
    if bin_.get(key) is binned:
        del bin_[key]
        region.tags.forget(key)
