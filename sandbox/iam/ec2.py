"""What EC2 checks for a request: which actions, on which resources, with which condition keys."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from sandbox.ec2.store import Store
from sandbox.gateway import Request
from sandbox.iam.conditions import Context
from sandbox.iam.ec2_resources import describe, made
from sandbox.iam.evaluate import Question, context
from sandbox.iam.questions import Place, Target, ask
from sandbox.iam.rows import action, fill

KINDS = {
    "acl": "network-acl",
    "ami": "image",
    "cr": "capacity-reservation",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "key": "key-pair",
    "lt": "launch-template",
    "nat": "natgateway",
    "pg": "placement-group",
    "rtb": "route-table",
    "sg": "security-group",
    "sir": "spot-instances-request",
    "snap": "snapshot",
    "subnet": "subnet",
    "tgw": "transit-gateway",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
NAMING = ("Id", "Ids", "Resources", "Groups")
NOT_NAMING = {"Filters", "TagSpecifications", "Tags"}
TAGGING = {"CreateTags", "DeleteTags"}
_ID = re.compile(r"([a-z]+)-[0-9a-z]+")


def questions(request: Request, shared: Context, store: Store) -> Iterator[Question]:
    """What must be allowed, each by itself. `shared` holds the keys that every check has."""
    place = Place(request.region, request.account)
    specified = _specified(request)
    known = {**shared, **_of_region(request.region), **context(_about(request))}
    yield from ask(f"ec2:{request.operation}", _targets(request, store, specified), known, place)
    for kind, tags in specified.items():
        about = context({"ec2:CreateAction": request.operation, **request_tags(tags)})
        yield from ask("ec2:CreateTags", [Target(kind, _any(request, kind))], {**shared, **_of_region(request.region), **about}, place)


@lru_cache(maxsize=64)
def _of_region(region: str) -> Context:
    return context({"ec2:Region": region})


def request_tags(tags: Mapping[str, str]) -> dict[str, Any]:
    """The keys of tags that a request gives."""
    return {f"aws:RequestTag/{key}": value for key, value in tags.items()} | ({"aws:TagKeys": tuple(tags)} if tags else {})


def _targets(request: Request, store: Store, specified: Mapping[str, Mapping[str, str]]) -> Iterator[Target]:
    """The resources that a request makes, and those that it names.

    A source in another region, of CopyImage or CopySnapshot, has no request tags: those are its copy's. Unverified.
    """
    for kind in _makes(request.operation):
        about = context({**made(request, kind), **request_tags(specified.get(kind, {}))})
        yield Target(kind, _any(request, kind), about)
    for name, identifier in _named(request.parameters):
        kind = KINDS[identifier.split("-", 1)[0]]
        region = request.parameters.get("SourceRegion", request.region) if name.startswith("Source") else request.region
        arn = fill(_template(kind), region, request.account, identifier)
        there = store.region(region)
        yield Target(kind, arn, describe(there, region, request.account, kind, identifier), there.tags.of(identifier))


@lru_cache(maxsize=1024)
def _makes(operation: str) -> tuple[str, ...]:
    """The types of resources that an operation makes: they have a request's tags and none yet."""
    entry = action(f"ec2:{operation}")
    rows = entry.rows.values() if entry else ()
    return tuple(row.kind for row in rows if "aws:requesttag/" in row.keys and "aws:resourcetag/" not in row.keys)


def _named(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The ids of resources in a request, each with the name of its parameter."""
    for name, value in parameters.items():
        if name in NOT_NAMING:
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                yield from _named(one)
            elif isinstance(one, str) and name.endswith(NAMING):
                found = _ID.fullmatch(one)
                if found and found[1] in KINDS:
                    yield name, one


def _about(request: Request) -> dict[str, Any]:
    """The keys of what a request changes: tags, attributes, whom it shares with. Unverified: attributes are spelled as the parameters are."""
    given = request.parameters
    if request.operation in TAGGING:
        return request_tags({tag["Key"]: tag.get("Value", "") for tag in given.get("Tags") or []})
    if not request.operation.startswith(("Modify", "Reset")):
        return {}
    changes: dict[str, Any] = {"ec2:Attribute": given.get("Attribute") or _attributes(given) or None}
    permission = given.get("CreateVolumePermission") or {}
    asked: Iterable[tuple[str, Any]] = [*permission.items(), (str(given.get("OperationType", "")).title(), _flat(given))]
    for change, entries in asked:
        for one in entries:
            for key, value in one.items():
                name = f"ec2:{change}/{key[0].lower()}{key[1:]}"
                changes[name] = (*changes.get(name, ()), value)
    return changes


def _attributes(given: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(name for name, value in given.items() if isinstance(value, dict))


def _flat(given: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"userId": user} for user in given.get("UserIds") or []] + [{"group": group} for group in given.get("GroupNames") or []]


def _specified(request: Request) -> dict[str, dict[str, str]]:
    """The tags that a request gives to what it makes, by type of resource."""
    found: dict[str, dict[str, str]] = {}
    for one in request.parameters.get("TagSpecifications") or []:
        for tag in one.get("Tags") or []:
            found.setdefault(one.get("ResourceType", ""), {})[tag["Key"]] = tag.get("Value", "")
    return found


def _any(request: Request, kind: str) -> str:
    return fill(_template(kind), request.region, request.account)


def _template(kind: str) -> str:
    """The form of a type's ARNs; CreateTags takes all types."""
    entry = action("ec2:CreateTags")
    row = entry.rows.get(kind) if entry else None
    return row.template if row else f"arn:${{Partition}}:ec2:${{Region}}:${{Account}}:{kind}/${{Id}}"
