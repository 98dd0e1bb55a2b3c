"""EC2 as far as images go: instances, volumes, snapshots, images and their tags. Networks are moto's."""

from sandbox.ec2 import recipes, service_quotas
from sandbox.ec2.keys import Keys
from sandbox.ec2.notices import Bus, Notices
from sandbox.ec2.operations import install
from sandbox.ec2.plane import Ec2
from sandbox.faults import Faults
from sandbox.gateway import Gateway

__all__ = ["Ec2", "open_ec2"]


def open_ec2(gateway: Gateway, faults: Faults, bus: Bus) -> Ec2:
    """An empty EC2 plane behind `gateway`, sending its events to `bus`."""
    notices = Notices(gateway.clock, gateway.account, bus)
    ec2 = Ec2(gateway.clock, gateway.account, faults, notices, Keys(gateway.account))
    install(gateway, ec2)
    service_quotas.install(gateway, ec2)
    recipes.install(gateway, ec2)
    return ec2
