"""The actions of retiring: what a planner orders, and what a worker makes of an order when its turn has come."""

from datetime import datetime

from functions.core.messages import DeleteSnapshot, Retire
from functions.core.night import RETIRE_WINDOW
from functions.core.outcome import Outcome, already, skipped
from functions.core.record import Reason
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.retire.wrecks import Orphan
from functions.core.slot import slot_label
from functions.core.values import Image


def run_id(home: str, now: datetime) -> str:
    """Ties a run's records together across functions and regions."""
    return f"{home}/retire/{slot_label(now)}"


def order(home: str, verdict: Verdict, now: datetime) -> Retire:
    """The action that takes the step of `verdict`, which has one."""
    if verdict.step is None:
        raise ValueError(f"{verdict.image.image_id} takes no step")
    policy, instance_id, slot = verdict.image.key
    return Retire(
        policy=policy,
        slot=slot,
        instance_id=instance_id,
        night_id=run_id(home, now),
        not_after=now + RETIRE_WINDOW,
        reason=verdict.reason,
        image_id=verdict.image.image_id,
        region=verdict.image.region,
        step=verdict.step,
    )


def order_deletion(home: str, orphan: Orphan, now: datetime) -> DeleteSnapshot:
    """The action that deletes a snapshot that belongs to no image."""
    policy, instance_id, slot = orphan.snapshot.key
    return DeleteSnapshot(
        policy=policy,
        slot=slot,
        instance_id=instance_id,
        night_id=run_id(home, now),
        not_after=now + RETIRE_WINDOW,
        reason=Reason.ORPHAN,
        snapshot_id=orphan.snapshot.snapshot_id,
        region=orphan.region,
    )


def refusal(action: Retire, verdict: Verdict | None, now: datetime, *, is_there: bool = False) -> Outcome | None:
    """Why the step that was ordered is not taken now; None: it is. `verdict` is judged anew; None: no image of ours, whether one `is_there` or not."""
    if is_there if verdict is None else verdict.reason is Reason.NOT_OURS:
        return skipped(Reason.NOT_OURS, resource_id=action.image_id)
    if verdict is None:
        return already(action.image_id) if action.step is Step.DEREGISTER else skipped(Reason.SOURCE_GONE, resource_id=action.image_id)
    if _is_done(action.step, verdict.image):
        return already(action.image_id)
    if now > action.not_after:
        return skipped(Reason.EXPIRED, resource_id=action.image_id, detail={"not_after": action.not_after.isoformat()})
    if verdict.step is action.step or (action.step is Step.UNMARK and verdict.image.state == "available"):
        return None
    why = verdict.reason if verdict.step is None else Reason.NOT_DUE
    return skipped(why, resource_id=action.image_id, detail={"kept_by": list(verdict.kept_by)} if verdict.kept_by else None)


def _is_done(step: Step, image: Image) -> bool:
    match step:
        case Step.DEPRECATE:
            return image.deprecated is not None
        case Step.DISABLE:
            return image.state == "disabled"
        case Step.MARK:
            return image.disabled_at is not None
        case Step.UNMARK:
            return not image.marked
    return False
