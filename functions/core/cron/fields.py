"""The six fields of an EventBridge Scheduler cron expression, each read into plain numbers or refused with its reason.

What AWS documents is read; what it leaves open (a `W` at the edge of a month, an `L` that could be a day or a week) is refused,
since a slot that AWS and Nightkeep see at different times would be a night taken twice.
"""

import re
from dataclasses import dataclass

EVERY = "*"
ANY = "?"


@dataclass(frozen=True)
class Field:
    """One field: what it is called, its numbers, its names (the first stands for `low`), and whether `/` may be used."""

    title: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    steps: bool = True
    wraps: bool = True

    @property
    def allowed(self) -> str:
        """What may stand here, for messages."""
        names = f" or {self.names[0]}-{self.names[-1]}" if self.names else ""
        return f"{self.low}-{self.high}{names}"

    def numbers(self, text: str) -> tuple[int, ...]:
        """The numbers that `text` (values, names, lists, ranges, steps, `*`) stands for, ascending. Raises ValueError."""
        return tuple(sorted({number for part in text.split(",") for number in self._part(part)}))

    def _part(self, part: str) -> list[int]:
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == EVERY:
            numbers = list(range(self.low, self.high + 1))
        elif dash:
            numbers = self._range(self.number(first), self.number(last), stepped=bool(slash))
        else:
            numbers = list(range(self.number(first), (self.high if slash else self.number(first)) + 1))
        return numbers[:: self._step(step)] if slash else numbers

    def number(self, text: str) -> int:
        """The one number that `text` (a number or a name) stands for. Raises ValueError."""
        if text in self.names:
            return self.low + self.names.index(text)
        if re.fullmatch(r"\d{1,4}", text, re.ASCII) and self.low <= int(text) <= self.high:
            return int(text)
        raise ValueError(f'"{text}" is not one of {self.allowed}')

    def _range(self, first: int, last: int, *, stepped: bool) -> list[int]:
        if first <= last:
            return list(range(first, last + 1))
        if not self.wraps or stepped:
            raise ValueError(f"the range {first}-{last} runs backwards: write it as a list")
        return [*range(first, self.high + 1), *range(self.low, last + 1)]

    def _step(self, text: str) -> int:
        most = self.high - self.low
        if not self.steps:
            raise ValueError('"/" is not allowed here: list the values')
        if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or not 1 <= int(text) <= most:
            raise ValueError(f'the step "{text}" must be from 1 to {most}, since a step starts anew each time the field does')
        return int(text)


_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

MINUTE = Field("minute", 0, 59)
HOUR = Field("hour", 0, 23)
DAY = Field("day-of-month", 1, 31)
MONTH = Field("month", 1, 12, _MONTHS)
WEEKDAY = Field("day-of-week", 1, 7, _WEEKDAYS, steps=False)
YEAR = Field("year", 1970, 2199, wraps=False)

FIELDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR)
"""In the order in which they are written."""
