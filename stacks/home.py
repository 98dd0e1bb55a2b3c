"""The home stack: everything that decides and acts, in the region where the instances live."""

from pathlib import Path

from aws_cdk import Annotations, CfnOutput, Environment, Stack
from constructs import Construct

from functions.core.config import Config
from functions.core.settings import name
from stacks.alarms import Alarms
from stacks.bin_events import BinWatched
from stacks.functions import Functions
from stacks.image_events import ImagesFollowed
from stacks.notices import Notices
from stacks.queues import Queues
from stacks.schedules import Schedules
from stacks.tag_events import TagsFollowed
from stacks.vault import Vault


class HomeStack(Stack):
    """Nightkeep in its home region."""

    def __init__(self, scope: Construct, *, config: Config, code: Path, layer: Path) -> None:
        """What `config` asks for, running the code in `code` on the dependencies in `layer`."""
        home = config.home_region
        super().__init__(
            scope,
            f"Nightkeep-{home}",
            description=f"Nightkeep: images of the instances of {home}, every night",
            env=Environment(region=home),
            termination_protection=True,
        )
        vault = Vault(self, home=home)
        queues = Queues(self, config=config)
        functions = Functions(self, config=config, code=code, layer=layer, queues=queues)
        Schedules(self, config=config, functions=functions, undelivered=queues.undelivered)
        ImagesFollowed(self, home=home, follow=queues.follow, undelivered=queues.undelivered)
        TagsFollowed(self, home=home, tag_key=config.tag_key, follow_tags=queues.follow_tags, undelivered=queues.undelivered)
        BinWatched(self, home=home, guard_bin=functions.guard_bin, undelivered=queues.undelivered)
        notices = Notices(self, name=name(home, "notices"), emails=config.notify)
        self._watch(config, functions, queues, notices)
        if not config.notify:
            Annotations.of(self).add_warning_v2("nightkeep:notify", "Nobody is told of alarms: set notify in nightkeep.toml.")
        self._tell(vault, queues, functions, notices)

    def _watch(self, config: Config, functions: Functions, queues: Queues, notices: Notices) -> None:
        alarms = Alarms(self, home=config.home_region, notices=notices)
        for box in queues.boxes():
            alarms.letters(box)
        for function in functions.all:
            alarms.failures(function)
        for policy in config.policies.values():
            alarms.overdue(policy, sweep=functions.sweep)
        alarms.silence(functions.sweep)

    def _tell(self, vault: Vault, queues: Queues, functions: Functions, notices: Notices) -> None:
        CfnOutput(self, "VaultName", value=vault.bucket_name, description="Holds each night's plan and the instances' configuration")
        CfnOutput(self, "FailedQueue", value=queues.failed.queue_url, description="Events that a function gave up")
        CfnOutput(self, "UndeliveredQueue", value=queues.undelivered.queue_url, description="Events that reached no function")
        CfnOutput(self, "NoticesTopic", value=notices.topic_arn, description="Every alarm notifies it: subscribe what else should know")
        for function in functions.all:
            CfnOutput(self, f"{function.node.id}Role", value=function.role.role_arn, description=f"What {function.part} runs as")
