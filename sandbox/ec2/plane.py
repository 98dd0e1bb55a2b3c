"""The EC2 plane: what all its operations share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.ec2.keys import Keys
from sandbox.ec2.notices import Notices
from sandbox.ec2.paging import Pages
from sandbox.ec2.quotas import Quotas
from sandbox.ec2.records import GIB, Happening, Instance
from sandbox.ec2.store import RegionStore, Store
from sandbox.faults import Faults
from sandbox.gateway import Guard, Request

Retention = Callable[[str, str, Mapping[str, str]], timedelta | None]


@dataclass
class Timing:
    """How long things take; tests may change it."""

    image: timedelta = timedelta(minutes=5)
    image_per_gib: timedelta = timedelta(seconds=10)
    copy: timedelta = timedelta(minutes=10)
    copy_per_gib: timedelta = timedelta(seconds=20)
    failure: timedelta = timedelta(minutes=2)
    visibility_lag: timedelta = timedelta(seconds=3)
    snapshots_shown: timedelta = timedelta(seconds=20)
    snapshot_rate: timedelta = timedelta(seconds=15)
    launch: timedelta = timedelta(seconds=8)
    stop: timedelta = timedelta(seconds=20)
    terminate: timedelta = timedelta(seconds=10)
    boot: timedelta = timedelta(minutes=2)
    terminated_shown: timedelta = timedelta(hours=1)
    launch_reported: timedelta = timedelta(hours=24)
    bin_rule: timedelta = timedelta(seconds=10)
    first_bin_rule: timedelta = timedelta(hours=1)
    bin_lag: timedelta = timedelta(minutes=1)
    recovery: timedelta = timedelta(seconds=30)
    registration: timedelta = timedelta(seconds=5)
    public_access: timedelta = timedelta(minutes=10)
    archive: timedelta = timedelta(days=1)
    restore: timedelta = timedelta(days=3)
    volume: timedelta = timedelta(seconds=5)
    attachment: timedelta = timedelta(seconds=5)
    initialization: timedelta = timedelta(minutes=5)
    initialization_per_gib: timedelta = timedelta(seconds=20)
    modification: timedelta = timedelta(seconds=30)
    optimization: timedelta = timedelta(hours=2)
    changed_share: float = 0.1

    def of_image(self, written_bytes: int) -> timedelta:
        """From CreateImage to available."""
        return self.image + self.image_per_gib * (written_bytes / GIB)

    def of_copy(self, written_bytes: float) -> timedelta:
        """From CopyImage to available."""
        return self.copy + self.copy_per_gib * (written_bytes / GIB)

    def of_initialization(self, written_bytes: int) -> timedelta:
        """From a volume's creation of a snapshot until it is told that all its blocks have come, which is up to five minutes late."""
        return self.initialization + self.initialization_per_gib * (written_bytes / GIB)


@dataclass
class Ec2:
    """The EC2 plane. `store` is its state; `timing`, `quotas` and `keys` may be changed; `notices` sends its events.

    `retention(region, resource type, tags)` says how long the Recycle Bin is to keep what is deleted, or None. `permit` raises ApiError
    for a request that its caller may not make: EC2 asks for what it does on the way in another request.
    """

    clock: Clock
    account: str
    faults: Faults
    notices: Notices
    keys: Keys
    store: Store = field(default_factory=Store)
    timing: Timing = field(default_factory=Timing)
    quotas: Quotas = field(default_factory=Quotas)
    pages: Pages = field(default_factory=Pages)
    retention: Retention = lambda *_: None
    permit: Guard = lambda _: None

    def region(self, request: Request) -> RegionStore:
        """The store of the region a request is made in."""
        return self.store.region(request.region)

    def now(self) -> datetime:
        """The sandbox's time."""
        return self.clock.now()

    def write(self, region: str, volume: str, written_bytes: int) -> None:
        """Let a volume hold this many written bytes: its snapshots' full size, and what a first copy of them carries.

        Raises:
            ValueError: more than the volume's size.
        """
        kept = self.store.region(region).volumes[volume]
        if not 0 <= written_bytes <= kept.size * GIB:
            raise ValueError(f"{volume} has {kept.size} GiB, too few for {written_bytes} bytes.")
        kept.written_bytes = written_bytes

    def happened(self, instance: Instance, what: str, cause: str) -> None:
        """Write something into an instance's history."""
        instance.history.append(Happening(self.now(), what, cause))
