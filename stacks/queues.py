"""All queues of the home region."""

from collections.abc import Iterator

from aws_cdk import Aws
from constructs import Construct

from functions.core.config import Config
from functions.core.settings import Settings, name
from stacks.queue import MOST_RECEIVES, WATCH_INTERVAL, LetterBox, WorkQueue


class Queues(Construct):
    """What is to be taken, followed, retired, watched and copied (to each recovery region on its own), and the boxes for what went wrong."""

    def __init__(self, scope: Construct, *, config: Config) -> None:
        """The queues that the policies of `config` need."""
        super().__init__(scope, "Queues")
        home = config.home_region
        self.take = WorkQueue(self, "Take", name=name(home, "take"))
        self.follow = WorkQueue(self, "Follow", name=name(home, "follow"))
        self.follow_tags = WorkQueue(self, "FollowTags", name=name(home, "follow-tags"))
        self.retire = WorkQueue(self, "Retire", name=name(home, "retire"))
        self.watch = WorkQueue(self, "Watch", name=name(home, "watch"), hides=WATCH_INTERVAL, tries=MOST_RECEIVES)
        self.copies = {region: WorkQueue(self, f"Copy-{region}", name=name(home, f"copy-{region}")) for region in config.recovery_regions}
        self.failed = LetterBox(self, "Failed", name=name(home, "failed"), means="A function failed three times on an event.")
        self.undelivered = LetterBox(
            self, "Undelivered", name=name(home, "undelivered"), means="A schedule or an event did not reach its function."
        )

    def boxes(self) -> Iterator[LetterBox]:
        """Every queue in which a message means that something went wrong."""
        yield from (queue.letters for queue in (self.take, self.follow, self.follow_tags, self.retire, self.watch, *self.copies.values()))
        yield from (self.failed, self.undelivered)

    def settings(self) -> Settings:
        """What functions must know of the queues."""
        return Settings(
            account=Aws.ACCOUNT_ID,
            stack=Aws.STACK_ID,
            take_queue=self.take.queue_url,
            copy_queues={region: queue.queue_url for region, queue in self.copies.items()},
            follow_queue=self.follow.queue_url,
            follow_tags_queue=self.follow_tags.queue_url,
            retire_queue=self.retire.queue_url,
            watch_queue=self.watch.queue_url,
        )
