"""The ladder: which step a stale image takes next, and when."""

from collections.abc import Iterable
from dataclasses import replace

from functions.core.config.values import NEVER
from functions.core.record import Reason
from functions.core.retire.backup import Backup
from functions.core.retire.memory import Condition, counted_from
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.values import Image


def next_step(backup: Backup, image: Image) -> Verdict:
    """The next rung of a stale image that nothing holds, or until when it waits for it."""
    return _available(backup, image) if image.state == "available" else _disabled(backup, image)


def without_old_marks(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The same, but what somebody enabled, and is not disabled now, loses its mark: else it would be believed once he disables it himself."""
    return [replace(one, step=Step.UNMARK) if _has_old_mark(one) else one for one in verdicts]


def _has_old_mark(verdict: Verdict) -> bool:
    is_available = verdict.image.state == "available" and verdict.step is not Step.DISABLE
    return is_available and verdict.image.marked and verdict.reason is not Reason.NOT_OURS


def _available(backup: Backup, image: Image) -> Verdict:
    ladder = backup.policy.ladder
    if not ladder.deprecate:
        return Verdict(image, _why(backup), Step.DISABLE)
    if image.deprecated is None:
        return Verdict(image, _why(backup), Step.DEPRECATE)
    since = backup.seen.memory.since(Condition.STALE, image.region, image.image_id)
    due = max(image.deprecated, since or counted_from(backup.seen.now)) + ladder.disable_after  # somebody may have set a date long before
    if since is None or due > backup.seen.now:
        return Verdict(image, Reason.LADDER_WAITS, due=due)
    return Verdict(image, _why(backup), Step.DISABLE)


def _disabled(backup: Backup, image: Image) -> Verdict:
    since, wait = image.disabled_at, backup.policy.ladder.deregister_after
    if since is None:
        return Verdict(image, _why(backup), Step.MARK)
    if wait == NEVER:
        return Verdict(image, Reason.LADDER_ENDS)
    due = since + wait
    return Verdict(image, _why(backup), Step.DEREGISTER) if due <= backup.seen.now else Verdict(image, Reason.LADDER_WAITS, due=due)


def _why(backup: Backup) -> Reason:
    return Reason.ENDED if backup.has_ended else Reason.STALE
