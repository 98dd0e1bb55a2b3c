"""Permissions that several roles hold, and those that concern queues, vaults and logs."""

from collections.abc import Iterable

from functions.core.settings import REBOOTS, name
from stacks.arns import arn, log_group, vault_of
from stacks.role import Permission


def describe(*operations: str, regions: Iterable[str], sid: str = "Describe") -> Permission:
    """EC2's `operations`, which know no resources, in `regions` only."""
    return Permission(
        sid=sid,
        actions=tuple(f"ec2:{operation}" for operation in operations),
        resources=("*",),
        conditions={"StringEquals": {"aws:RequestedRegion": list(regions)}},
        because="EC2 describes know no resources; they are held to their regions by condition.",
    )


def send(home: str, *queues: str) -> Permission:
    """Sending messages to `queues`, given by the part of their names."""
    return Permission(sid="Send", actions=("sqs:SendMessage",), resources=tuple(arn("sqs", home, name(home, queue)) for queue in queues))


def invoke(home: str, function: str) -> Permission:
    """Invoking the function deployed as `function`."""
    return Permission(
        sid="Invoke", actions=("lambda:InvokeFunction",), resources=(arn("lambda", home, f"function:{name(home, function)}"),)
    )


def consume(home: str, *queues: str) -> Permission:
    """Working off `queues`: receiving, deferring and deleting their messages."""
    return Permission(
        sid="Consume",
        actions=("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"),
        resources=tuple(arn("sqs", home, name(home, queue)) for queue in queues),
    )


def write_nights(home: str, regions: Iterable[str]) -> Permission:
    """Writing what belongs to nights to the vaults of `regions`."""
    return Permission(
        sid="WriteNights",
        actions=("s3:PutObject",),
        resources=tuple(f"{vault_of(home, region)}/nights/*" for region in regions),
        because="Nights are named by policy and slot, which are many.",
    )


def read_nights(home: str, regions: Iterable[str]) -> tuple[Permission, Permission]:
    """Reading nights from the vaults of `regions`; listing, without which a missing object looks like a forbidden one."""
    vaults = tuple(vault_of(home, region) for region in regions)
    return (
        Permission(
            sid="ReadNights",
            actions=("s3:GetObject",),
            resources=tuple(f"{vault}/nights/*" for vault in vaults),
            because="Nights are named by policy and slot, which are many.",
        ),
        Permission(sid="ListVaults", actions=("s3:ListBucket",), resources=vaults),
    )


def keep_reboots(home: str) -> tuple[Permission, Permission]:
    """Reading and writing who is rebooted, one object of the home vault; listing, without which a missing object looks like a forbidden one."""
    vault = vault_of(home, home)
    return (
        Permission(sid="KeepReboots", actions=("s3:GetObject", "s3:PutObject"), resources=(f"{vault}/{REBOOTS}",)),
        Permission(sid="ListVault", actions=("s3:ListBucket",), resources=(vault,)),
    )


def log(home: str, function: str) -> Permission:
    """Writing to the log group of `function`."""
    return Permission(
        sid="Log",
        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
        resources=(f"{log_group(home, function)}:*",),
        because="Lambda names the streams of the function's own log group.",
    )
