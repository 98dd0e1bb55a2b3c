"""The ladder: which step a stale image takes next, and when."""

from functions.core.config.values import NEVER
from functions.core.record import Reason
from functions.core.retire.backup import Backup
from functions.core.retire.step import Step
from functions.core.retire.verdict import Verdict
from functions.core.values import Image


def next_step(backup: Backup, image: Image) -> Verdict:
    """The next rung of a stale image that nothing holds, or until when it waits for it."""
    return _available(backup, image) if image.state == "available" else _disabled(backup, image)


def _available(backup: Backup, image: Image) -> Verdict:
    ladder = backup.policy.ladder
    if ladder.deprecate and image.deprecated is None:
        return Verdict(image, _why(backup), Step.DEPRECATE)
    due = image.deprecated + ladder.disable_after if ladder.deprecate and image.deprecated is not None else backup.seen.now
    return Verdict(image, _why(backup), Step.DISABLE) if due <= backup.seen.now else Verdict(image, Reason.LADDER_WAITS, due=due)


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
