"""Retiring: a batch of steps, judged anew from what all regions hold, then taken one by one in each region."""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from botocore.exceptions import ClientError

from functions.aws import clients, faults, images, pace
from functions.aws.binned import Binned
from functions.aws.deprecating import deprecate
from functions.aws.disabling import Disabling, Tell
from functions.aws.holding import hold
from functions.aws.holdings import Holdings, look
from functions.aws.orphans import delete
from functions.aws.rails import Rails
from functions.aws.turn import Turn
from functions.aws.unmarking import Unmarking
from functions.aws.vault import Vault
from functions.core.config import Config
from functions.core.messages import AnyAction, DeleteSnapshot, Hold, Retire
from functions.core.outcome import Outcome, already, deferred, failed, planned, skipped
from functions.core.record import Event, Reason, Status
from functions.core.retire import judge
from functions.core.retire.action import refusal
from functions.core.retire.memory import Memory
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.retire.wrecks import orphans

BUCKETS = {Step.DEPRECATE: (50, 5), Step.DISABLE: (50, 5), Step.MARK: (100, 10), Step.UNMARK: (100, 10), Step.DEREGISTER: (100, 5)}
"""EC2's token buckets for the steps' calls: size and refill per second, per account and region."""

MARKED = frozenset({Step.DISABLE, Step.MARK})

NO_INSTANCE = "i-00000000000000000"
"""Stands for the instance of an orphan whose tags name none."""

SERVES = 20.0
"""Seconds for which a look serves: whoever launches an image or holds it in the meantime is not seen. One step may have to wait longer for its token."""

GONE = frozenset({"InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"})

AnyStep = Retire | DeleteSnapshot | Hold
"""What retiring orders."""


@dataclass(frozen=True)
class Judged:
    """What all regions hold of a batch's instances, and what becomes of their images; by the process's clock, when it was asked, and when it was there."""

    holdings: Holdings
    verdicts: Sequence[Verdict]
    asked_at: float
    told_at: float

    @classmethod
    def now(cls, config: Config, actions: Iterable[AnyStep], memory: Memory) -> "Judged":
        """Look at what the instances of `actions` have, and judge it by that and by what is remembered. Raises what boto3 raises at home."""
        asked_at = time.monotonic()
        holdings = look(config, clients.ec2_acting, memory, {action.instance_id or NO_INSTANCE for action in actions})
        return cls(holdings, judge(config, holdings.seen), asked_at, time.monotonic())

    @property
    def took(self) -> float:
        """How many seconds the look took."""
        return self.told_at - self.asked_at

    @property
    def is_old(self) -> bool:
        """Whether no more steps may be taken by it. A region that does not answer makes a look long, not old."""
        return time.monotonic() - self.told_at > SERVES


