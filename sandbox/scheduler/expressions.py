"""The schedule expressions of EventBridge Scheduler: cron(), rate() and at(). Pure."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from croniter import CroniterBadDateError, CroniterError, croniter

UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}


class ExpressionError(ValueError):
    """A schedule expression that EventBridge Scheduler refuses."""


def following(expression: str, zone: str, after: datetime, anchor: datetime) -> datetime | None:
    """The first occurrence later than `after`, in UTC, or None if there is none.

    `zone` is the IANA time zone of cron() and at(): a local time that does not exist is skipped, one that exists twice
    counts once, the first time. rate() counts from `anchor`. Raises ExpressionError.
    """
    kind, _, text = expression.strip().removesuffix(")").partition("(")
    if kind == "rate":
        return _following_rate(_period(text), after, anchor)
    if kind == "at":
        once = _moment(_parsed(text), ZoneInfo(zone))
        return once if once is not None and once > after else None
    if kind == "cron":
        return _following_cron(_translated(text), ZoneInfo(zone), after)
    raise ExpressionError(f"{expression!r} is not cron(), rate() or at()")


def _following_rate(period: timedelta, after: datetime, anchor: datetime) -> datetime:
    if after < anchor:
        return anchor
    return anchor + period * ((after - anchor) // period + 1)


def _following_cron(fields: str, zone: ZoneInfo, after: datetime) -> datetime | None:
    try:
        local_times = _cron(fields)
        local_times.set_current(after.astimezone(zone).replace(tzinfo=None), force=True)
        while True:
            when = _moment(local_times.get_next(datetime), zone)
            if when is not None and when > after:
                return when
    except CroniterBadDateError:
        return None
    except (CroniterError, ValueError) as error:
        raise ExpressionError(str(error)) from error


@lru_cache(maxsize=256)
def _cron(fields: str) -> croniter:
    """Reading the fields takes longer than finding a time by them."""
    return croniter(fields)


def _moment(local: datetime, zone: ZoneInfo) -> datetime | None:
    """A local time in UTC, the first one where it exists twice; None where it does not exist."""
    when = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return when if when.astimezone(zone).replace(tzinfo=None) == local else None


def _period(text: str) -> timedelta:
    found = re.fullmatch(r"\s*([1-9]\d*)\s+(minute|hour|day)s?\s*", text)
    if not found:
        raise ExpressionError(f"rate({text}): a number above zero and minutes, hours or days")
    return int(found[1]) * UNITS[found[2]]


def _parsed(text: str) -> datetime:
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - its zone is another parameter
    except ValueError as error:
        raise ExpressionError(f"at({text}): yyyy-mm-ddThh:mm:ss") from error


def _translated(text: str) -> str:
    """AWS's six fields as croniter's seven: Sunday is 0, not 1; seconds are 0; the year comes last."""
    fields = text.split()
    if len(fields) != 6:
        raise ExpressionError(f"cron({text}) has {len(fields)} fields, not 6")
    minute, hour, day, month, weekday, year = fields
    if [day, weekday].count("?") != 1:
        raise ExpressionError(f"cron({text}): one of day of month and day of week is ?")
    return f"{minute} {hour} {_any(day)} {month} {_weekdays(_any(weekday))} 0 {year}"


def _any(field: str) -> str:
    return "*" if field == "?" else field


def _weekdays(field: str) -> str:
    if field == "*":
        return field
    last = re.fullmatch(r"([1-7]|[A-Z]{3})?L", field.upper())
    if last:
        return "6" if last[1] is None else f"L{_from_sunday(last[1])}"
    parts = re.split(r"([-,/#])", field.upper())
    steps = {"/", "#"}
    return "".join(part if index and parts[index - 1] in steps else _from_sunday(part) for index, part in enumerate(parts))


def _from_sunday(day: str) -> str:
    return str(int(day) - 1) if day.isdigit() else day
