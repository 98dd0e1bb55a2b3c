"""Retention: which images of one instance a region keeps, by age, by count and by calendar, and why."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from functions.core.config.keep import Keep
from functions.core.record import Reason


@dataclass(frozen=True)
class Held:
    """An image that can be restored from: available, or disabled, which can be taken back. `slot` is its time, aware."""

    image_id: str
    slot: datetime
    available: bool


def _day(day: date) -> int:
    return day.toordinal()


def _iso_week(day: date) -> int:
    return (day.toordinal() - day.weekday()) // 7


def _month(day: date) -> int:
    return day.year * 12 + day.month


def _year(day: date) -> int:
    return day.year


PERIODS: Mapping[Reason, Callable[[date], int]] = {
    Reason.DAILY: _day,
    Reason.WEEKLY: _iso_week,
    Reason.MONTHLY: _month,
    Reason.YEARLY: _year,
}
"""The calendar's classes, by the key of `keep` that counts them: each gives a day the number of its period, one more for the next."""

COUNTS = frozenset({Reason.NEWEST, Reason.AT_LEAST})


def kept(images: Iterable[Held], keep: Keep, timezone: str, now: datetime, *, ended: bool = False) -> dict[str, tuple[Reason, ...]]:
    """Why each image that stays does, by its id; who is not in it is stale.

    Calendar periods are those of `timezone`, counted back from the one that `now` (aware) lies in. A period is filled by its first available
    image or, where it has none, by its first disabled one. `ended`: the instance is gone for so long that what counts images,
    and not time, holds no more: they would stay for ever.
    """
    ordered = sorted(images, key=lambda image: (image.slot, image.image_id))
    reasons: dict[str, list[Reason]] = {}
    for reason, chosen in _rules(ordered, keep, ZoneInfo(timezone), now):
        if not (ended and reason in COUNTS):
            for image in chosen:
                reasons.setdefault(image.image_id, []).append(reason)
    return {image_id: tuple(found) for image_id, found in reasons.items()}


def _rules(ordered: Sequence[Held], keep: Keep, zone: ZoneInfo, now: datetime) -> Iterable[tuple[Reason, Sequence[Held]]]:
    if keep.younger_than is not None:
        yield Reason.YOUNGER_THAN, [image for image in ordered if now - image.slot < keep.younger_than]
    if keep.newest is not None:
        yield Reason.NEWEST, ordered[-keep.newest :]
    by_rank = sorted(ordered, key=lambda image: not image.available)  # stable: by time among the available, then among the disabled
    dated = [(image.slot.astimezone(zone).date(), image) for image in by_rank]
    today = now.astimezone(zone).date()
    for reason, number in PERIODS.items():
        count = getattr(keep, reason)
        if count is not None:
            yield reason, _fillers(dated, number, before=number(today) - count)
    yield Reason.AT_LEAST, [image for image in ordered if image.available][-keep.at_least :]


def _fillers(dated: Iterable[tuple[date, Held]], number: Callable[[date], int], before: int) -> list[Held]:
    """The image that fills each period after the one numbered `before`: the first of `dated` that lies in it."""
    filled: dict[int, Held] = {}
    for day, image in dated:
        filled.setdefault(number(day), image)
    return [image for period, image in filled.items() if period > before]
