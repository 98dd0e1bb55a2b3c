"""Reading the text of an AWS cron expression: its six fields in the words of croniter, or every problem in them at once."""

import re
from collections.abc import Callable, Mapping

from functions.core import rates
from functions.core.cron import days
from functions.core.cron.fields import ANY, DAY, FIELDS, HOUR, MINUTE, MONTH, WEEKDAY, YEAR, Field

_EXAMPLE = "such as cron(0 2 * * ? *) for 02:00 every day"


def read(expression: str) -> dict[str, str]:
    """Each field's title with the numbers that croniter reads for it. Raises ValueError naming every field's problem."""
    texts = _split(expression)
    problems = _one_day_field(texts)
    fields: dict[str, str] = {}
    for field, translate in _TRANSLATE.items():
        try:
            fields[field.title] = translate(texts[field.title])
        except ValueError as problem:
            problems.append(f"{field.title}: {problem}")
    if problems:
        raise ValueError("; ".join(problems))
    return fields


def _split(expression: str) -> dict[str, str]:
    inside = re.fullmatch(r"cron\(([^()]*)\)", expression)
    if not inside:
        raise ValueError(_not_cron(expression))
    texts = inside[1].upper().split()
    if len(texts) != len(FIELDS):
        titles = " ".join(field.title for field in FIELDS)
        raise ValueError(f"has {len(texts)} fields instead of 6 ({titles}), {_EXAMPLE}")
    return {field.title: text for field, text in zip(FIELDS, texts, strict=True)}


def _not_cron(expression: str) -> str:
    if expression.startswith(("rate(", "at(")):
        same = rates.same_as_cron(expression)
        return f"write {same} instead" if same else f"is not a cron expression, and none says the same: choose times of day, {_EXAMPLE}"
    return f"is not a cron expression, {_EXAMPLE}"


def _one_day_field(texts: Mapping[str, str]) -> list[str]:
    if (texts[DAY.title] == ANY) != (texts[WEEKDAY.title] == ANY):
        return []
    return ['exactly one of day-of-month and day-of-week must be "?"']


def _numbers(field: Field) -> Callable[[str], str]:
    return lambda text: ",".join(map(str, field.numbers(text)))


_TRANSLATE: Mapping[Field, Callable[[str], str]] = {
    MINUTE: _numbers(MINUTE),
    HOUR: _numbers(HOUR),
    DAY: days.month_days,
    MONTH: _numbers(MONTH),
    WEEKDAY: days.week_days,
    YEAR: days.years,
}
