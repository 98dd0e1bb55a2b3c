"""What makes deployed resources do what they say: functions, queues, event buses, schedules, IAM, CloudFormation."""

from pathlib import Path
from unittest.mock import patch

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from sandbox.cloudformation.assembly import Assembly
from sandbox.cloudformation.operations import CloudFormation
from sandbox.ec2.keys import DEFAULT_ALIAS, Usable
from sandbox.ec2.plane import Ec2
from sandbox.events.bus import EventBus
from sandbox.functions.runner import Functions
from sandbox.gateway import Gateway
from sandbox.iam import aws_policies, organization
from sandbox.iam.encoded import decode_authorization_message
from sandbox.iam.guard import IamGuard
from sandbox.iam.keys import KeyRights
from sandbox.queues.mappings import Mappings
from sandbox.rbin import Rbin
from sandbox.scheduler.runner import Scheduler


class Runtime:
    """The running parts of an account, made with it; they run from `start` to `stop`."""

    def __init__(self, gateway: Gateway, endpoint: str | None = None) -> None:
        """Take one's place at the account's front door. Functions run here, or in processes that call the account at an endpoint."""
        self._gateway = gateway
        # moto refuses by bucket policies whose conditions it does not read; the guard reads them
        self._no_opinion = patch.object(FakeBucket, "get_permission", lambda *_: PermissionResult.NEUTRAL)
        self.functions = Functions(gateway, endpoint)
        self.events = EventBus(gateway, self.functions.events.accept)
        self.scheduler = Scheduler(gateway, self.functions.events.accept)
        self.mappings = Mappings(gateway, self.functions)
        self.stacks = CloudFormation(gateway, self.events.emit)

    def judge(self, ec2: Ec2, rbin: Rbin) -> None:
        """From now on let roles do only what their policies allow, and let EC2 use keys only so."""
        rights = KeyRights(self._gateway)
        self.guard = ec2.permit = IamGuard(ec2.store, rbin.described, rights)
        self._gateway.guards += [self.guard, aws_policies.provide]
        self._gateway.operations["sts", "DecodeAuthorizationMessage"] = decode_authorization_message
        default = ec2.keys.usable

        def with_default(judge: Usable) -> Usable:
            return lambda region, key, caller: default(region, key, caller) if _is_default(ec2, region, key) else judge(region, key, caller)

        ec2.keys.usable, ec2.keys.readable = with_default(rights.usable), with_default(rights.readable)
        ec2.keys.imaged = with_default(rights.imaged)
        ec2.keys.out_of_use = lambda region, key: None if _is_default(ec2, region, key) else rights.out_of_use(region, key)
        ec2.keys.state = lambda region, key: None if _is_default(ec2, region, key) else rights.state(region, key)

    def start(self) -> None:
        """Begin to run, moto being there."""
        self._no_opinion.start()
        self.mappings.start()
        self.functions.start()

    def stop(self) -> None:
        """End what runs."""
        organization.detach_all(self._gateway.account)
        self.functions.stop()
        self.mappings.stop()
        self._no_opinion.stop()

    def deploy(self, folder: Path) -> None:
        """Deploy a synthesized app (cdk.out): its assets, then its stacks in the order of their dependencies. Raises DeploymentError."""
        Assembly(folder).deploy(self._gateway)


def _is_default(ec2: Ec2, region: str, key: str) -> bool:
    """Whether this is the key behind alias/aws/ebs, whose policy lets everybody in the account use it through EBS."""
    return key == ec2.keys.default(region) or key.endswith(DEFAULT_ALIAS)
