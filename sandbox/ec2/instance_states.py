"""StartInstances, StopInstances, RebootInstances, TerminateInstances: an instance's states, on the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.ec2.instance_protection import check_may_stop, is_protected, not_permitted
from sandbox.ec2.instance_volumes import has_key_trouble
from sandbox.ec2.lookups import check_ids
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Instance
from sandbox.ec2.store import RegionStore
from sandbox.gateway import ApiError, Request

INSTANCE_GONE = "Client.InstanceTerminated: The instance was terminated or rebooted during AMI creation."
CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopping": 64, "stopped": 80}


def start_instances(ec2: Ec2, request: Request) -> dict[str, Any]:
    """StartInstances: stopped instances become pending, then running; or stopped again if a volume's key cannot be used by the caller."""
    instances = _asked(ec2, request)
    _require(instances, {"stopped", "pending", "running"}, "started")
    before = {instance.id: instance.state for instance in instances}
    for instance in instances:
        if instance.state == "stopped":
            instance.launched = ec2.now()
            instead = "stopped" if has_key_trouble(ec2, request, instance) else None
            launch(ec2, ec2.region(request), instance, request.operation, instead)
    return {"StartingInstances": _changes(instances, before)}


def stop_instances(ec2: Ec2, request: Request) -> dict[str, Any]:
    """StopInstances: running instances become stopping, then stopped."""
    instances = _asked(ec2, request)
    _require(instances, {"running", "stopping", "stopped"}, "stopped")
    for instance in instances:
        check_may_stop(instance)
    before = {instance.id: instance.state for instance in instances}
    for instance in instances:
        if instance.state == "running":
            ec2.happened(instance, "stopped", request.operation)
            _by_user(ec2, instance)
            _pass(ec2, ec2.region(request), instance, _Passage("stopping", "stopped", ec2.timing.stop))
    return {"StoppingInstances": _changes(instances, before)}


def reboot_instances(ec2: Ec2, request: Request) -> dict[str, Any]:
    """RebootInstances: instances stay running, and boot anew. Their images that are pending fail."""
    instances = _asked(ec2, request)
    _require(instances, {"running"}, "rebooted")
    for instance in instances:
        _spoil_images(ec2.region(request), instance)
        reboot(ec2, instance, cause=request.operation)
    return {}


def terminate_instances(ec2: Ec2, request: Request) -> dict[str, Any]:
    """TerminateInstances: instances shut down and are terminated; they are shown for an hour more, their volumes go or are detached.

    Their images that are pending fail.

    Raises:
        ApiError: OperationNotPermitted if one is protected; the others in its zone are not terminated either, those elsewhere are.
    """
    instances, region = _asked(ec2, request), ec2.region(request)
    before = {instance.id: instance.state for instance in instances}
    protected = {instance.zone: instance for instance in instances if is_protected(instance, "DisableApiTermination")}
    for instance in instances:
        if instance.state in {"terminated", "shutting-down"} or instance.zone in protected:
            continue
        ec2.happened(instance, "terminated", request.operation)
        _by_user(ec2, instance)
        _spoil_images(region, instance)
        _pass(ec2, region, instance, _Passage("shutting-down", "terminated", ec2.timing.terminate, _parted(ec2, region, instance)))
    for instance in protected.values():
        raise not_permitted(instance, "terminated", "disableApiTermination")
    return {"TerminatingInstances": _changes(instances, before)}


def launch(ec2: Ec2, region: RegionStore, instance: Instance, cause: str, instead: str | None) -> None:
    """Let an instance become pending, then running; or what it becomes `instead`, stopped or terminated, where that fails."""
    ec2.happened(instance, "started", cause)
    instance.booted, instance.transition, instance.impaired = ec2.now() + ec2.timing.launch, "", False
    instance.reason = "Client.InternalError: Client error on launch" if instead else ""
    last = _parted(ec2, region, instance) if instead == "terminated" else None
    _pass(ec2, region, instance, _Passage("pending", instead or "running", ec2.timing.launch, last))


def reboot(ec2: Ec2, instance: Instance, cause: str) -> None:
    """Boot an instance's system anew; its state stays as it is."""
    instance.booted, instance.impaired = ec2.now(), ec2.faults.stays_impaired(instance.id)
    ec2.happened(instance, "rebooted", cause)


def state_reason(instance: Instance) -> dict[str, str] | None:
    """Why an instance is not running, or will not be: a user wanted it so, or it could not be launched."""
    return {"Code": instance.reason.partition(":")[0], "Message": instance.reason} if instance.reason else None


def _by_user(ec2: Ec2, instance: Instance) -> None:
    instance.transition = f"User initiated ({ec2.now():%Y-%m-%d %H:%M:%S} GMT)"
    instance.reason = "Client.UserInitiatedShutdown: User initiated shutdown"


def _spoil_images(region: RegionStore, instance: Instance) -> None:
    """Let an instance's pending images fail, as the reason of that name says that they do. Unverified: until when in their making."""
    made = [region.images[key] for key in region.images_of_source(instance.id) if key in region.images]
    for image in made:
        if image.state == "pending":
            image.problem = image.problem or INSTANCE_GONE


def shown(instance: Instance) -> dict[str, Any]:
    """An instance's state as the API shows it."""
    return {"Code": CODES[instance.state], "Name": instance.state}


def _asked(ec2: Ec2, request: Request) -> list[Instance]:
    ids = request.parameters["InstanceIds"]
    check_ids(ec2.region(request).instances, ids, "i")
    return [ec2.region(request).instances[key] for key in ids]


def _require(instances: list[Instance], states: set[str], verb: str) -> None:
    for instance in instances:
        if instance.state not in states:
            raise ApiError("IncorrectInstanceState", f"The instance '{instance.id}' is not in a state from which it can be {verb}.")


def _changes(instances: list[Instance], before: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {
            "InstanceId": instance.id,
            "CurrentState": shown(instance),
            "PreviousState": {"Code": CODES[before[instance.id]], "Name": before[instance.id]},
        }
        for instance in instances
    ]


@dataclass(frozen=True)
class _Passage:
    """A state at once, another after a delay, and what comes with that."""

    at_once: str
    then: str
    delay: timedelta
    last: Callable[[], None] | None = None


def _pass(ec2: Ec2, region: RegionStore, instance: Instance, passage: _Passage) -> None:
    instance.state = passage.at_once
    ec2.notices.instance(region.name, instance)

    def arrive() -> None:
        if instance.state != passage.at_once:
            return  # something else happened to it meanwhile
        instance.state = passage.then
        ec2.notices.instance(region.name, instance)
        if passage.last:
            passage.last()

    ec2.clock.after(passage.delay, arrive)


def _parted(ec2: Ec2, region: RegionStore, instance: Instance) -> Callable[[], None]:
    """What happens to a terminated instance's volumes, and to itself in the end."""

    def forget() -> None:
        region.instances.pop(instance.id, None)
        region.tags.forget(instance.id)

    def part() -> None:
        for volume in [region.volumes[key] for key in instance.volumes.values()]:
            if volume.attachment and volume.attachment.delete_on_termination:  # unverified: past the Recycle Bin, whatever its rules say
                del region.volumes[volume.id]
                region.tags.forget(volume.id)
            volume.attachment = None
        instance.volumes.clear()
        ec2.clock.after(ec2.timing.terminated_shown, forget)

    return part
