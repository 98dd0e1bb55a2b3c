"""EC2's request token buckets, on the sandbox's clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus

from sandbox.clock import Clock
from sandbox.gateway import ApiError, Request

SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Limit:
    """A bucket's size in tokens, and how many it gains a second."""

    bucket: float
    refill: float


READING = Limit(100, 20)
READING_ALL = Limit(50, 10)
CHANGING = Limit(50, 5)
LIMITS = {
    "CopyImage": Limit(100, 1),
    "CreateSnapshot": Limit(100, 5),
    "CreateSnapshots": Limit(100, 5),
    "CreateStoreImageTask": Limit(50, 0.1),
    "CreateRestoreImageTask": Limit(50, 0.1),
    "CreateTags": Limit(100, 10),
    "DeleteSnapshot": Limit(100, 5),
    "DeleteTags": Limit(100, 10),
    "DeregisterImage": Limit(100, 5),
    "DescribeStoreImageTasks": Limit(50, 0.5),
    "DisableImageBlockPublicAccess": Limit(1, 0.1),
    "DisableSnapshotBlockPublicAccess": Limit(1, 0.1),
    "EnableFastLaunch": Limit(5, 2),
    "EnableImageBlockPublicAccess": Limit(1, 0.1),
    "EnableSnapshotBlockPublicAccess": Limit(1, 0.1),
    "ModifyImageAttribute": Limit(100, 5),
    "ModifySnapshotAttribute": Limit(100, 5),
    "RunInstances": Limit(5, 2),
    "StartInstances": Limit(5, 2),
}
SLOWER_WHEN_BROAD = {
    "DescribeInstances",
    "DescribeInstanceStatus",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSnapshots",
    "DescribeSpotInstanceRequests",
    "DescribeVolumes",
}
NARROWING = {"Filters", "MaxResults", "NextToken"}


@dataclass
class _Bucket:
    tokens: float
    filled: datetime


@dataclass
class Throttle:
    """A guard that takes a token per EC2 call from its action's bucket, per region. `limits` may be changed.

    Whoever calls, by whatever way; but for callers that are spared, so that setting a stage does not slow the play.
    """

    clock: Clock
    enabled: bool = True
    limits: dict[str, Limit] = field(default_factory=lambda: dict(LIMITS))
    _buckets: dict[tuple[str, str, Limit], _Bucket] = field(default_factory=dict)

    def guard(self, request: Request) -> None:
        """The gateway's guard.

        Raises:
            ApiError: RequestLimitExceeded, the bucket is empty.
        """
        if not self.enabled or request.service != "ec2" or request.caller.spared:
            return
        limit = self._limit(request)
        key = (request.region, request.operation, limit)
        bucket = self._buckets.setdefault(key, _Bucket(limit.bucket, request.time))
        gained = (request.time - bucket.filled) / SECOND * limit.refill
        bucket.tokens, bucket.filled = min(limit.bucket, bucket.tokens + gained), request.time
        if bucket.tokens < 1:
            raise ApiError("RequestLimitExceeded", "Request limit exceeded.", HTTPStatus.SERVICE_UNAVAILABLE)
        bucket.tokens -= 1

    def _limit(self, request: Request) -> Limit:
        operation = request.operation
        if operation in self.limits:
            return self.limits[operation]
        if not operation.startswith(("Describe", "Get", "List", "Search")):
            return CHANGING
        # UNVERIFIED: AWS's page calls a call unfiltered that has neither filters nor pages, and says nothing of ids
        narrowed = NARROWING & set(request.parameters)
        return READING_ALL if operation in SLOWER_WHEN_BROAD and not narrowed else READING
