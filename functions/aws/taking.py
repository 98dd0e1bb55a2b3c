"""Taking images: one batch of takes, observed once, then done one by one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from functools import cache

from botocore.exceptions import ClientError

from functions.aws import clients, faults, images, instances, pace, tagging
from functions.aws.turn import Turn
from functions.aws.watch import Watch
from functions.core import attempts, take
from functions.core.config import Config
from functions.core.messages import Take
from functions.core.night import scheduled_nights
from functions.core.outcome import Outcome, deferred, skipped
from functions.core.record import Reason, Status
from functions.core.slot import slot_start
from functions.core.values import Image

BUCKET, REFILL = 50, 5
"""EC2's token bucket for CreateImage, per account and region."""


class Taking:
    """What one batch of takes sees, and does."""

    unseen: Outcome | None = None
    """Never: what cannot be seen at home raises."""

    def __init__(self, config: Config, takes: Iterable[Take]) -> None:
        """Observe: one DescribeInstances and one DescribeImages for the whole batch. Raises what boto3 raises."""
        self.config = config
        self.ec2 = clients.ec2_acting(config.home_region)
        wanted = list(takes)
        ids = [entry.instance_id for entry in wanted]
        found, _ = instances.by_id(self.ec2, ids)
        held, now = images.of_slots(self.ec2, config.home_region, _slots(config, wanted), ids)
        self.seen = take.Seen(found, held, now)
        self.watch = Watch(now)

    def act(self, action: Take, turn: Turn) -> Outcome:
        """Do one take, or say why not."""
        decision = self._decide(action)
        if isinstance(decision, take.Create) and not _pace(self.config.api_share).wait(turn.patience):
            return deferred(Reason.OUT_OF_TIME)
        decision = self._decide(action)  # once more: the turn may have been long in coming
        return decision if isinstance(decision, Outcome) else self._attempt(action, decision)

    def _decide(self, action: Take) -> take.Create | Outcome:
        return take.decide(self.config, action, replace(self.seen, now=self.watch.now()))

    def _attempt(self, action: Take, decision: take.Create) -> Outcome:
        try:
            return self._create(action, decision)
        except ClientError as fault:
            return self._refused(action, decision, fault)
        except faults.AwsFault as fault:
            return faults.outcome(fault, attempt=decision.attempt)

    def _refused(self, action: Take, create: take.Create, fault: ClientError) -> Outcome:
        match faults.code(fault):
            case "InvalidAMIName.Duplicate":
                return self._resolve(action, create)
            case "InvalidInstanceID.NotFound":
                return skipped(Reason.INSTANCE_GONE)
        return faults.outcome(fault, attempt=create.attempt)

    def _create(self, action: Take, create: take.Create) -> Outcome:
        response = self.ec2.create_image(
            InstanceId=create.instance_id,
            Name=create.name,
            Description=create.description,
            NoReboot=create.no_reboot,
            TagSpecifications=tagging.specifications(create.tags),
        )
        self._remember(create, response["ImageId"], response)
        volumes = len(self.seen.instances[create.instance_id].attached)
        detail: dict[str, object] = {"consistency": "crash" if create.no_reboot else "rebooted", "volumes": volumes}
        if create.spared is not None:
            detail["not_rebooted"] = create.spared
        return Outcome(
            Status.DONE,
            action.reason,
            response["ImageId"],
            create.attempt,
            clients.request_id(response),
            detail=detail,
        )

    def _remember(self, create: take.Create, image_id: str, response: object) -> None:
        """A batch may hold an action twice; the second finds what the first made, though EC2 may not show it yet."""
        now = clients.answered_at(response)
        made = Image(image_id, self.config.home_region, create.name, "pending", now, create.tags)
        self.seen, self.watch = replace(self.seen, images=[*self.seen.images, made]), Watch(now)

    def _resolve(self, action: Take, create: take.Create) -> Outcome:
        try:
            found, _ = images.described(self.ec2, {"name": [create.name]})
        except faults.AwsFault as fault:
            return faults.outcome(fault, attempt=create.attempt)
        last_call = attempts.last_call(self.watch.now(), action.not_after)
        return take.resolve_duplicate(self.config, create, found, last_call=last_call)


def _slots(config: Config, takes: list[Take]) -> set[str]:
    """The batch's slots and all that were open beside them: another policy may have taken the same instance a minute ago."""
    wanted = {entry.slot for entry in takes}
    return wanted | {night.slot for night in scheduled_nights(config, slot_start(max(wanted)) + timedelta(days=1))}


@cache
def _pace(api_share: float) -> pace.Pace:
    return pace.share(bucket=BUCKET, refill=REFILL, api_share=api_share)
