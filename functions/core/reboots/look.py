"""Looking at one instance that is away: is it back, late, or was it never rebooted?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.messages import Take
from functions.core.outcome import Outcome, failed, skipped
from functions.core.reboots.state import Away
from functions.core.record import Reason, Status
from functions.core.values import Image, Instance

APART = timedelta(minutes=2)
"""Between the two looks that find the checks ok."""

PATIENCE = timedelta(minutes=30)
"""How long after its image was begun an instance may need to be back."""

REPEAT = timedelta(minutes=15)
"""How long after its order a take without an image is ordered again: the function may have died before it sent it."""

SETTLED = timedelta(minutes=5)
"""How long after an order ended an image that it made is in sight for certain."""

THERE = frozenset({"pending", "running", "stopping"})
"""States of an instance that is or will be running, or is not stopped yet."""


@dataclass(frozen=True)
class Seen:
    """What a watcher sees: the instances in `looked` that exist, our images of their slots, and whose two checks are ok. `now` is AWS's clock."""

    looked: frozenset[str]
    instances: Mapping[str, Instance]
    images: Mapping[tuple[str, str, str], tuple[Image, ...]]
    """By policy, instance and slot; oldest first."""
    snapshots: frozenset[str]
    """Those of the images' snapshots that exist, and so have been started."""
    ok: frozenset[str]
    now: datetime


@dataclass(frozen=True)
class Look:
    """How an instance stands: still away as `entry` says, or no more; what is to be told of it, and a take to be sent."""

    entry: Away | None
    told: Outcome | None = None
    take: Take | None = None


def look(instance_id: str, entry: Away, seen: Seen, take_until: datetime) -> Look:
    """How the instance stands now; `take_until` is when its night ends. Who was not looked at stays away."""
    if instance_id not in seen.looked:
        return Look(entry)
    instance = seen.instances.get(instance_id)
    state = instance.state if instance is not None else "gone"
    if entry.late:
        return _checked(instance_id, entry, seen) if state in THERE else Look(None, _left(instance_id, state))
    images = seen.images.get((entry.policy, instance_id, entry.slot), ())
    begun = entry.begun or (images[0].created if images else None)
    if begun is None:
        return _untaken(instance_id, entry, seen.now, take_until)
    if state == "stopped":
        return Look(None, _left(instance_id, state))  # CreateImage does not reboot what is stopped
    ready = state in THERE and all(_started(image, seen.snapshots) for image in images[:1])
    return _rebooted(instance_id, entry.model_copy(update={"begun": begun}), begun, seen, ready=ready)


def _left(instance_id: str, state: str) -> Outcome:
    return skipped(Reason.INSTANCE_STATE, resource_id=instance_id, detail={"state": state})


def _untaken(instance_id: str, entry: Away, now: datetime, take_until: datetime) -> Look:
    """No image yet: send the order once more, and take it for void when it has ended."""
    if now > entry.until + SETTLED:
        told = skipped(Reason.NOT_TAKEN, resource_id=instance_id, detail={"until": entry.until.isoformat()})
        return Look(None, told, entry.take(instance_id, take_until).model_copy(update={"spared": Reason.NOT_TAKEN}))
    if not entry.repeated and entry.ordered + REPEAT < now <= entry.until:
        again = entry.take(instance_id, entry.until).model_copy(update={"may_reboot": True})
        return Look(entry.model_copy(update={"repeated": True}), take=again)
    return Look(entry)


def _rebooted(instance_id: str, entry: Away, begun: datetime, seen: Seen, *, ready: bool) -> Look:
    """Back when it is `ready` and after that its checks were ok twice; late half an hour after the image was begun, or when it is gone."""
    found = _checked(instance_id, entry, seen) if ready else Look(entry)
    waiting, instance = found.entry, seen.instances.get(instance_id)
    state = instance.state if instance is not None else "gone"
    if waiting is None or waiting.ok is not None or (seen.now - begun < PATIENCE and state in THERE):
        return found
    detail = {"since": begun.isoformat(), "state": state}
    return Look(waiting.model_copy(update={"late": True}), failed(Reason.NOT_BACK, resource_id=instance_id, detail=detail))


def _started(image: Image, snapshots: Iterable[str]) -> bool:
    """Whether all snapshots of `image` exist. One that failed will not have them."""
    return image.failed or (bool(image.devices) and all(device.snapshot_id in snapshots for device in image.devices))


def _checked(instance_id: str, entry: Away, seen: Seen) -> Look:
    if instance_id not in seen.ok:
        return Look(entry.model_copy(update={"ok": None}))
    if entry.ok is None:
        return Look(entry.model_copy(update={"ok": seen.now}))
    if seen.now - entry.ok < APART:
        return Look(entry)
    detail = {"after_seconds": int((seen.now - entry.ordered).total_seconds()), "late": entry.late}
    return Look(None, Outcome(Status.ALREADY, Reason.BACK, instance_id, detail=detail))
