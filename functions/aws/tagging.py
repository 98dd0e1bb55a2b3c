"""Tags: in the form of EC2's creating calls, and written later on what exists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from functions.aws import clients, faults

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import TagSpecificationTypeDef, TagTypeDef


MISSING = frozenset({"InvalidAMIID.NotFound", "InvalidSnapshot.NotFound"})
"""Codes by which EC2 refuses a call for all its resources, naming those that do not exist."""

IDS = re.compile(r"\b(?:ami|snap)-[0-9a-z]+")


def put(
    ec2: EC2Client, resources: Iterable[str], key: str, value: str, *, needed: str = ""
) -> tuple[dict[str, str | None], dict[str, ClientError]]:
    """Write one tag on all of `resources` in one CreateTags; once more without those that EC2 says do not exist, or one by one if it refuses for another reason.

    Returns AWS's id of the request for each that was written on, and why each other one was not.
    Raises what boto3 raises when EC2 is busy or cannot be reached, and when `needed` cannot be written on.
    """
    written, refused = dict[str, str | None](), dict[str, ClientError]()
    parts = [sorted(set(resources))]
    while parts:
        part = parts.pop()
        try:
            response = ec2.create_tags(  # type: ignore[func-returns-value] # the stubs leave out what every answer has
                Resources=part, Tags=[{"Key": key, "Value": value}]
            )
        except ClientError as fault:
            out = _named(fault, part) or set(part[:1] if len(part) == 1 else ())
            if needed in out or not (out or faults.is_refusal(fault)):
                raise
            refused |= dict.fromkeys(out, fault)
            left = [one for one in part if one not in out]
            parts += ([left] if left else []) if out else [[one] for one in left]  # smaller each time
            continue
        written |= dict.fromkeys(part, clients.request_id(response))
    return written, refused


def is_missing(fault: ClientError) -> bool:
    """Whether EC2 refused since a resource does not exist."""
    return faults.code(fault) in MISSING


def _named(fault: ClientError, resources: list[str]) -> set[str]:
    """Which of `resources` do not exist, as far as EC2 says so."""
    return set(IDS.findall(str(fault))) & set(resources) if is_missing(fault) else set()


def specifications(tags: Mapping[str, str]) -> list[TagSpecificationTypeDef]:
    """The same tags for an image and for its snapshots."""
    listed: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": "image", "Tags": listed}, {"ResourceType": "snapshot", "Tags": listed}]
