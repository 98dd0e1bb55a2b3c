"""What a deployment tells its functions: names of physical things, written by the stacks and read back from the environment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from functions.core.errors import SettingsError


def name(home: str, part: str) -> str:
    """The physical name of a part of the deployment whose home region is `home`."""
    return f"nightkeep-{home}-{part}"


REBOOTS = "nights/reboots.json"
"""The object of the home vault that says who is rebooted, and whose takes the watcher ordered."""


MEMORY = "retire/memory.json"
"""The object of the home vault that says since when retiring has found what it must remember."""


EBS_KEY = "alias/aws/ebs"
"""AWS's own key for EBS, in each region: who names none gets it, and nobody can share what is under it."""


def vault(home: str, account: str, region: str) -> str:
    """The vault bucket of `region`, in S3's account-regional namespace."""
    return f"nightkeep-{home}-{account}-{region}-an"


@dataclass(frozen=True)
class Settings:
    """The environment of a function: the account and the queues that it may send to or defer on."""

    account: str
    stack: str
    """The home stack's id: another one after the stack was deleted and made anew."""
    take_queue: str
    copy_queues: Mapping[str, str]
    follow_queue: str
    follow_tags_queue: str
    retire_queue: str
    watch_queue: str

    def to_env(self) -> dict[str, str]:
        """As environment variables; what `from_env` reads."""
        return {
            "NIGHTKEEP_ACCOUNT": self.account,
            "NIGHTKEEP_STACK": self.stack,
            "NIGHTKEEP_TAKE_QUEUE": self.take_queue,
            "NIGHTKEEP_COPY_QUEUES": json.dumps(dict(self.copy_queues)),
            "NIGHTKEEP_FOLLOW_QUEUE": self.follow_queue,
            "NIGHTKEEP_FOLLOW_TAGS_QUEUE": self.follow_tags_queue,
            "NIGHTKEEP_RETIRE_QUEUE": self.retire_queue,
            "NIGHTKEEP_WATCH_QUEUE": self.watch_queue,
        }

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read back what the stacks wrote. Raises SettingsError naming the missing variable."""
        try:
            return cls(
                account=env["NIGHTKEEP_ACCOUNT"],
                stack=env["NIGHTKEEP_STACK"],
                take_queue=env["NIGHTKEEP_TAKE_QUEUE"],
                copy_queues=json.loads(env["NIGHTKEEP_COPY_QUEUES"]),
                follow_queue=env["NIGHTKEEP_FOLLOW_QUEUE"],
                follow_tags_queue=env["NIGHTKEEP_FOLLOW_TAGS_QUEUE"],
                retire_queue=env["NIGHTKEEP_RETIRE_QUEUE"],
                watch_queue=env["NIGHTKEEP_WATCH_QUEUE"],
            )
        except KeyError as missing:
            message = f"environment variable {missing.args[0]} is not set: deploy the stacks again"
            raise SettingsError(message) from missing

    def queue(self, source_arn: str) -> str:
        """The URL of the queue whose ARN an event record carries as `eventSourceARN`. Raises SettingsError for a strange one."""
        queue_name = source_arn.rsplit(":", 1)[-1]
        for url in (
            self.take_queue,
            self.follow_queue,
            self.follow_tags_queue,
            self.retire_queue,
            self.watch_queue,
            *self.copy_queues.values(),
        ):
            if url.rsplit("/", 1)[-1] == queue_name:
                return url
        message = f"no queue of this deployment is called {queue_name}: deploy the stacks again"
        raise SettingsError(message)
