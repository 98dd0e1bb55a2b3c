"""Copying images: one batch of copies to one recovery region, observed once, then done one by one."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from botocore.exceptions import ClientError

from functions.aws import clients, faults, images, keys, pace, tagging
from functions.core import attempts, copy
from functions.core.config import Config
from functions.core.messages import Copy
from functions.core.outcome import Outcome, deferred
from functions.core.record import Reason, Status
from functions.core.values import Image, Key

BUCKET, REFILL = 100, 1
"""EC2's token bucket for CopyImage, per account and destination region."""

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

    def act(self, action: Copy, patience: float) -> Outcome:
        """Do one copy, or say why not; wait for its turn `patience` seconds at most."""
        if self.unseen is not None:
            return copy.expired(action, self.seen.now) or self.unseen
        decision = copy.decide(self.config, action, self.seen)
        if isinstance(decision, Outcome):
            return decision
        if not _pace(self.region, self.config.api_share).wait(patience):
            return deferred(Reason.OUT_OF_TIME)
        try:
            return self._copy(action, decision)
        except ClientError as fault:
            conflict = CONFLICTS.get(faults.code(fault))
            return faults.outcome(fault, attempt=decision.attempt) if conflict is None else self._resolve(action, conflict)
        except faults.AwsFault as fault:
            return faults.outcome(fault, attempt=decision.attempt)

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
        self.seen = replace(self.seen, copies=[*self.seen.copies, made], pending=self.seen.pending + 1, now=now)

    def _resolve(self, action: Copy, conflict: Reason) -> Outcome:
        try:
            found, _ = images.described(self.ec2, {"source-image-id": [action.image_id]})
        except faults.AwsFault as fault:
            return faults.outcome(fault)
        last_call = attempts.last_call(self.seen.now, action.not_after)
        return copy.resolve_conflict(self.config, action, found, conflict, last_call=last_call)


@cache
def _pace(_region: str, api_share: float) -> pace.Pace:
    return pace.share(bucket=BUCKET, refill=REFILL, api_share=api_share)
