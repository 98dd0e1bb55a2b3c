"""Taking images: one batch of takes, observed once, then done one by one."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from functions.aws import clients, faults, images, instances, pace, refusals, tagging
from functions.aws.room import Room
from functions.aws.turn import Turn
from functions.aws.watch import Watch
from functions.core import attempts, creating
from functions.core.config import Config
from functions.core.creating import Create
from functions.core.messages import Take
from functions.core.night import newest, scheduled_nights
from functions.core.outcome import Outcome, deferred
from functions.core.record import Reason, Status
from functions.core.slot import ON_DEMAND
from functions.core.values import Image, Volume

BUCKET, REFILL = 50, 5
"""EC2's token bucket for CreateImage, per account and region."""


class Taking:
    """What one batch of takes sees, and does."""

    def __init__(self, config: Config, takes: Iterable[Take], waiting: Callable[[], int]) -> None:
        """Observe: one DescribeInstances, one DescribeImages and, for those whose policy asks for it, one DescribeVolumes. Raises what boto3 raises for the first two.

        `waiting` tells how many takes are in the queue: asked, once, when there is no room for one.
        """
        self.config = config
        self.ec2 = clients.ec2_acting(config.home_region)
        self.room = Room(self.ec2, config.pending_snapshots, waiting)
        wanted = list(takes)
        ids = [entry.instance_id for entry in wanted]
        found, at = instances.by_id(self.ec2, ids)
        held, now = images.of_slots(self.ec2, config.home_region, _slots(config, wanted, at), ids)
        self.unseen: Outcome | None = None
        """Why volumes cannot be seen now: that holds up those alone whose policy asks for it."""
        self.seen = creating.Seen(found, held, now, self._volumes(wanted), self.unseen)
        self.watch = Watch(now)

    def _volumes(self, takes: Iterable[Take]) -> dict[str, Volume]:
        leaving = {name for name, policy in self.config.policies.items() if policy.volumes.must_be_seen}
        ids = [action.instance_id for action in takes if action.policy in leaving]
        try:
            return instances.volumes_of(self.ec2, ids) if ids else {}
        except faults.AwsFault as fault:
            self.unseen = faults.unseen(fault)
            return {}

    def act(self, action: Take, turn: Turn) -> Outcome:
        """Do one take, or say why not."""
        try:
            return self._take(action, turn)
        except faults.AwsFault as fault:
            return faults.unseen(fault)

    def _take(self, action: Take, turn: Turn) -> Outcome:
        decision = self._decide(action)
        if isinstance(decision, Outcome):
            return decision
        full = self.room.wanting(action, decision.devices.taken, was_deferred=turn.receives > 1)
        if full is not None:
            return full
        if not _pace(self.config.api_share).wait(turn.patience):
            return deferred(Reason.OUT_OF_TIME)
        decision = self._decide(action)  # once more: the turn may have been long in coming
        return decision if isinstance(decision, Outcome) else self._attempt(action, decision)

    def _decide(self, action: Take) -> Create | Outcome:
        return creating.decide(self.config, action, replace(self.seen, now=self.watch.now()))

    def _attempt(self, action: Take, decision: Create) -> Outcome:
        try:
            return self._create(action, decision)
        except ClientError as fault:
            return self._refused(action, decision, fault)
        except faults.AwsFault as fault:
            return faults.outcome(fault, attempt=decision.attempt)

    def _refused(self, action: Take, create: Create, fault: ClientError) -> Outcome:
        match faults.code(fault):
            case "InvalidAMIName.Duplicate":
                return self._resolve(action, create)
            case "PendingSnapshotLimitExceeded":
                return replace(faults.outcome(fault, attempt=create.attempt), after=self.room.refused(action))
        return refusals.outcome(fault, attempt=create.attempt)

    def _create(self, action: Take, create: Create) -> Outcome:
        mappings: Any = create.devices.mappings()
        response = self.ec2.create_image(
            InstanceId=create.instance_id,
            Name=create.name,
            Description=create.description,
            NoReboot=create.no_reboot,
            TagSpecifications=tagging.specifications(create.tags),
            **({"BlockDeviceMappings": mappings} if mappings else {}),
        )
        self._remember(create, response["ImageId"], response)
        self.room.taken(create.devices.taken)
        return Outcome(
            Status.DONE,
            action.reason,
            response["ImageId"],
            create.attempt,
            clients.request_id(response),
            detail=_detail(create),
        )

    def _remember(self, create: Create, image_id: str, response: object) -> None:
        """A batch may hold an action twice; the second finds what the first made, though EC2 may not show it yet."""
        now = clients.answered_at(response)
        made = Image(image_id, self.config.home_region, create.name, "pending", now, create.tags)
        self.seen, self.watch = replace(self.seen, images=[*self.seen.images, made]), Watch(now)

    def _resolve(self, action: Take, create: Create) -> Outcome:
        try:
            found, _ = images.described(self.ec2, {"name": [create.name]})
        except faults.AwsFault as fault:
            return faults.outcome(fault, attempt=create.attempt)
        last_call = attempts.last_call(self.watch.now(), action.not_after)
        return creating.resolve_duplicate(self.config, create, found, last_call=last_call)


def _detail(create: Create) -> dict[str, Any]:
    """What a record tells of an image that was made."""
    told = {"consistency": "crash" if create.no_reboot else "rebooted", **create.devices.detail()}
    told |= {"not_rebooted": create.spared} if create.spared is not None else {}
    return told | ({"dropped_tags": list(create.dropped_tags)} if create.dropped_tags else {})


def _slots(config: Config, takes: list[Take], at: datetime) -> set[str]:
    """The batch's slots and all for which images may have been made at `at` too: another policy, or a person, may have had the same instance imaged a minute ago."""
    nights = (*scheduled_nights(config, at), *newest(config, at))
    return {entry.slot for entry in takes} | {night.slot for night in nights} | {f"{ON_DEMAND}*"}


@cache
def _pace(api_share: float) -> pace.Pace:
    return pace.share(bucket=BUCKET, refill=REFILL, api_share=api_share)
