"""CopyImage, called in the destination region."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from sandbox.ec2 import image_life
from sandbox.ec2.image_names import check_description, check_name
from sandbox.ec2.lookups import any_image
from sandbox.ec2.plane import Ec2
from sandbox.ec2.public_images import PUBLIC_SNAPSHOTS
from sandbox.ec2.records import Image, Snapshot
from sandbox.ec2.snapshot_copies import Copying, copied, duration_of, planned, problem_by_now, tell
from sandbox.ec2.tag_rules import check_number, specified
from sandbox.gateway import ApiError, Request

UNRELATED = {"ClientToken", "DryRun"}
LONGEST_TOKEN = 64


def copy_image(ec2: Ec2, request: Request) -> dict[str, Any]:
    """CopyImage: the same token and parameters give the same image; key trouble shows later, when the copy fails.

    Raises:
        ApiError: what is wrong with the source, the name, the parameters or the token; the quota that is full.
    """
    parameters, region = request.parameters, ec2.region(request)
    _check(parameters)
    earlier = _earlier(ec2, request)
    if earlier:
        return {"ImageId": earlier}
    source = _source(ec2, request)
    check_name(region, parameters["Name"])
    tags = _tags(ec2, request, source)
    ec2.quotas.check_image(region)
    ec2.quotas.check_image_copy(region)
    ec2.quotas.check_room(region, len(source.snapshot_ids()))
    olds = _snapshots(ec2, request, source)
    plan = planned(ec2, request, list(olds.values()), parameters.get("SnapshotCopyCompletionDurationMinutes"))
    image = _image(ec2, request, source)
    copies = _copy(ec2, request, source, image, dict(zip(olds, plan, strict=True)))
    _keep(ec2, request, image, tags)
    image_life.begin(
        ec2,
        request,
        image,
        duration_of(ec2, plan),
        lambda snapshot: tell(ec2, request, copies[snapshot.id], snapshot),
        lambda: next(filter(None, (problem_by_now(ec2, request, copy) for copy in plan)), None),
    )
    return {"ImageId": image.id}


def _check(parameters: dict[str, Any]) -> None:
    """Unverified: that a token of more than 64 characters is refused, as one page has it; the API's model allows 128."""
    token = parameters.get("ClientToken", "")
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise ApiError("InvalidParameterValue", f"A client token has at most {LONGEST_TOKEN} ASCII characters.")
    check_description(parameters.get("Description", ""))


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
    """Unverified: the code for a source that is disabled."""
    source = any_image(ec2.store.region(request.parameters["SourceRegion"]), request.parameters["SourceImageId"])
    if source.state != "available":
        raise ApiError("InvalidAMIID.Unavailable", f"The image ID '{source.id}' is not available; it is {source.state}.")
    if source.root_type != "ebs":
        raise ApiError("InvalidRequest", "Images with an instance-store root cannot be copied here.")
    return source


def _tags(ec2: Ec2, request: Request, source: Image) -> dict[str, dict[str, str]]:
    """The tags of the copy and of its snapshots."""
    tags = specified(request.parameters, "image", "snapshot")
    if request.parameters.get("CopyImageTags") and source.owner == ec2.account:
        held = ec2.store.tags_of(request.parameters["SourceRegion"], source.id)
        tags["image"] = {key: value for key, value in held.items() if not key.startswith("aws:")} | tags["image"]
        check_number(tags["image"])
    return tags


def _snapshots(ec2: Ec2, request: Request, source: Image) -> dict[str, Snapshot]:
    home = ec2.store.region(request.parameters["SourceRegion"]).snapshots
    return {key: PUBLIC_SNAPSHOTS.get(key) or home[key] for key in source.snapshot_ids()}


def _image(ec2: Ec2, request: Request, source: Image) -> Image:
    """Unverified: that deprecation and deregistration protection are not copied."""
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
        mappings=(),
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


def _copy(ec2: Ec2, request: Request, source: Image, image: Image, plan: dict[str, Copying]) -> dict[str, Copying]:
    """Give the copy its devices and snapshots: what each new snapshot is a copy of."""
    made, mappings = {}, []
    for mapping in source.mappings:
        copy = plan.get(mapping.snapshot_id or "")
        if copy is None:
            mappings.append(mapping)
            continue
        image.problem = image.problem or copy.problem
        text = f"Copied for DestinationAmi {image.id} from SourceAmi {source.id} for SourceSnapshot {copy.old.id}."
        snapshot = copied(ec2, request, copy, text)
        made[snapshot.id] = copy
        mappings.append(replace(mapping, snapshot_id=snapshot.id, encrypted=copy.key is not None))
    image.mappings = mappings
    return made


def _keep(ec2: Ec2, request: Request, image: Image, tags: dict[str, dict[str, str]]) -> None:
    region, token = ec2.region(request), request.parameters.get("ClientToken")
    region.add_image(image)
    region.copying[image.id] = None
    if token:
        region.copy_tokens[token] = (image.id, _fingerprint(request))
    region.tags.put(image.id, tags["image"])
    for snapshot in image.snapshot_ids():
        region.tags.put(snapshot, tags["snapshot"])
