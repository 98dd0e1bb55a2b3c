"""Playing the nights: the clock goes from noon to noon, and a few things happen on the way."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from demo import fleet
from demo.account import HOME, RECOVERY, Account
from demo.fleet import Instance
from demo.trouble import DataKey

HOUR = timedelta(hours=1)
STEP = timedelta(minutes=5)

Tell = Callable[[float, str], None]
"""Told how many nights have passed, and what happened if anything did."""


@dataclass
class Night:
    """What the stage did in a night: the fleet as it was tagged when it began, and what happened."""

    fleet: tuple[Instance, ...]
    happened: list[str] = field(default_factory=list)


class Play:
    """A number of nights for a fleet. The database's key refuses in one of them; the untagged instance is tagged half-way."""

    def __init__(self, account: Account, size: int, nights: int, tell: Tell) -> None:
        """Launch the fleet; two nights are the fewest in which all of it happens."""
        self.account = account
        self.nights: list[Night] = []
        self._count, self._tell = nights, tell
        self._key = DataKey(account.client("kms", HOME), account.client("sts", HOME).get_caller_identity()["Account"])
        self._ec2, self._recovery = account.client("ec2", HOME), account.client("ec2", RECOVERY)
        self._fleet = fleet.launch(self._ec2, size, self._key.arn)
        self._begun = account.now()

    def run(self) -> None:
        """Play all nights."""
        for number in range(1, self._count + 1):
            night = Night(tuple(self._fleet))
            self.nights.append(night)
            noon = self._begun + timedelta(days=number)
            if number == max(1, self._count * 2 // 5):
                self._with_trouble(night, noon)
            self._hourly(noon)
            if number == self._count // 2:
                self._tag_the_untagged()

    def _with_trouble(self, night: Night, noon: datetime) -> None:
        self._key.refuse()
        self._happened(night, "the database's key refuses everybody")
        while self.account.now() < noon and not self._copy_failed():
            self._advance(self.account.now() + STEP)
        self._key.work()
        self._happened(night, "a copy failed; the key works again")

    def _copy_failed(self) -> bool:
        failed = [{"Name": "state", "Values": ["failed"]}]
        return bool(self._recovery.describe_images(Owners=["self"], Filters=failed)["Images"])

    def _tag_the_untagged(self) -> None:
        for place, instance in enumerate(self._fleet):
            if instance.tag is None:
                self._fleet[place] = replace(fleet.tag(self._ec2, instance), what="tagged half-way")
                self._happened(self.nights[-1], f"in the morning somebody tags {instance.name}")

    def _hourly(self, until: datetime) -> None:
        while (now := self.account.now()) < until:
            self._advance(min(now + HOUR, until))

    def _advance(self, when: datetime) -> None:
        self.account.run_until(when)
        self._tell((self.account.now() - self._begun) / timedelta(days=1), "")

    def _happened(self, night: Night, what: str) -> None:
        night.happened.append(what)
        self._tell((self.account.now() - self._begun) / timedelta(days=1), what)
