"""What makes deployed resources do what they say: functions, queues, event buses, schedules, IAM, CloudFormation."""

from pathlib import Path

from sandbox.cloudformation.assembly import Assembly
from sandbox.cloudformation.operations import CloudFormation
from sandbox.events.bus import EventBus
from sandbox.functions.runner import Functions
from sandbox.gateway import Gateway
from sandbox.queues.mappings import Mappings
from sandbox.scheduler.runner import Scheduler


class Runtime:
    """The running parts of an account, made with it; they run from `start` to `stop`."""

    def __init__(self, gateway: Gateway) -> None:
        """Take one's place at the account's front door."""
        self._gateway = gateway
        self.functions = Functions(gateway)
        self.events = EventBus(gateway, self.functions.events.accept)
        self.scheduler = Scheduler(gateway, self.functions.events.accept)
        self.mappings = Mappings(gateway, self.functions)
        self.stacks = CloudFormation(gateway)

    def start(self) -> None:
        """Begin to run, moto being there."""
        self.mappings.start()
        self.functions.start()

    def stop(self) -> None:
        """End what runs."""
        self.functions.stop()
        self.mappings.stop()

    def deploy(self, folder: Path) -> None:
        """Deploy a synthesized app (cdk.out): its assets, then its stacks in the order of their dependencies. Raises DeploymentError."""
        Assembly(folder).deploy(self._gateway)
