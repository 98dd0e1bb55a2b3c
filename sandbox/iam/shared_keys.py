"""The condition keys that every request has, whatever it asks for."""

from datetime import datetime
from typing import Any

from sandbox.gateway import Caller
from sandbox.iam import roles

NOT_GLOBAL = ("aws:requesttag/", "aws:resourcetag/", "aws:tagkeys")
"""Keys of AWS's own that only some actions and resources have."""


def shared_keys(account: str, region: str, caller: Caller, time: datetime) -> dict[str, Any]:
    """The keys about who calls, when, where and how."""
    role = roles.role(account, caller.role_arn) if caller.role_arn else None
    held = role.tags if role else []
    tags = {f"aws:PrincipalTag/{tag['Key']}": tag["Value"] for tag in (held.values() if isinstance(held, dict) else held)}
    return {
        "aws:RequestedRegion": region,
        "aws:PrincipalArn": caller.role_arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalType": "AssumedRole",
        "aws:PrincipalIsAWSService": False,
        "aws:ResourceAccount": account,
        "aws:SecureTransport": True,
        "aws:CurrentTime": time.isoformat(),
        "aws:EpochTime": str(int(time.timestamp())),
        "aws:ViaAWSService": False,
        "aws:userid": f"{role.id}:{caller.session}" if role else None,
        **tags,
    }
