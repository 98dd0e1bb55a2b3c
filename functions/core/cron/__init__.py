"""Schedules: EventBridge Scheduler's cron expressions, and the moments that they mean in a time zone.

An expression has six fields (minute, hour, day-of-month, month, day-of-week, year), read as AWS documents them. All here is pure:
the same arguments give the same moments. Anything that takes an expression raises ValueError for one that `Schedule.parse` refuses.
"""

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, croniter

from functions.core.cron import text
from functions.core.cron.fields import DAY, EVERY, HOUR, MINUTE, MONTH, WEEKDAY, YEAR

_DAY = timedelta(days=1)
_HORIZONS = tuple(timedelta(days=days) for days in (1, 8, 32, 400, 4000, 50_000))
_DATES_ENOUGH = 200
_FIRST_YEAR = 2024
_YEARS_ENOUGH = 200
_DAWN = datetime(1900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Schedule:
    """A parsed expression, each part in the words of croniter; `days` is its day-of-month, month and day-of-week."""

    minutes: str
    hours: str
    days: str
    years: str

    @classmethod
    def parse(cls, expression: str) -> "Schedule":
        """Read `expression`. Raises ValueError saying what is wrong with each field, or that it never fires."""
        return _parse(expression)

    def dates(self) -> Iterator[datetime]:
        """The dates (naive midnights) on which it fires, from its first year on (2024 if that is every year)."""
        first = _FIRST_YEAR if self.years == EVERY else int(self.years.split(",")[0])
        return _matches(f"0 0 {self.days} 0 {self.years}", datetime(first, 1, 1) - _DAY)  # noqa: DTZ001 - local, not yet in a zone

    def local_times(self, after: datetime) -> Iterator[datetime]:
        """The naive local times after the naive local time `after`, ascending, whether or not the clocks skip them."""
        return _matches(f"{self.minutes} {self.hours} {self.days} 0 {self.years}", after)

    def shortest_interval(self) -> timedelta | None:
        """The least time between two slots by the local clock, None if it fires once only. Judged by the first 200 dates."""
        hours, minutes = ([int(number) for number in part.split(",")] for part in (self.hours, self.minutes))
        times = [timedelta(hours=hour, minutes=minute) for hour in hours for minute in minutes]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        if days := _least_gap(islice(self.dates(), _DATES_ENOUGH)):
            gaps.append(days + times[0] - times[-1])
        return min(gaps, default=None)


@lru_cache(maxsize=256)
def _parse(expression: str) -> Schedule:
    fields = text.read(expression)
    days = " ".join(fields[field.title] for field in (DAY, MONTH, WEEKDAY))
    schedule = Schedule(fields[MINUTE.title], fields[HOUR.title], days, fields[YEAR.title])
    if next(schedule.dates(), None) is None:
        raise ValueError("never fires: no date is like that")
    return schedule


def _least_gap(dates: Iterable[datetime]) -> timedelta | None:
    least: timedelta | None = None
    for earlier, later in pairwise(dates):
        least = min(least or later - earlier, later - earlier)
        if least == _DAY:
            break
    return least


@lru_cache(maxsize=256)
def _read(text: str) -> Any:
    return croniter(text, 0, ret_type=datetime, max_years_between_matches=_YEARS_ENOUGH)


def _matches(text: str, after: datetime) -> Iterator[datetime]:
    found = copy(_read(text))  # reading the text takes longer than finding a date
    found.set_current(after, force=True)
    while True:
        try:
            yield found.get_next()
        except CroniterBadDateError:
            return


def occurrences(expression: str, zone: str, after: datetime, until: datetime) -> Iterator[datetime]:
    """Every slot (aware UTC, ascending, each once) with after < slot <= until, both aware, in the IANA time zone `zone`.

    A local time that the clocks skip counts, later by what they skip (an hour, mostly): 02:30 on a night without one is 03:30.
    A local time that comes twice counts once, the first time.
    """
    for slot in _ascending(Schedule.parse(expression), ZoneInfo(zone), after):
        if slot > until:
            return
        if slot > after:
            yield slot


@lru_cache(maxsize=256)  # judging asks the same of every instance
def latest(expression: str, zone: str, at_or_before: datetime) -> datetime | None:
    """The last slot (aware UTC) that is not after `at_or_before` (aware); None if there was none in the 130 years before."""
    for horizon in _HORIZONS:
        found = list(occurrences(expression, zone, max(at_or_before - horizon, _DAWN), at_or_before))
        if found:
            return found[-1]
    return None


@lru_cache(maxsize=256)
def shortest_interval(expression: str) -> timedelta | None:
    """The least time between two slots of `expression` by the local clock, None if it fires once only."""
    return Schedule.parse(expression).shortest_interval()


def _ascending(schedule: Schedule, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The slots from about `after` on. A skipped time can come after its successors: it is held until they are past."""
    held: set[datetime] = set()
    for local in schedule.local_times(after.astimezone(zone).replace(tzinfo=None) - _DAY):
        slot = local.replace(tzinfo=zone).astimezone(UTC)
        held.add(slot)
        if slot.astimezone(zone).replace(tzinfo=None) == local:
            yield from sorted(due for due in held if due <= slot)
            held = {later for later in held if later > slot}
    yield from sorted(held)
