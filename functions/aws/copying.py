"""Copying images: one batch of copies to one recovery region, observed once, then done one by one."""

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from botocore.exceptions import ClientError

from functions.aws import clients, faults, images, keys, pace, tagging
from functions.core import copy
from functions.core.config import Config
from functions.core.messages import Copy
from functions.core.outcome import Outcome
from functions.core.record import Reason, Status
from functions.core.values import Image

BUCKET, REFILL = 100, 1
"""EC2's token bucket for CopyImage, per account and destination region."""

CONFLICTS = {"IdempotentParameterMismatch": Reason.TOKEN_MISMATCH, "InvalidAMIName.Duplicate": Reason.NAME_TAKEN}


class Copying:
    """What one batch of copies sees in its region, and does there."""

    def __init__(self, config: Config, region: str, copies: Iterable[Copy]) -> None:
        """Observe: the sources at home; in `region` their copies, the copies in progress and the key. Raises what boto3 raises."""
        self.config = config
        self.region = region
        self.ec2 = clients.ec2_acting(region)
        ids = [entry.image_id for entry in copies]
        sources, _ = images.by_id(clients.ec2_acting(config.home_region), ids)
        held, _ = images.described(self.ec2, {"source-image-id": sorted(set(ids))})
        pending, now = images.described(self.ec2, {"state": ["pending"]})
        key = keys.describe(clients.kms(region), config.key_alias(region))
        self.seen = copy.SeenCopies(sources, held, sum(1 for image in pending if image.source_image_id), key, now)

    def act(self, action: Copy, receives: int) -> Outcome:
        """Do one copy, or say why not. `receives`: how many times its message has come."""
        decision = copy.decide(self.config, action, self.seen, receives=receives)
        if isinstance(decision, Outcome):
            return decision
        _pace(self.region, self.config.api_share).wait()
        try:
            return self._copy(decision)
        except ClientError as fault:
            conflict = CONFLICTS.get(faults.code(fault))
            return faults.outcome(fault, attempt=decision.attempt) if conflict is None else self._resolve(action, conflict, receives)
        except faults.AwsFault as fault:
            return faults.outcome(fault, attempt=decision.attempt)

    def _copy(self, request: copy.CopyRequest) -> Outcome:
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
            Status.DONE, Reason.SCHEDULED, response["ImageId"], request.attempt, clients.request_id(response), detail={"key": request.key}
        )

    def _remember(self, request: copy.CopyRequest, image_id: str, response: object) -> None:
        now = clients.answered_at(response)
        made = Image(image_id, self.region, request.name, "pending", now, request.tags, source_image_id=request.source_image_id)
        self.seen = replace(self.seen, copies=[*self.seen.copies, made], pending=self.seen.pending + 1, now=now)

    def _resolve(self, action: Copy, conflict: Reason, receives: int) -> Outcome:
        try:
            found, _ = images.described(self.ec2, {"source-image-id": [action.image_id]})
        except faults.AwsFault as fault:
            return faults.outcome(fault)
        return copy.resolve_conflict(self.config, action, found, conflict, receives=receives)


@cache
def _pace(_region: str, api_share: float) -> pace.Pace:
    return pace.share(bucket=BUCKET, refill=REFILL, api_share=api_share)
