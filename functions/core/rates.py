"""The cron expression that says what a rate(...) or at(...) says, for people who bring one: Nightkeep knows cron only."""

import re
from datetime import datetime

_MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}


def same_as_cron(expression: str) -> str | None:
    """The cron expression equal to `expression`, a rate(...) or at(...); None if there is none or if it is neither."""
    if at := re.fullmatch(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)", expression, re.ASCII):
        return _moment(at[1])
    if rate := re.fullmatch(r"rate\((\d{1,6}) (minute|hour|day)s?\)", expression, re.ASCII):
        return _every(int(rate[1]) * _MINUTES[rate[2]])
    return None


def _moment(text: str) -> str | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return f"cron({when.minute} {when.hour} {when.day} {when.month} ? {when.year})"


def _every(minutes: int) -> str | None:
    hours = minutes // 60
    fixed = {1: "cron(* * * * ? *)", 60: "cron(0 * * * ? *)", 24 * 60: "cron(0 0 * * ? *)", 7 * 24 * 60: "cron(0 0 ? * SUN *)"}
    if minutes in fixed:
        return fixed[minutes]
    if 0 < minutes < 60 and not 60 % minutes:
        return f"cron(0/{minutes} * * * ? *)"
    if 0 < hours < 24 and not minutes % 60 and not 24 % hours:
        return f"cron(0 0/{hours} * * ? *)"
    return None
