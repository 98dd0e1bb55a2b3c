"""The Recycle Bin's API: retention rules, their locks and tags. What the rules do to images and snapshots is EC2's part."""

from sandbox.ec2.plane import Ec2
from sandbox.gateway import Gateway
from sandbox.rbin.operations import install
from sandbox.rbin.plane import Rbin

__all__ = ["Rbin", "open_rbin"]


def open_rbin(gateway: Gateway, ec2: Ec2) -> Rbin:
    """The Recycle Bin of an account without rules; from now on `ec2` keeps what its rules say."""
    rbin = Rbin(ec2)
    install(gateway, rbin)
    ec2.retention = rbin.retention
    return rbin
