"""Volumes: which of an instance's an image has, what it has besides, and what of that cannot be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.core.config import Policy
from functions.core.config.volumes import INSTEAD, Added, LeaveOut
from functions.core.values import Attached, Instance, Volume
from functions.core.wildcard import matches


@dataclass(frozen=True)
class Devices:
    """How the devices of an image differ from those of its instance."""

    taken: int = 0
    """How many of the instance's volumes the image has."""
    left_out: Mapping[str, Attached] = field(default_factory=dict)
    """By device."""
    why: Mapping[str, str] = field(default_factory=dict)
    """By device: which key of `leave_out` names what is left out."""
    added: Mapping[str, Added] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    """By device: what the policy asks for and cannot have, and what to do instead."""

    def mappings(self) -> list[dict[str, Any]]:
        """As EC2's CreateImage takes them."""
        without = [{"DeviceName": device, "NoDevice": ""} for device in self.left_out]
        return without + [{"DeviceName": device, **added.mapping()} for device, added in self.added.items()]

    def detail(self) -> dict[str, Any]:
        """As a record tells of them."""
        told: dict[str, Any] = {"volumes": self.taken}
        if self.left_out:
            told["left_out"] = {device: {"volume": one.volume_id, "by": self.why[device]} for device, one in self.left_out.items()}
        if self.added:
            told["added"] = list(self.added)
        if self.refused:
            told["not_as_asked"] = dict(self.refused)
        return told


def devices(policy: Policy, instance: Instance, seen: Mapping[str, Volume] | None) -> Devices:
    """What an image of `instance` has; `seen` are its volumes by id, where they had to be seen; None: that was not possible. A volume that was not is not left out."""
    rules, shown = policy.volumes.leave_out, seen or {}
    named = {one.device: by for one in instance.attached if (by := _by(rules, one, shown.get(one.volume_id))) is not None}
    root = instance.root_device
    left_out = {one.device: one for one in instance.attached if one.device in named and one.device != root}
    held = {one.device for one in instance.attached} | {root}
    refused = {device: f"the instance has this device: {INSTEAD}" for device in policy.volumes.add if device in held}
    if root in named:
        refused[root] = f"leave_out.{named[root]} names the root device, which is never left out: an image without it could not be launched"
    if seen is None and policy.volumes.must_be_seen:
        refused["*"] = "DescribeVolumes failed until the night was nearly over: nothing is left out for its tags or size"
    return Devices(
        taken=len(instance.attached) - len(left_out),
        left_out=left_out,
        why=named,
        added={device: one for device, one in policy.volumes.add.items() if device not in held},
        refused=refused,
    )


def _by(rules: LeaveOut, attached: Attached, volume: Volume | None) -> str | None:
    """Which key of `rules` names a volume, if one does."""
    if any(matches(pattern, attached.device) for pattern in rules.devices):
        return "devices"
    if volume is None:
        return None
    if any(key in volume.tags and matches(pattern, volume.tags[key]) for key, pattern in rules.tags.items()):
        return "tags"
    return "larger_than" if rules.larger_than is not None and volume.size > rules.larger_than else None
