"""Copying images: one batch of copies to one recovery region, observed once, then done one by one."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from botocore.exceptions import ClientError

from functions.aws import clients, faults, images, keys, pace, refusals, tagging
from functions.aws.turn import Turn
from functions.aws.watch import Watch
from functions.core import attempts, copy
from functions.core.config import Config
from functions.core.messages import Copy
from functions.core.outcome import Outcome, deferred
from functions.core.record import Reason, Status
from functions.core.values import Image, Key

BUCKET, REFILL = 100, 1
"""EC2's token bucket for CopyImage, per account and destination region."""

RECEIVES_UNTIL_SHOWN = 4
"""A message comes again after 30, 60, 120 seconds, ...: when it was received more often, EC2 has had minutes to show what was made."""

CONFLICTS = {"IdempotentParameterMismatch": Reason.TOKEN_MISMATCH, "InvalidAMIName.Duplicate": Reason.NAME_TAKEN}


class Copying:
    """What one batch of copies sees in its region, and does there."""

    def __init__(self, config: Config, region: str, copies: Iterable[Copy]) -> None:
        """Observe the sources at home, and the region. Raises what boto3 raises at home; a region that cannot be seen defers what has time."""
        self.config = config
        self.region = region
        self.ec2 = clients.ec2_acting(region)
        ids = sorted({entry.image_id for entry in copies})
        sources, now = images.by_id(clients.ec2_acting(config.home_region), ids)
        self.unseen: Outcome | None = None
        self.watch = Watch(now)
        try:
            self.seen = self._look(sources, ids)
        except faults.AwsFault as fault:
            self.unseen = faults.unseen(fault)
            self.seen = copy.SeenCopies(sources, (), 0, Key(config.key_alias(region), enabled=False, state="unknown"), now)

    def _look(self, sources: dict[str, Image], ids: list[str]) -> copy.SeenCopies:
        """The region: copies of the sources, copies in progress, and the key."""
        held, _ = images.described(self.ec2, {"source-image-id": ids})
        pending, now = images.described(self.ec2, {"state": ["pending"]})
        in_progress = sum(1 for image in pending if image.being_copied)
        return copy.SeenCopies(sources, held, in_progress, self._key(), now)

    def _key(self) -> Key:
        """The region's key; one that cannot be described cannot be used, and says why."""
        alias = self.config.key_alias(self.region)
        try:
            return keys.describe(clients.kms(self.region), alias)
        except faults.AwsFault as fault:
            return Key(alias, enabled=False, state=faults.code(fault))

    def act(self, action: Copy, turn: Turn) -> Outcome:
        """Do one copy, or say why not."""
        if self.unseen is not None:
            return copy.expired(action, self.watch.now()) or self.unseen
        decision = self._decide(action)
        if isinstance(decision, copy.CopyRequest) and not _pace(self.region, self.config.api_share).wait(turn.patience):
            return deferred(Reason.OUT_OF_TIME)
        decision = self._decide(action)  # once more: the turn may have been long in coming
        return decision if isinstance(decision, Outcome) else self._attempt(action, decision, turn)

    def _decide(self, action: Copy) -> copy.CopyRequest | Outcome:
        return copy.decide(self.config, action, replace(self.seen, now=self.watch.now()))

    def _attempt(self, action: Copy, request: copy.CopyRequest, turn: Turn) -> Outcome:
        try:
            outcome = self._copy(action, request)
            return outcome if action.reason is not Reason.MISSING else self._made_sure(action, request, outcome, turn)
        except ClientError as fault:
            conflict = CONFLICTS.get(faults.code(fault))
            return refusals.outcome(fault, attempt=request.attempt) if conflict is None else self._resolve(action, conflict)
        except faults.AwsFault as fault:
            return faults.outcome(fault, attempt=request.attempt)

    def _made_sure(self, action: Copy, request: copy.CopyRequest, outcome: Outcome, turn: Turn) -> Outcome:
        """A copy that was missing may have been made, and deregistered since: EC2 gives its id for the same token, and makes nothing.

        What EC2 does not show after several receives is such a one, and the next attempt has a token of its own.
        """
        found, _ = images.described(self.ec2, {"image-id": [str(outcome.resource_id)]})
        if found:
            return outcome
        if turn.receives <= RECEIVES_UNTIL_SHOWN or request.attempt >= attempts.ATTEMPTS:
            return deferred(Reason.IMAGE_ABSENT, resource_id=outcome.resource_id, attempt=request.attempt)
        again = copy.request(self.config, self.seen.sources[action.image_id], self.region, request.attempt + 1)
        return self._made_sure(action, again, self._copy(action, again), Turn(turn.patience, receives=0))

    def _copy(self, action: Copy, request: copy.CopyRequest) -> Outcome:
        response = self.ec2.copy_image(
            SourceRegion=self.config.home_region,
            SourceImageId=request.source_image_id,
            Name=request.name,
            Description=request.description,
            Encrypted=True,
            KmsKeyId=request.key,
            ClientToken=request.token,
            TagSpecifications=tagging.specifications(request.tags),
        )
        self._remember(request, response["ImageId"], response)
        return Outcome(
            Status.DONE, action.reason, response["ImageId"], request.attempt, clients.request_id(response), detail={"key": request.key}
        )

    def _remember(self, request: copy.CopyRequest, image_id: str, response: object) -> None:
        now = clients.answered_at(response)
        made = Image(image_id, self.region, request.name, "pending", now, request.tags, source_image_id=request.source_image_id)
        self.seen = replace(self.seen, copies=[*self.seen.copies, made], pending=self.seen.pending + 1)
        self.watch = Watch(now)

    def _resolve(self, action: Copy, conflict: Reason) -> Outcome:
        try:
            found, _ = images.described(self.ec2, {"source-image-id": [action.image_id]})
        except faults.AwsFault as fault:
            return faults.outcome(fault)
        last_call = attempts.last_call(self.watch.now(), action.not_after)
        return copy.resolve_conflict(self.config, action, found, conflict, last_call=last_call)


@cache
def _pace(_region: str, api_share: float) -> pace.Pace:
    return pace.share(bucket=BUCKET, refill=REFILL, api_share=api_share)
