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


def put(ec2: EC2Client, resources: Iterable[str], key: str, value: str, *, needed: str = "") -> tuple[str | None, dict[str, ClientError]]:
    """Write one tag on all of `resources` that exist, in one call: CreateTags, and once more without those that EC2 says do not.

    Returns AWS's id of the request, None if there was nothing left to write on, and why each that is missing was left out.
    Raises what boto3 raises, also when `needed` is missing.
    """
    left, missing = sorted(set(resources)), dict[str, ClientError]()
    while left:
        try:
            response = ec2.create_tags(  # type: ignore[func-returns-value] # the stubs leave out what every answer has
                Resources=left, Tags=[{"Key": key, "Value": value}]
            )
        except ClientError as fault:
            gone = set(IDS.findall(str(fault))) & set(left) if faults.code(fault) in MISSING else set()
            if not gone or needed in gone:
                raise
            missing |= dict.fromkeys(gone, fault)
            left = [one for one in left if one not in gone]  # fewer each time
            continue
        return clients.request_id(response), missing
    return None, missing


def specifications(tags: Mapping[str, str]) -> list[TagSpecificationTypeDef]:
    """The same tags for an image and for its snapshots."""
    listed: list[TagTypeDef] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [{"ResourceType": "image", "Tags": listed}, {"ResourceType": "snapshot", "Tags": listed}]
