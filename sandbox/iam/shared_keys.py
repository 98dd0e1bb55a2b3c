"""The condition keys that every request has, whatever it asks for."""

from datetime import datetime
from functools import lru_cache

from sandbox.gateway import Caller
from sandbox.iam import roles
from sandbox.iam.conditions import Context
from sandbox.iam.evaluate import context


def shared_keys(account: str, region: str, caller: Caller, time: datetime) -> Context:
    """The keys about who calls, when, where and how."""
    role = roles.role(account, caller.role_arn) if caller.role_arn else None
    held = role.tags if role else []
    tags = tuple((tag["Key"], tag["Value"]) for tag in (held.values() if isinstance(held, dict) else held))
    user = f"{role.id}:{caller.session}" if role else None
    return {**_lasting(account, region, caller.role_arn, user, tags), **_when(time)}


@lru_cache(maxsize=1)  # time stands still while a function computes
def _when(time: datetime) -> Context:
    return context({"aws:CurrentTime": time.isoformat(), "aws:EpochTime": str(int(time.timestamp()))})


@lru_cache(maxsize=1024)
def _lasting(account: str, region: str, arn: str | None, user: str | None, tags: tuple[tuple[str, str], ...]) -> Context:
    """Those that one caller's calls have all along."""
    return context(
        {
            "aws:RequestedRegion": region,
            "aws:PrincipalArn": arn,
            "aws:PrincipalAccount": account,
            "aws:PrincipalType": "AssumedRole",
            "aws:PrincipalIsAWSService": False,
            "aws:ResourceAccount": account,
            "aws:SecureTransport": True,
            "aws:ViaAWSService": False,
            "aws:userid": user,
            **{f"aws:PrincipalTag/{key}": value for key, value in tags},
        }
    )