class Retiring:
    """The steps of one batch in one region."""

    def __init__(self, config: Config, vault: Vault, actions: Sequence[AnyStep], judged: Judged, tell: Tell) -> None:
        """Act in the region of `vault` by what was just seen of the batch's instances, and how that is judged; `tell` hears what is done on the way.

        Raises what boto3 raises when images that nobody judged are asked for.
        """
        region = vault.region
        self.config, self.region, self.ec2 = config, region, clients.ec2_acting(region)
        holdings = judged.holdings
        fault = holdings.unseen.get(region)
        self.dark = None if fault is None else faults.unseen(fault)
        self.now = holdings.seen.now
        self.asked_at = judged.asked_at
        self.verdicts = {verdict.image.image_id: verdict for verdict in judged.verdicts}
        self.holding = {action.image_id for action in actions if isinstance(action, Hold)}
        unknown = {action.image_id for action in actions if isinstance(action, Retire)} - self.verdicts.keys()
        self.strange = images.by_id(self.ec2, unknown)[0] if unknown and self.dark is None else {}
        steps = [action for action in actions if isinstance(action, Retire) and self._refusal(action) is None]
        unmarks = [action for action in steps if action.step is Step.UNMARK]
        steps = [action for action in steps if action.step is not Step.UNMARK]
        self.orphans = {(one.region, one.snapshot.snapshot_id): one for one in orphans(config, holdings.seen, holdings.snapshots)}
        self.bin = Binned(config, region, holdings.snapshots.get(region, {}), self.now)
        self.rails = Rails(self.ec2, self.bin, [self.verdicts[action.image_id] for action in steps])
        self.unmarking = Unmarking(self.ec2, unmarks)
        marks = [(each, self.verdicts[each.image_id]) for each in steps if each.step in MARKED and self._held(each) is None]
        self.disabling = Disabling(config, vault, marks, self.now, tell)
        self.tell = tell
        self.taken: set[tuple[str, str]] = set()

    @property
    def unseen(self) -> Outcome | None:
        """Why the region cannot be seen, or not what refers to images or would keep them."""
        refused = self.rails.refused
        return self.dark or (None if refused is None else faults.unseen(refused))

    def _held(self, action: Retire) -> Outcome | None:
        return None if action.step is Step.UNMARK else self.rails.refusal(self.verdicts[action.image_id])

    def _refusal(self, action: Retire) -> Outcome | None:
        """A hold in the batch counts, whether its turn came already or not: the verdicts do not know of it."""
        refused = refusal(action, self.verdicts.get(action.image_id), self._by_now(), is_there=action.image_id in self.strange)
        if refused is None and action.image_id in self.holding and action.step is not Step.UNMARK:
            return skipped(Reason.HELD, resource_id=action.image_id)
        return refused

    def act(self, action: AnyStep, turn: Turn) -> Outcome:
        """Take one step, or say why not."""
        if self.dark is not None:
            return self.dark
        if isinstance(action, Hold):
            return self._hold(action, turn)
        if isinstance(action, DeleteSnapshot):
            return delete(self.ec2, self.bin, action, self.orphans.get((self.region, action.snapshot_id)), self.tell)
        refused = self._refusal(action) or self._held(action)
        if refused is None and (action.image_id, action.step) in self.taken:
            refused = already(action.image_id)
        if refused is None and not _pace(self.region, action.step, self.config.api_share).wait(turn.patience):
            refused = deferred(Reason.OUT_OF_TIME)
        return refused or self._attempt(action)

    def _hold(self, action: Hold, turn: Turn) -> Outcome:
        verdict = self.verdicts.get(action.image_id)
        if not _pace(self.region, Step.MARK, self.config.api_share).wait(turn.patience):
            return deferred(Reason.OUT_OF_TIME)
        if verdict is not None and verdict.reason is Reason.NOT_OURS:
            return skipped(Reason.NOT_OURS, resource_id=action.image_id)
        return hold(self.ec2, action, None if verdict is None else verdict.image, self.now)

    def _attempt(self, action: Retire) -> Outcome:
        try:
            outcome = self._step(action)
        except faults.AwsFault as fault:
            gone = isinstance(fault, ClientError) and faults.code(fault) in GONE and action.step is Step.DEREGISTER
            return already(action.image_id) if gone else faults.outcome(fault, resource_id=action.image_id)
        if outcome.status is Status.DONE:
            self.taken.add((action.image_id, action.step))
        return outcome

    def _step(self, action: Retire) -> Outcome:
        match action.step:
            case Step.DEPRECATE:
                return self._deprecate(action)
            case Step.DISABLE:
                return self.disabling.disable(action)
            case Step.MARK:
                return self.disabling.mark(action)
            case Step.UNMARK:
                return self.unmarking.unmark(action)
            case Step.DEREGISTER:
                return self._deregister(action)

    def _deprecate(self, action: Retire) -> Outcome:
        policy = self.config.policies[self.verdicts[action.image_id].image.key[0]]
        return deprecate(self.ec2, action, self._by_now(), protect_shared=policy.ladder.protect_shared)

    def _by_now(self) -> datetime:
        """AWS's clock at this moment, or a little later."""
        return self.now + timedelta(seconds=time.monotonic() - self.asked_at)

    def _deregister(self, action: Retire) -> Outcome:
        """Deregister with all snapshots; what of them stays is recorded as failed, and found again as an orphan."""
        image, cover = self.rails.covered(action.image_id)
        known = {**cover.detail, "tags": dict(image.tags)}
        snapshots = [device.snapshot_id for device in image.devices]
        before = planned(action.reason, resource_id=action.image_id, detail={**known, "snapshots": snapshots})
        self.tell(action, Event.IMAGE_DEREGISTER, before)  # whoever finds the image gone finds neither tags nor snapshots
        response = self.ec2.deregister_image(ImageId=action.image_id, DeleteAssociatedSnapshots=True)
        results = {one.get("SnapshotId", ""): one.get("ReturnCode", "") for one in response.get("DeleteSnapshotResults", ())}
        left = {key: code for key, code in results.items() if code not in {"success", "skipped"}}
        for key, code in left.items():
            self.tell(action, Event.SNAPSHOT_DELETE, failed(Reason.SNAPSHOTS_LEFT, resource_id=key, error_code=code))
        detail = {**known, "snapshots": results}
        return Outcome(Status.DONE, action.reason, action.image_id, request_id=clients.request_id(response), detail=detail)


def soon(config: Config, actions: Sequence[AnyAction]) -> list[AnyAction]:
    """The first of `actions`: as many as EC2's buckets let through while a look serves, and one at least."""
    counted = Counter[tuple[str, Step]]()
    for index, action in enumerate(actions):
        if isinstance(action, Retire | Hold):
            place = action.region, action.step if isinstance(action, Retire) else Step.MARK
            counted[place] += 1
            if index and counted[place] > _pace(*place, config.api_share).within(SERVES):
                return list(actions[:index])
    return list(actions)


@cache
def _pace(_region: str, step: Step, api_share: float) -> pace.Pace:
    bucket, refill = BUCKETS[step]
    return pace.share(bucket=bucket, refill=refill, api_share=api_share)
