"""Durations as the configuration writes them: "6 hours", "15 minutes", "1 day", "2 weeks"."""

import re
from datetime import timedelta

PATTERN = r"^\d{1,6} (minute|hour|day|week)s?$"
"""What a duration looks like (a regular expression that JSON Schema understands too)."""

_UNITS = {"week": timedelta(weeks=1), "day": timedelta(days=1), "hour": timedelta(hours=1), "minute": timedelta(minutes=1)}


def parse(text: str) -> timedelta:
    """The duration that `text` says, whole minutes. Raises ValueError saying how to write one."""
    if not re.fullmatch(PATTERN, text, re.ASCII):
        raise ValueError(
            'is not a duration: write a number and minutes, hours, days or weeks, such as "90 minutes", "6 hours" or "14 days"'
        )
    count, _, unit = text.partition(" ")
    return int(count) * _UNITS[unit.removesuffix("s")]


def text(duration: timedelta) -> str:
    """`duration` (whole minutes) in the largest unit that fits it whole; `parse` reads it back."""
    if not duration:
        return "0 minutes"
    unit, size = next((unit, size) for unit, size in _UNITS.items() if not duration % size)
    count = duration // size
    return f"{count} {unit}{'' if count == 1 else 's'}"
