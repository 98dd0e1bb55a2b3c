"""Somebody wants an image back that was retired: from the Recycle Bin, by EC2's own API."""

from dataclasses import dataclass
from datetime import timedelta

from demo.account import HOME, Account

MOMENT = timedelta(minutes=1)


@dataclass(frozen=True)
class Recovered:
    """An image that was had back, its snapshots, and its state now."""

    image: str
    instance: str
    slot: str
    snapshots: tuple[str, ...]
    was_disabled: bool
    state: str


def recover(account: Account) -> Recovered | None:
    """Restore the image that was retired last at home, as its record says: snapshots first, then the image. None when none was."""
    gone = [
        record
        for record in account.records(f"nightkeep-{HOME}-retire")
        if (record.get("event"), record.get("status"), record.get("region")) == ("image.deregister", "done", HOME)
    ]
    if not gone:
        return None
    ec2, record = account.client("ec2", HOME), gone[-1]
    image, snapshots = record["resource_id"], tuple(record["detail"]["snapshots"])
    for snapshot in snapshots:
        ec2.restore_snapshot_from_recycle_bin(SnapshotId=snapshot)
    account.run_until(account.now() + MOMENT)  # until they have recovered
    ec2.restore_image_from_recycle_bin(ImageId=image)
    account.run_until(account.now() + MOMENT)
    hold = {"Key": "nightkeep:hold", "Value": "restored"}
    ec2.create_tags(Resources=[image, *snapshots], Tags=[hold])
    by_id = [{"Name": "image-id", "Values": [image]}]
    [found] = ec2.describe_images(IncludeDisabled=True, Filters=by_id)["Images"]
    was_disabled = found["State"] == "disabled"  # as it was when it was deregistered
    if was_disabled:
        ec2.enable_image(ImageId=image)
        [found] = ec2.describe_images(IncludeDisabled=True, Filters=by_id)["Images"]
    return Recovered(image, record["instance_id"], record["slot"], snapshots, was_disabled, found["State"])
