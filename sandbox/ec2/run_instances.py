"""RunInstances: new instances with their volumes and tags."""

import hashlib
import json
from typing import Any

from sandbox.ec2.instance_states import launch
from sandbox.ec2.instance_volumes import attach_volumes, has_key_trouble
from sandbox.ec2.launch_parameters import launch_parameters, template_tags
from sandbox.ec2.lookups import any_image
from sandbox.ec2.network import Place, place_for, security_groups
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image, Instance
from sandbox.ec2.store import RegionStore
from sandbox.ec2.tag_rules import specified
from sandbox.ec2.views import reservation
from sandbox.gateway import ApiError, Request

BURSTABLE = ("t2.", "t3.", "t3a.", "t4g.")
KEPT = (
    "ClientToken",
    "CpuOptions",
    "DisableApiStop",
    "DisableApiTermination",
    "EbsOptimized",
    "EnclaveOptions",
    "HibernationOptions",
    "IamInstanceProfile",
    "InstanceInitiatedShutdownBehavior",
    "InstanceMarketOptions",
    "KeyName",
    "MaintenanceOptions",
    "MetadataOptions",
    "Monitoring",
    "NetworkPerformanceOptions",
    "Placement",
    "PrivateDnsNameOptions",
    "UserData",
)


def run_instances(ec2: Ec2, request: Request) -> dict[str, Any]:
    """RunInstances, of a public image or one of the account's, with or without a launch template. The same token gives the same instances.

    Those that have a volume whose key cannot be used, or not by the caller, are pending, and then terminated.

    A service of AWS may give system tags: Auto Scaling marks its instances so.

    Raises:
        ApiError: InvalidAMIID.Unavailable for an image that cannot be launched, and what is wrong with the parameters or the token.
    """
    region, token = ec2.region(request), request.parameters.get("ClientToken")
    earlier = _earlier(region, request)
    if earlier:
        return reservation(ec2, region, earlier)
    parameters = launch_parameters(ec2, request)
    image = any_image(region, parameters["ImageId"])
    if image.state != "available":
        raise ApiError("InvalidAMIID.Unavailable", f"AMI '{image.id}' is {image.state}, and cannot be run")
    instances = _instances(ec2, request, parameters, image)
    if token:
        region.launch_tokens[token] = ([instance.id for instance in instances], _fingerprint(request))
    if image.owner == ec2.account:
        _note_launch(ec2, image)
    return reservation(ec2, region, instances)


def credits_of(kind: str, asked: str | None = None) -> str | None:
    """The CPU credits of an instance of this type; None if it has none."""
    usual = "standard" if kind.startswith("t2.") else "unlimited"
    return (asked or usual) if kind.startswith(BURSTABLE) else None


def _earlier(region: RegionStore, request: Request) -> list[Instance]:
    """The instances that this token gave before, and that are still there."""
    ids, fingerprint = region.launch_tokens.get(request.parameters.get("ClientToken", ""), ([], ""))
    if ids and fingerprint != _fingerprint(request):
        raise ApiError("IdempotentParameterMismatch", "The client token was used with different parameters before.")
    return [region.instances[key] for key in ids if key in region.instances]


def _fingerprint(request: Request) -> str:
    return hashlib.sha256(json.dumps(request.parameters, sort_keys=True, default=str).encode()).hexdigest()


def _instances(ec2: Ec2, request: Request, parameters: dict[str, Any], image: Image) -> list[Instance]:
    region, system = ec2.region(request), request.caller.is_service
    tags = specified(parameters, "instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu", system=system)
    tags["instance"] = tags["instance"] | template_tags(ec2, request)
    place = place_for(request, parameters.get("SubnetId"), parameters.get("Placement", {}).get("AvailabilityZone"))
    groups = security_groups(request, parameters.get("SecurityGroupIds") or [place.default_group])
    reserved, instances = ec2.store.new_id("r"), []
    for index in range(parameters["MaxCount"]):
        instance = _instance(ec2, parameters, image, place)
        instance.reservation, instance.index, instance.groups = reserved, index, groups
        instance.address = _address(len(region.instances))
        attach_volumes(ec2, request, instance, parameters.get("BlockDeviceMappings") or [])
        region.instances[instance.id] = instance
        _tag(ec2, region, instance, tags)
        launch(ec2, region, instance, request.operation, "terminated" if has_key_trouble(ec2, request, instance) else None)
        instances.append(instance)
    return instances


def _instance(ec2: Ec2, parameters: dict[str, Any], image: Image, place: Place) -> Instance:
    kind = parameters.get("InstanceType", "m1.small")
    return Instance(
        id=ec2.store.new_id("i"),
        reservation="",
        index=0,
        image=image,
        type=kind,
        state="pending",
        launched=ec2.now(),
        booted=ec2.now(),
        zone=place.zone,
        zone_id=place.zone_id,
        subnet_id=place.subnet_id,
        vpc_id=place.vpc_id,
        groups={},
        address="",
        architecture=image.architecture,
        platform=image.platform,
        root_device=image.root_device,
        root_type=image.root_type,
        credits=credits_of(kind, parameters.get("CreditSpecification", {}).get("CpuCredits")),
        spot_request=ec2.store.new_id("sir") if parameters.get("InstanceMarketOptions", {}).get("MarketType") == "spot" else None,
        given={name: parameters[name] for name in KEPT if name in parameters},
    )


def _address(number: int) -> str:
    return f"172.31.{number // 250 % 250}.{number % 250 + 4}"


def _tag(ec2: Ec2, region: RegionStore, instance: Instance, tags: dict[str, dict[str, str]]) -> None:
    for volume in instance.volumes.values():
        region.tags.put(volume, tags["volume"])
    if changed := region.tags.put(instance.id, tags["instance"]):
        ec2.notices.tags(region, instance.id, changed)


def _note_launch(ec2: Ec2, image: Image) -> None:
    """Let the image's owner see this launch a day later."""
    launched = ec2.now()

    def report() -> None:
        image.last_launched = launched

    ec2.clock.after(ec2.timing.launch_reported, report)
