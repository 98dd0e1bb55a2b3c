"""What the Recycle Bin of a region would keep, by its live rules, and what is in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property

from functions.aws import clients, faults, images, rbin
from functions.core.bin import cover
from functions.core.bin.cover import Cover
from functions.core.bin.rule import Rule
from functions.core.config import Config
from functions.core.outcome import Outcome, skipped
from functions.core.record import Reason
from functions.core.retire.wrecks import of_slot
from functions.core.values import Image, Snapshot


class Binned:
    """Evaluates the rules of one region, and its bin, read once, when the first question comes. What cannot be seen covers nothing."""

    def __init__(self, config: Config, region: str, snapshots: Mapping[str, Snapshot], now: datetime) -> None:
        """`snapshots` are those that were seen, by id; others are asked for."""
        self._config, self.region, self.now = config, region, now
        self._snapshots = snapshots
        self.fault: Exception | None = None
        """Why rules or snapshots could not be seen, when they last could not."""

    def cover(self, image: Image) -> Cover:
        """What covers an image, given with all its tags, together with each of its snapshots. A failed one may name snapshots that never came to be."""
        try:
            carried = {key: one.tags if one else None for key, one in self._of(image).items() if one or not image.failed}
            return cover.of_image(self._config, self._rules, (image.image_id, image.tags), carried, self.now)
        except faults.AwsFault as fault:
            return self._unseen(fault)

    def cover_snapshot(self, snapshot: Snapshot) -> Cover:
        """What covers a snapshot that belongs to no image."""
        try:
            return cover.of_snapshot(self._config, self._rules, snapshot.snapshot_id, snapshot.tags, self.now)
        except faults.AwsFault as fault:
            return self._unseen(fault)

    def awaiting(self, snapshot: Snapshot) -> Outcome | None:
        """Why a snapshot that belongs to no image must stay: one of its slot is in the bin (EC2 ListImagesInRecycleBin), or that cannot be seen. None: it need not."""
        try:
            found = of_slot(snapshot, self._images)
        except faults.AwsFault as fault:
            found = [f"not known: {faults.code(fault)}"]
        return skipped(Reason.IMAGE_IN_BIN, resource_id=snapshot.snapshot_id, detail={"images": found}) if found else None

    @cached_property
    def _images(self) -> Mapping[str, str]:
        """The names of the images that are in the bin, by id."""
        pages = clients.ec2(self.region).get_paginator("list_images_in_recycle_bin").paginate(PaginationConfig={"PageSize": 1000})
        return {image["ImageId"]: image.get("Name", "") for page in pages for image in page["Images"]}

    @cached_property
    def _rules(self) -> Sequence[Rule]:
        return rbin.rules(self.region)[0]

    def _of(self, image: Image) -> dict[str, Snapshot | None]:
        """The image's snapshots, by id; of those that do not carry our tag any more EC2 is asked by id."""
        ids = [device.snapshot_id for device in image.devices]
        strange = [key for key in ids if key not in self._snapshots]
        asked = images.snapshots(clients.ec2(self.region), strange) if strange else {}
        return {key: self._snapshots.get(key) or asked.get(key) for key in ids}

    def _unseen(self, fault: Exception) -> Cover:
        self.fault = fault
        return Cover(None, {"why": "rules_unseen", "error_code": faults.code(fault), "message": str(fault)[:500]})
