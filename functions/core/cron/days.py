"""What the day fields of an AWS cron expression and the year mean to croniter, the library that finds the dates."""

import re

from functions.core.cron.fields import ANY, DAY, EVERY, WEEKDAY, YEAR

LAST_YEAR = 2099
"""croniter's last year; AWS would go on to 2199."""


def month_days(text: str) -> str:
    """What croniter reads for AWS's day-of-month: also `L` (the last day) and `15W` (the weekday nearest to the 15th). Raises ValueError."""
    if text == ANY:
        return EVERY
    if text == "L":
        return "l"
    if nearest := re.fullmatch(r"(\d{1,2})W", text, re.ASCII):
        return f"{_inner_day(nearest[1])}w"
    if re.search("[LW]", text):
        raise ValueError(f'"{text}" is not allowed: L stands alone, W stands after one day, such as 15W')
    return _list(DAY.numbers(text), every=31)


def _inner_day(text: str) -> int:
    day = DAY.number(text)
    if not 2 <= day <= 27:
        raise ValueError(f'"{text}W" is refused, since AWS does not say what happens when the nearest weekday is in another month: 2W-27W')
    return day


def week_days(text: str) -> str:
    """What croniter (Sunday is 0) reads for AWS's day-of-week (Sunday is 1): also `6L` (the month's last Friday) and `3#2` (its second Tuesday).

    Raises ValueError.
    """
    if text == ANY:
        return EVERY
    if text == "L":
        raise ValueError(
            "\"L\" alone is refused, since it may mean the week's or the month's last day: write SAT, or 7L for the last Saturday"
        )
    if last := re.fullmatch(r"(\d|[A-Z]{3})L", text, re.ASCII):
        return f"l{WEEKDAY.number(last[1]) - 1}"
    if nth := re.fullmatch(r"(\d|[A-Z]{3})#([1-5])", text, re.ASCII):
        return f"{WEEKDAY.number(nth[1]) - 1}#{nth[2]}"
    if "#" in text or re.search(r"\dL", text):
        raise ValueError(
            f'"{text}" is not allowed: L and # stand after one day of the week, such as 6L or 3#2 (# from 1 to 5), without a list'
        )
    return _list(tuple(number - 1 for number in WEEKDAY.numbers(text)), every=7)


def years(text: str) -> str:
    """What croniter reads for AWS's. Raises ValueError."""
    if text == EVERY:
        return EVERY
    within = tuple(year for year in YEAR.numbers(text) if year <= LAST_YEAR)
    if not within:
        raise ValueError(f'"{text}" is after {LAST_YEAR}, the last year that Nightkeep reckons with')
    return _list(within, every=LAST_YEAR - YEAR.low + 1)


def _list(numbers: tuple[int, ...], every: int) -> str:
    return EVERY if len(numbers) == every else ",".join(map(str, numbers))
