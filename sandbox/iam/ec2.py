"""What EC2 checks for a request: which actions, on which resources, with which condition keys."""

from collections.abc import Callable
from typing import Any

from sandbox.gateway import Request
from sandbox.iam.evaluate import Question, context

TagsOf = Callable[[str, str], dict[str, str]]
"""A resource's tags, by region and id."""
OWNERLESS = {"image", "snapshot"}
KINDS = {"i": "instance", "ami": "image", "snap": "snapshot", "vol": "volume", "sg": "security-group", "subnet": "subnet", "vpc": "vpc"}
SINGLE = ("ImageId", "SnapshotId", "InstanceId", "VolumeId")
MANY = ("InstanceIds", "SnapshotIds")


def questions(request: Request, shared: dict[str, Any], tags_of: TagsOf) -> list[Question]:
    """What must be allowed, each by itself. `shared` holds the keys that every check has."""
    match request.operation:
        case "CreateImage":
            created = [_made(request, kind, shared) for kind in ("image", "snapshot")]
            return [_existing(request, request.parameters["InstanceId"], shared, tags_of), *created, *_tagging(request, shared)]
        case "CopyImage":
            created = [_made(request, kind, shared) for kind in ("image", "snapshot")]
            return [_copied(request, shared), *created, *_tagging(request, shared)]
        case "CreateTags" | "DeleteTags":
            return _tags(request, shared, tags_of)
        case operation if operation.startswith("Describe") and not operation.endswith("Attribute"):
            return [Question(f"ec2:{operation}", "*", context(shared))]
    return _generic(request, shared, tags_of)


def arn(request: Request, resource: str, region: str | None = None) -> str:
    """The ARN of a resource by its id; images and snapshots have no account in theirs."""
    kind = KINDS.get(resource.split("-", 1)[0], "resource")
    account = "" if kind in OWNERLESS else request.account
    return f"arn:aws:ec2:{region or request.region}:{account}:{kind}/{resource}"


def _existing(request: Request, resource: str, shared: dict[str, Any], tags_of: TagsOf) -> Question:
    """A check on a resource that exists: its own tags count."""
    tags = tags_of(request.region, resource)
    held = {f"{prefix}:ResourceTag/{key}": value for key, value in tags.items() for prefix in ("aws", "ec2")}
    return Question(f"ec2:{request.operation}", arn(request, resource), context(shared | held))


def _made(request: Request, kind: str, shared: dict[str, Any]) -> Question:
    """A check on a resource that the request makes, whose id is not known yet: the tags it is to have count."""
    resource = f"arn:aws:ec2:{request.region}::{kind}/*"
    return Question(
        f"ec2:{request.operation}", resource, context(shared | _request_tags(_specified(request, kind)) | {"ec2:Owner": request.account})
    )


def _copied(request: Request, shared: dict[str, Any]) -> Question:
    """The check on an image to be copied, in the region where it is. Neither its own tags nor the copy's count."""
    parameters = request.parameters
    resource = arn(request, parameters["SourceImageId"], parameters["SourceRegion"])
    return Question("ec2:CopyImage", resource, context(shared | {"ec2:Owner": request.account, "ec2:ImageID": parameters["SourceImageId"]}))


def _tagging(request: Request, shared: dict[str, Any]) -> list[Question]:
    """The checks of ec2:CreateTags for tags given in the creating call."""
    found = []
    for specification in request.parameters.get("TagSpecifications") or []:
        kind, tags = specification["ResourceType"], _pairs(specification)
        if tags:
            account = "" if kind in OWNERLESS else request.account
            about = context(shared | _request_tags(tags) | {"ec2:CreateAction": request.operation})
            found.append(Question("ec2:CreateTags", f"arn:aws:ec2:{request.region}:{account}:{kind}/*", about))
    return found


def _tags(request: Request, shared: dict[str, Any], tags_of: TagsOf) -> list[Question]:
    given = _request_tags({tag["Key"]: tag.get("Value", "") for tag in request.parameters.get("Tags") or []})
    return [_existing(request, resource, shared | given, tags_of) for resource in request.parameters["Resources"]]


def _generic(request: Request, shared: dict[str, Any], tags_of: TagsOf) -> list[Question]:
    given = request.parameters
    resources = [given[name] for name in SINGLE if given.get(name)] + [one for name in MANY for one in given.get(name) or []]
    existing = [_existing(request, resource, shared, tags_of) for resource in resources]
    return [*(existing or [Question(f"ec2:{request.operation}", "*", context(shared))]), *_tagging(request, shared)]


def _specified(request: Request, kind: str) -> dict[str, str]:
    return {
        key: value
        for one in request.parameters.get("TagSpecifications") or []
        if one["ResourceType"] == kind
        for key, value in _pairs(one).items()
    }


def _pairs(specification: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in specification.get("Tags") or []}


def _request_tags(tags: dict[str, str]) -> dict[str, Any]:
    return {f"aws:RequestTag/{key}": value for key, value in tags.items()} | ({"aws:TagKeys": tuple(tags)} if tags else {})
