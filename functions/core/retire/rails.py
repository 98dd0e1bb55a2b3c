"""The rails: what holds a stale image where it is, as far as listings show it."""

from collections.abc import Callable
from datetime import timedelta

from functions.core import tags
from functions.core.night import Night
from functions.core.record import Reason
from functions.core.retire.backup import Backup
from functions.core.values import Image

LAUNCH_LAG = timedelta(hours=24)
"""EC2 tells of a launch up to a day late (EC2 API reference, LastLaunchedTime)."""

Rail = Callable[[Backup, Image], bool]


def refusal(backup: Backup, image: Image) -> Reason | None:
    """Which rail holds a stale image; None: it may step, unless what takes calls to find out holds it."""
    return next((reason for reason, holds in RAILS.items() if holds(backup, image)), None)


def wreck_refusal(backup: Backup, image: Image) -> Reason | None:
    """Which rail holds a failed image; None: it may go."""
    return next((reason for reason, holds in RAILS.items() if reason in OF_WRECKS and holds(backup, image)), None)


def _held(backup: Backup, image: Image) -> bool:
    return backup.is_held or image.held


def _protected(_backup: Backup, image: Image) -> bool:
    return image.protected


def _public(backup: Backup, image: Image) -> bool:
    return backup.policy.ladder.protect_shared and image.public


def _recently_launched(backup: Backup, image: Image) -> bool:
    within = backup.policy.ladder.protect_launched
    return bool(within) and image.launched is not None and backup.seen.now - image.launched < within + LAUNCH_LAG


def _night_open(backup: Backup, image: Image) -> bool:
    return backup.seen.now <= Night.of_image(image.tags[tags.HOME], backup.policy, image.key[2], image.created).copy_until


def _missing(backup: Backup, _image: Image) -> bool:
    return backup.is_missing


def _overdue(backup: Backup, _image: Image) -> bool:
    return backup.is_overdue


def _newer_pending(backup: Backup, image: Image) -> bool:
    return image.region in backup.awaited


def _no_fresh_image(backup: Backup, image: Image) -> bool:
    kept = backup.kept[image.region]
    return not backup.has_ended and not any(one.image_id in kept for one in reversed(backup.good.get(image.region, ())))


def _others(backup: Backup, image: Image) -> list[str]:
    """The recovery regions, apart from the image's own, that must hold a copy as new as the image; none for an instance that has ended."""
    return [] if backup.has_ended else [region for region in backup.policy.copy_to if region != image.region]


def _unseen(backup: Backup, image: Image) -> bool:
    return any(region not in backup.seen.images for region in _others(backup, image))


def _not_copied(backup: Backup, image: Image) -> bool:
    return any(not _is_copied(backup, image, region) for region in _others(backup, image))


def _is_copied(backup: Backup, image: Image, region: str) -> bool:
    """Whether a region has a good copy of the image, or of a newer one."""
    nightly = backup.good.get(region, ())
    if nightly and nightly[-1].taken >= image.taken:
        return True
    return any(one.key == image.key and one.image_id in backup.seen.good for one in backup.images.get(region, ()))


RAILS: dict[Reason, Rail] = {
    Reason.HELD: _held,
    Reason.PROTECTED: _protected,
    Reason.SHARED: _public,
    Reason.RECENTLY_LAUNCHED: _recently_launched,
    Reason.NIGHT_OPEN: _night_open,
    Reason.INSTANCE_GONE: _missing,
    Reason.BACKUP_OVERDUE: _overdue,
    Reason.NEWER_PENDING: _newer_pending,
    Reason.NO_FRESH_IMAGE: _no_fresh_image,
    Reason.REGION_UNSEEN: _unseen,
    Reason.NOT_COPIED: _not_copied,
}

OF_WRECKS = frozenset({Reason.HELD, Reason.PROTECTED, Reason.BACKUP_OVERDUE, Reason.NEWER_PENDING})
"""The rails that hold a failed image too: nothing can be restored from it, or started."""
