"""CopyImage, called in the destination region."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from sandbox.ec2 import image_life
from sandbox.ec2.image_names import check_description, check_name
from sandbox.ec2.lookups import any_image
from sandbox.ec2.plane import Ec2
from sandbox.ec2.records import Image, Snapshot
from sandbox.ec2.tag_rules import specified
from sandbox.gateway import ApiError, Request

UNRELATED = {"ClientToken", "DryRun"}


def copy_image(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CopyImage: the same token and parameters give the same image; key trouble shows later, when the copy fails.

    Raises:
        ApiError: what is wrong with the source, the name, the parameters or the token; the quota that is full.
    """
    parameters, region = request.parameters, ec2.region(request)
    earlier = _earlier(ec2, request)
    if earlier:
        return {"ImageId": earlier}
    source = _source(ec2, request)
    check_name(region, parameters["Name"])
    check_description(parameters.get("Description", ""))
    tags = specified(parameters, "image", "snapshot")
    if parameters.get("KmsKeyId") and not parameters.get("Encrypted"):
        raise ApiError("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.")
    ec2.quotas.check_image(region)
    ec2.quotas.check_image_copy(region)
    ec2.quotas.check_room(region, len(source.snapshot_ids()))
    image = _image(ec2, request, source)
    sources = _copy_snapshots(ec2, request, source, image)
    _keep(ec2, request, source, image, tags)
    moved = sum(written for _, written in sources.values())
    image_life.begin(ec2, request, image, ec2.timing.of_copy(moved), lambda snapshot: _tell(ec2, request, snapshot, *sources[snapshot.id]))
    return {"ImageId": image.id}


def _earlier(ec2: Ec2, request: Request) -> str | None:
    """The image that this token gave before."""
    tokens = ec2.region(request).copy_tokens
    token = request.parameters.get("ClientToken")
    if not token or token not in tokens:
        return None
    image_id, fingerprint = tokens[token]
    if fingerprint != _fingerprint(request):
        raise ApiError("IdempotentParameterMismatch", "The client token was used with different parameters before.")
    return image_id


def _fingerprint(request: Request) -> str:
    said = {name: value for name, value in request.parameters.items() if name not in UNRELATED}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _source(ec2: Ec2, request: Request) -> Image:
    source = any_image(ec2.store.region(request.parameters["SourceRegion"]), request.parameters["SourceImageId"])
    if source.state != "available":
        raise ApiError("InvalidAMIID.Unavailable", f"The image ID '{source.id}' is not available; it is {source.state}.")
    if source.root_type != "ebs":
        raise ApiError("InvalidRequest", "Images with an instance-store root cannot be copied here.")
    return source


def _image(ec2: Ec2, request: Request, source: Image) -> Image:
    parameters = request.parameters
    return replace(
        source,
        id=ec2.store.new_id("ami"),
        name=parameters["Name"],
        owner=ec2.account,
        alias=None,
        created=ec2.now(),
        visible=ec2.now() + ec2.timing.visibility_lag,
        description=parameters.get("Description", ""),
        mappings=[],
        state="pending",
        source_instance=None,
        source_image=source.id,
        source_region=parameters["SourceRegion"],
        permissions=[],
        deprecated=None,
        protection="disabled",
        protected_until=None,
        last_launched=None,
        problem=None,
    )


def _copy_snapshots(ec2: Ec2, request: Request, source: Image, image: Image) -> dict[str, tuple[str, float]]:
    """Give the copy its devices and snapshots. For each new snapshot: its source's id and how many bytes are to be moved."""
    region, home = ec2.region(request), ec2.store.region(request.parameters["SourceRegion"])
    moved: dict[str, tuple[str, float]] = {}
    for mapping in source.mappings:
        old = home.snapshots.get(mapping.snapshot_id or "")
        if old is None:
            image.mappings.append(mapping)
            continue
        key = _key(ec2, request, old, image)
        share = ec2.timing.changed_share if region.holds_blocks_of(old.origin, key) else 1
        new = _copied(ec2, old, key, image)
        region.add_snapshot(new)
        moved[new.id] = (old.id, share * old.full_bytes)
        image.mappings.append(replace(mapping, snapshot_id=new.id, encrypted=key is not None))
    return moved


def _copied(ec2: Ec2, old: Snapshot, key: str | None, image: Image) -> Snapshot:
    return replace(
        old,
        id=ec2.store.new_id("snap"),
        owner=ec2.account,
        volume_id="vol-ffffffff",
        description=f"Copied for DestinationAmi {image.id} from SourceAmi {image.source_image} for SourceSnapshot {old.id}.",
        started=ec2.now(),
        key=key,
        state="pending",
        completed=None,
        message="",
        permissions=[],
    )


def _key(ec2: Ec2, request: Request, old: Snapshot, image: Image) -> str | None:
    """The key of a snapshot's copy. What is wrong with either key becomes the copy's problem, found out later."""
    parameters = request.parameters
    if old.key:
        _, problem = ec2.keys.readable(parameters["SourceRegion"], old.key, request.caller)
        image.problem = image.problem or problem
    if not old.key and not parameters.get("Encrypted"):
        return None
    wanted = parameters.get("KmsKeyId") or ec2.keys.default(request.region)
    key, problem = ec2.keys.usable(request.region, wanted, request.caller)
    image.problem = image.problem or problem
    return key or wanted


def _keep(ec2: Ec2, request: Request, source: Image, image: Image, tags: dict[str, dict[str, str]]) -> None:
    parameters, region = request.parameters, ec2.region(request)
    region.add_image(image)
    region.copying[image.id] = None
    if parameters.get("ClientToken"):
        region.copy_tokens[parameters["ClientToken"]] = (image.id, _fingerprint(request))
    if parameters.get("CopyImageTags") and source.owner == ec2.account:
        held = ec2.store.tags_of(parameters["SourceRegion"], source.id)
        region.tags.put(image.id, {key: value for key, value in held.items() if not key.startswith("aws:")})
    region.tags.put(image.id, tags["image"])
    for snapshot in image.snapshot_ids():
        region.tags.put(snapshot, tags["snapshot"])


def _tell(ec2: Ec2, request: Request, snapshot: Snapshot, source: str, moved: float) -> None:
    arn = f"arn:aws:ec2::{request.parameters['SourceRegion']}:snapshot/{source}"
    incremental = "true" if moved < snapshot.full_bytes else "false"
    ec2.notices.snapshot(request.region, snapshot, "copySnapshot", arn, {"incremental": incremental, "transferType": "standard"})
