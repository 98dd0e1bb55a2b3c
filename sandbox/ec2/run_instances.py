"""RunInstances: new instances with their volumes and tags."""

from typing import Any

from sandbox.ec2.instance_states import launch
from sandbox.ec2.lookups import any_image
from sandbox.ec2.network import Place, place_for
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import GIB, Attachment, Image, Instance, Mapping, Volume
from sandbox.ec2.store import RegionStore
from sandbox.ec2.tag_rules import specified
from sandbox.ec2.views import reservation
from sandbox.gateway import ApiError, Request

WRITTEN_SHARE = 0.4
BURSTABLE = ("t2.", "t3.", "t3a.", "t4g.")
KEPT = ("KeyName", "IamInstanceProfile", "MetadataOptions", "Monitoring", "EbsOptimized", "CpuOptions", "HibernationOptions")


def run_instances(ec2: Ec2, request: Request) -> dict[str, Any]:
    """RunInstances, of a public image or one of the account's. New volumes hold written blocks for 40% of their size."""
    parameters, region = request.parameters, ec2.region(request)
    image = any_image(region, parameters.get("ImageId", ""))
    if image.state != "available":
        raise ApiError("InvalidAMIID.Unavailable", f"The image ID '{image.id}' is not available")
    tags = specified(parameters, "instance", "volume", "network-interface", "spot-instances-request")
    place, reserved = place_for(request), ec2.store.new_id("r")
    mappings = _mappings(image, parameters.get("BlockDeviceMappings") or [])
    instances = []
    for index in range(parameters.get("MaxCount", 1)):
        instance = _instance(ec2, request, image, place, reserved)
        instance.index = index
        region.instances[instance.id] = instance
        for mapping, asked in mappings:
            _attach(ec2, request, instance, mapping, asked)
        _tag(ec2, region, instance, tags)
        launch(ec2, region, instance, cause=request.operation)
        instances.append(instance)
    return reservation(ec2, region, instances)


def _instance(ec2: Ec2, request: Request, image: Image, place: Place, reserved: str) -> Instance:
    parameters, number = request.parameters, len(ec2.region(request).instances)
    kind = parameters.get("InstanceType", "m1.small")
    asked = parameters.get("CreditSpecification", {}).get("CpuCredits")
    usual = "standard" if kind.startswith("t2.") else "unlimited"
    return Instance(
        id=ec2.store.new_id("i"),
        reservation=reserved,
        index=0,
        image_id=image.id,
        type=kind,
        state="pending",
        launched=ec2.now(),
        booted=ec2.now(),
        zone=place.zone,
        subnet_id=place.subnet_id,
        vpc_id=place.vpc_id,
        groups=parameters.get("SecurityGroupIds") or [place.default_group],
        address=f"172.31.{number // 250 % 250}.{number % 250 + 4}",
        architecture=image.architecture,
        platform=image.platform,
        root_device=image.root_device,
        root_type=image.root_type,
        credits=(asked or usual) if kind.startswith(BURSTABLE) else None,
        given={name: parameters[name] for name in KEPT if name in parameters},
    )


def _mappings(image: Image, asked: list[dict[str, Any]]) -> list[tuple[Mapping, dict[str, Any]]]:
    """The EBS devices an instance starts with: the image's, changed and added to by what is asked for."""
    wanted = {each["DeviceName"]: each for each in asked}
    result = []
    for mapping in image.mappings:
        override = wanted.pop(mapping.device, {})
        if mapping.size is not None and "NoDevice" not in override:
            result.append((mapping, override.get("Ebs", {})))
    for device, each in wanted.items():
        if "Ebs" in each:
            result.append((Mapping(device, each["Ebs"].get("SnapshotId"), each["Ebs"].get("VolumeSize", 8)), each["Ebs"]))
    return result


def _attach(ec2: Ec2, request: Request, instance: Instance, mapping: Mapping, asked: dict[str, Any]) -> None:
    region = ec2.region(request)
    source = region.snapshots.get(asked.get("SnapshotId") or mapping.snapshot_id or "")
    size = asked.get("VolumeSize") or mapping.size or 8
    kind = asked.get("VolumeType") or mapping.type
    volume = Volume(
        id=ec2.store.new_id("vol"),
        zone=instance.zone,
        size=size,
        type=kind,
        iops=asked.get("Iops") or mapping.iops or (3000 if kind == "gp3" else None),
        throughput=asked.get("Throughput") or mapping.throughput or (125 if kind == "gp3" else None),
        key=_key(ec2, request, asked, source.key if source else None),
        snapshot_id=source.id if source else mapping.snapshot_id or "",
        created=ec2.now(),
        written_bytes=source.full_bytes if source else int(size * GIB * WRITTEN_SHARE),
    )
    volume.attachment = Attachment(instance.id, mapping.device, asked.get("DeleteOnTermination", mapping.delete_on_termination), ec2.now())
    region.volumes[volume.id] = volume
    instance.volumes[mapping.device] = volume.id


def _key(ec2: Ec2, request: Request, asked: dict[str, Any], inherited: str | None) -> str | None:
    wanted = asked.get("KmsKeyId")
    if wanted:
        if not asked.get("Encrypted"):
            raise ApiError("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.")
        found, problem = ec2.keys.usable(request.region, wanted, request.caller)
        return found if found and not problem else wanted
    return inherited or (ec2.keys.default(request.region) if asked.get("Encrypted") else None)


def _tag(ec2: Ec2, region: RegionStore, instance: Instance, tags: dict[str, dict[str, str]]) -> None:
    for volume in instance.volumes.values():
        region.tags.put(volume, tags["volume"])
    if changed := region.tags.put(instance.id, tags["instance"]):
        ec2.notices.tags(region, instance.id, changed)
