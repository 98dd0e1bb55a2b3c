"""The recovery stack: what a region needs to receive copies, and to tell the home region of them."""

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from functions.core.config import Config
from functions.core.settings import name
from stacks import bin_events, image_events
from stacks.alarms import Alarms
from stacks.forwarding import Forwarding
from stacks.key import RecoveryKey
from stacks.notices import Notices
from stacks.queue import LetterBox
from stacks.vault import Vault


class RecoveryStack(Stack):
    """Nightkeep in one recovery region; several homes can share the region."""

    def __init__(self, scope: Construct, *, config: Config, region: str) -> None:
        """What `config` needs in `region`: a key unless it names one, a vault, and the way home for events."""
        home = config.home_region
        super().__init__(
            scope,
            f"Nightkeep-{home}-recovery-{region}",
            stack_name=f"Nightkeep-{home}-recovery",
            description=f"Nightkeep: copies of images from {home}",
            env=Environment(region=region),
            termination_protection=True,
        )
        vault = Vault(self, home=home)
        if region not in config.keys:
            key = RecoveryKey(self, home=home, alias=config.key_alias(region))
            CfnOutput(self, "KeyArn", value=key.key_arn, description="Copies in this region are encrypted under it")
        undelivered = LetterBox(self, "Undelivered", name=name(home, "undelivered"), means=f"Events of {region} did not reach {home}.")
        forwarding = Forwarding(self, home=home, undelivered=undelivered)
        forwarding.forward("images", image_events.image_settled(), means=image_events.MEANS)
        bin_events.forward(forwarding, home)
        notices = Notices(self, name=name(home, "notices"), emails=config.notify)
        Alarms(self, home=home, notices=notices).letters(undelivered)
        CfnOutput(self, "VaultName", value=vault.bucket_name, description="Holds all that a restore needs when the home region is gone")
        CfnOutput(self, "UndeliveredQueue", value=undelivered.queue_url, description="Events that did not reach the home region")
